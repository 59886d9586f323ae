//! Time by the clock and time of the processor, which other work on the machine leaves alone.

use std::time::Instant;

use cpu_time::ProcessTime;

pub struct Stopwatch {
    clock: Instant,
    processor: ProcessTime,
}

#[derive(Clone, Copy, Debug)]
pub struct Elapsed {
    /// By the clock.
    pub seconds: f64,
    /// Of this process on any processor.
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
