//! Measures wall-clock time and processor time. Other load on the machine affects processor time
//! less than wall-clock time.

use std::time::Instant;

use cpu_time::ProcessTime;

pub struct Stopwatch {
    clock: Instant,
    processor: ProcessTime,
}

#[derive(Clone, Copy, Debug)]
pub struct Elapsed {
    /// Wall-clock time in seconds.
    pub seconds: f64,
    /// Processor time of this process on all processors, in seconds.
    pub cpu_seconds: f64,
}

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch { clock: Instant::now(), processor: ProcessTime::now() }
    }

    pub fn elapsed(&self) -> Elapsed {
        Elapsed {
            seconds: self.clock.elapsed().as_secs_f64(),
            cpu_seconds: self.processor.elapsed().as_secs_f64(),
        }
    }
}
