//! Pilot model of a screening: the same model with few clients. It orders parameters but decides
//! nothing.

use crate::model::Config;

/// Share of the clients in the pilot of a large scenario.
pub const SHARE: f64 = 1.0 / 20.0;

/// Minimum number of clients in a pilot; fewer clients would show mostly random variation.
const CLIENTS_MIN: f64 = 400.0;

/// Returns the share of a scenario's clients in its pilot; 1 for a small scenario.
pub fn share(config: &Config) -> f64 {
    let clients = config.clients() as f64;
    let share = SHARE.max(CLIENTS_MIN / clients);
    if share > 0.5 { 1.0 } else { share }
}

/// Reduces the clients of each cohort to a share, at least one client. Servers do not change.
pub fn thin(config: &mut Config, share: f64) {
    if share >= 1.0 {
        return;
    }
    for cohort in config.cohorts.iter_mut() {
        let thinned = (f64::from(cohort.clients) * share).round() as u32;
        cohort.clients = thinned.clamp(cohort.clients.min(1), cohort.clients);
    }
}
