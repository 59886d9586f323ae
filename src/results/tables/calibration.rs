//! Tables of a calibration.

use crate::results::calibration::{Calibration, Candidate, DistributionFit};
use crate::results::table::{Builder, Table};

const VERBS: &str = "calibrate";
const PATH: &str = "path of the value in the scenario";

/// Returns all tables of a calibration.
pub fn of_calibration(calibration: &Calibration) -> Vec<Table> {
    vec![
        values(calibration),
        not_measured(calibration),
        fits(calibration),
        quantiles(calibration),
        presence(calibration),
    ]
}

/// `calibration_values`: one row per measured value.
pub fn values(calibration: &Calibration) -> Table {
    Builder::new("calibration_values", VERBS, "a measured value", &calibration.values)
        .column("paths", "", "paths of the value in the scenario", |one| one.paths.join(", "))
        .column("value", "", "measured value as TOML", |one| &*one.value)
        .column("low", "", "low end of the 95 % interval as TOML", |one| one.low.clone())
        .column("high", "", "high end of the 95 % interval as TOML", |one| one.high.clone())
        .column("previous", "", "value of the base scenario as TOML", |one| &*one.previous)
        .column("samples", "count", "number of samples", |one| one.samples)
        .column("method", "", "how the value was estimated", |one| &*one.method)
        .column("source", "", "files that were read", |one| &*one.source)
        .finish()
}

/// `calibration_not_measured`: one row per value that was not measured.
pub fn not_measured(calibration: &Calibration) -> Table {
    let row = "a value that was not measured";
    Builder::new("calibration_not_measured", VERBS, row, &calibration.not_measured)
        .column("path", "", PATH, |one| &*one.path)
        .column("reason", "", "why the value was not measured", |one| &*one.reason)
        .column("remedy", "", "what to do", |one| &*one.remedy)
        .finish()
}

/// `calibration_fits`: one row per fitted family and value.
pub fn fits(calibration: &Calibration) -> Table {
    let rows = calibration
        .fits
        .iter()
        .flat_map(|fit| fit.candidates.iter().map(move |candidate| (fit, candidate)));
    type Row<'a> = (&'a DistributionFit, &'a Candidate);
    let row = "a family of distributions that was fitted to a value";
    Builder::new("calibration_fits", VERBS, row, rows.collect::<Vec<_>>())
        .column("path", "", PATH, |row: Row<'_>| &*row.0.path)
        .column("family", "", "name of the family", |row| &*row.1.family)
        .column("chosen", "", "family that was chosen, or `empirical`", |row| &*row.0.chosen)
        .column("aicc", "", "Akaike's information criterion, corrected; smaller is better", |row| {
            row.1.aicc
        })
        .column("distance", "", "Kolmogorov-Smirnov distance, 0 to 1", |row| row.1.distance)
        .column("samples", "count", "number of samples", |row| row.0.samples)
        .finish()
}

/// `calibration_quantiles`: one row per point of a Q-Q chart.
pub fn quantiles(calibration: &Calibration) -> Table {
    let points = calibration.fits.iter();
    let points = points.flat_map(|fit| fit.quantiles.iter().map(move |point| (fit, *point)));
    type Row<'a> = (&'a DistributionFit, [f64; 2]);
    let row = "a pair of quantiles of equal probability";
    Builder::new("calibration_quantiles", VERBS, row, points.collect::<Vec<_>>())
        .column("path", "", PATH, |row: Row<'_>| &*row.0.path)
        .column("unit", "", "unit of the quantiles", |row| &*row.0.unit)
        .column("fitted", "", "quantile of the chosen distribution", |row| row.1[0])
        .column("observed", "", "quantile of the samples", |row| row.1[1])
        .finish()
}

/// `calibration_presence`: one row per hour of the week.
pub fn presence(calibration: &Calibration) -> Table {
    Builder::new("calibration_presence", VERBS, "an hour of the week", &calibration.presence)
        .column("hour", "", "hour of the week, from 0 (Monday, 00:00)", |one| one.hour)
        .column("online_share", "share", "clients that are online at the end of the hour", |one| {
            one.online_share
        })
        .column("covered_s", "s", "seconds of this hour of the week that the logs cover", |one| {
            one.covered_s
        })
        .finish()
}
