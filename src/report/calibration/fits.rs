//! Tables of fitted distributions.

use crate::report::document::{Cell, Table};
use crate::report::format::{bytes, count, number, seconds};
use crate::results::calibration::DistributionFit;

/// Returns the candidates of a fit; the one that was chosen is marked.
pub(in crate::report) fn candidates(fit: &DistributionFit) -> Table {
    let titles = ["distribution", "AICc difference", "Kolmogorov-Smirnov distance"];
    let mut table = Table::new(&titles, 1);
    let best = fit.candidates.iter().map(|one| one.aicc).fold(f64::INFINITY, f64::min);
    for one in &fit.candidates {
        let is_chosen = one.family == fit.chosen;
        let name =
            if is_chosen { format!("{} (best fit)", one.family) } else { one.family.clone() };
        table.row([Cell::text(name), Cell::Number(one.aicc - best), Cell::Number(one.distance)]);
    }
    if fit.candidates.iter().all(|one| one.family != fit.chosen) {
        // No family describes the samples, so quantiles were chosen.
        table.row([Cell::text(format!("{} (used)", fit.chosen)), Cell::Empty, Cell::Empty]);
    }
    table
}

/// Describes the samples of a fit in one line.
pub(in crate::report) fn title(fit: &DistributionFit) -> String {
    let value = |value: f64| match fit.unit.as_str() {
        "bytes" => bytes(value.max(0.0).round() as u64),
        _ => seconds(value),
    };
    let observed = &fit.observed;
    let mut text = format!(
        "{} samples: mean {}, median {}, p95 {}, p99 {}",
        count(fit.samples),
        value(observed.mean),
        value(observed.p50),
        value(observed.p95),
        value(observed.p99)
    );
    if observed.mean > 0.0 && observed.standard_deviation.is_finite() {
        let variation = observed.standard_deviation / observed.mean;
        text.push_str(&format!(", coefficient of variation {}", number(variation)));
    }
    if !fit.separation.is_empty() {
        text.push_str(&format!("; {}", fit.separation));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::calibration::sample;

    fn names(fit: &DistributionFit) -> Vec<String> {
        let table = candidates(fit);
        table.rows.iter().map(|row| format!("{:?}", row[0])).collect()
    }

    #[test]
    fn the_best_fit_is_marked_and_quantiles_are_not_a_fit() {
        let mut fit = sample::calibration().fits.remove(0);
        let found = names(&fit);
        assert!(found[0].contains("gamma (best fit)"), "{found:?}");
        assert!(!found[1..].iter().any(|name| name.contains('(') && name.contains("fit)")));
        fit.chosen = "empirical".to_owned();
        let found = names(&fit);
        assert!(!found.iter().any(|name| name.contains("best fit")), "{found:?}");
        assert!(found[3].contains("empirical (used)"), "{found:?}");
    }
}
