//! Hand-written loops without a framework, one for each workload and a second one for the M/M/16
//! queue. They show the speed that is possible without the overhead of a general engine.

mod hold;
mod lists;
mod mm16;
mod polling;

use rand::Rng;
use rand_distr::{Distribution, Exp1};

use crate::workload::{Simulated, Workload};
use lists::{BinaryList, Pending, QuaternaryHeap, RadixHeap, Wheel};

const NANOS_PER_SECOND: f64 = 1e9;

/// Simulates a workload with the fastest event list (`peers lists` measures all lists).
pub fn simulate(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => simulate_with::<BinaryList>(workload),
        Workload::Hold(100_000) => simulate_with::<Wheel<4>>(workload),
        Workload::Hold(_) => simulate_with::<Wheel<8>>(workload),
        Workload::Polling => simulate_with::<Wheel<6>>(workload),
    }
}

/// Simulates the M/M/16 queue with a sorted array of 16 departures, which no other workload can
/// use.
pub fn simulate_in_array(workload: Workload) -> Simulated {
    mm16::simulate_in_array(workload.size())
}

/// Simulates a workload with each event list; the M/M/16 queue is also simulated with the array.
pub fn simulate_all(workload: Workload) -> Vec<(&'static str, Simulated)> {
    let own = (workload == Workload::Mm16).then(|| ("array of 16", simulate_in_array(workload)));
    let lists = [
        ("binary heap", simulate_with::<BinaryList>(workload)),
        ("4-ary heap", simulate_with::<QuaternaryHeap>(workload)),
        ("radix heap", simulate_with::<RadixHeap>(workload)),
        ("wheel of 16", simulate_with::<Wheel<4>>(workload)),
        ("wheel of 64", simulate_with::<Wheel<6>>(workload)),
        ("wheel of 256", simulate_with::<Wheel<8>>(workload)),
    ];
    own.into_iter().chain(lists).collect()
}

fn simulate_with<L: Pending>(workload: Workload) -> Simulated {
    match workload {
        Workload::Mm16 => mm16::simulate::<L>(workload.size()),
        Workload::Hold(population) => hold::simulate::<L>(population, workload.size()),
        Workload::Polling => polling::simulate::<L>(workload.size()),
    }
}

/// Draws an exponential duration in nanoseconds.
#[inline]
fn exponential(rng: &mut impl Rng, mean_nanos: f64) -> u64 {
    let unit: f64 = Exp1.sample(rng);
    (unit * mean_nanos) as u64
}
