//! Baselines: what scenarios gave before, and the speed of the machine they were simulated on.

pub mod reference;
