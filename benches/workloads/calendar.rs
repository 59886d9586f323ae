//! Performs hold operations on the event calendar, for the benchmarks `calendar` (time) and
//! `instructions` (counts).

use std::hint::black_box;

use cmgsim::internals::base::{SimDuration, SimTime};
use cmgsim::internals::engine::{Calendar, Distribution, Purpose, Stream, Streams};

/// Number of hold operations per measurement.
pub const HOLDS: u64 = 100_000;

/// Distribution of the delay until a scheduled event.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "instruction counts use only the first variant")]
pub enum Delays {
    /// Exponential with a mean of one hour.
    Exponential,
    /// On average, nine of ten delays have a mean of 20 ms, as in a network, and one has a mean of
    /// one hour.
    Skewed,
    /// Four fixed delays in rotation: one minute, four minutes, one hour, one day.
    Periodic,
    /// On average, half of the delays have a mean of one minute and half have a mean of 83 hours.
    Far,
}

/// Returns an exponential distribution with a mean of one hour, and a random stream.
pub fn delays() -> (Distribution, Stream) {
    let distribution =
        Distribution::exponential(SimDuration::from_seconds(3600)).expect("a mean above zero");
    (distribution, Streams::new(1, 0).stream(0, Purpose(0), 0))
}

/// Draws delays in advance, so that the benchmark measures the event list and not the generator.
pub fn drawn(delays_are: Delays) -> Vec<SimDuration> {
    let (distribution, mut stream) = delays();
    let hours = |hours: f64, stream: &mut Stream| distribution.sample(stream).scaled(hours);
    let draw = |index: usize| match delays_are {
        Delays::Exponential => hours(1.0, &mut stream),
        Delays::Skewed if stream.uniform() < 0.9 => hours(0.02 / 3600.0, &mut stream),
        Delays::Skewed => hours(1.0, &mut stream),
        Delays::Periodic => SimDuration::from_seconds([60, 240, 3600, 86_400][index % 4]),
        Delays::Far if stream.uniform() < 0.5 => hours(1.0 / 60.0, &mut stream),
        Delays::Far => hours(83.0, &mut stream),
    };
    (0..1 << 16).map(draw).collect()
}

/// Returns a function that performs hold operations on a calendar with `pending` events.
pub fn wheel(pending: u64, delays_are: Delays) -> impl FnMut() {
    let drawn = drawn(delays_are);
    let mut delays = drawn.into_iter().cycle();
    let mut calendar = Calendar::new();
    for (event, delay) in (0..pending).zip(&mut delays) {
        calendar.schedule(SimTime::ZERO + delay, event);
    }
    move || {
        for delay in (&mut delays).take(HOLDS as usize) {
            let Some((now, event)) = calendar.pop_until(SimTime::NEVER) else { return };
            calendar.schedule(now + delay, black_box(event));
        }
    }
}
