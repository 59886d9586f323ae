//! The pilot model of a screening: the same with few clients. It orders parameters and decides
//! nothing.

use crate::model::Config;

/// Share of the clients that the pilot of a large scenario has.
pub const SHARE: f64 = 1.0 / 20.0;

/// Fewest clients of a pilot: with fewer it would show chance.
const CLIENTS_MIN: f64 = 400.0;

/// The share of a scenario's clients that its pilot has; 1 where it has too few to leave any out.
pub fn share(config: &Config) -> f64 {
    let clients = config.clients() as f64;
    let share = SHARE.max(CLIENTS_MIN / clients);
    if share > 0.5 { 1.0 } else { share }
}

/// Leaves that share of the clients of each cohort, one at least. Servers stay as they are.
pub fn thin(config: &mut Config, share: f64) {
    if share >= 1.0 {
        return;
    }
    for cohort in config.cohorts.iter_mut() {
        let thinned = (f64::from(cohort.clients) * share).round() as u32;
        cohort.clients = thinned.clamp(cohort.clients.min(1), cohort.clients);
    }
}
