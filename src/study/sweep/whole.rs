//! Runs a whole sweep without a journal.

use crate::experiment::Watch;
use crate::results::SweepResult;
use crate::scenario::Scenario;
use crate::study::Error;
use crate::study::simulate::DEFAULT_REPLICATIONS;
use crate::terms::MetricFamily;

use super::design::Design;
use super::factor::Factor;
use super::journal::Units;
use super::{Sweep, SweepRequest, missing, summarise};

/// Options of a sweep.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// Factors to vary, each as `path=values`: a range of whole numbers such as
    /// `gateway.main.instances=2..16`, a range with a step such as `2..16:2`, or a comma-separated
    /// list.
    pub vary: Vec<String>,
    /// Method that selects the points to simulate.
    pub design: Design,
    /// Number of replications of each point.
    pub replications: u32,
    /// Confidence of the intervals, above 0 and below 1.
    pub confidence: f64,
    /// Names of the metrics that tables and charts show; by default `latency_p95_s`.
    pub metrics: Vec<String>,
}

impl Default for SweepOptions {
    fn default() -> Self {
        SweepOptions {
            vary: Vec::new(),
            design: Design::Grid,
            replications: DEFAULT_REPLICATIONS,
            confidence: 0.95,
            metrics: vec![MetricFamily::LatencyP95.name().to_owned()],
        }
    }
}

/// Simulates many variants of a scenario, each with its replications.
///
/// # Errors
/// Returns [`Error::Request`] if there are no factors, points or replications, [`Error::Option`]
/// for invalid values, [`Error::Sweep`] if there are too many points or invalid scenarios, or if a
/// simulation has no result, and [`Error::Stopped`] if the watch stops the sweep.
pub fn sweep(
    scenario: &Scenario,
    options: &SweepOptions,
    watch: &dyn Watch,
) -> Result<SweepResult, Error> {
    let points = if let Design::Latin { points } = options.design { points } else { 1 };
    let required = [
        ("factors", options.vary.len()),
        ("points", points as usize),
        ("replications", options.replications as usize),
    ];
    if let Some((what, _)) = required.into_iter().find(|(_, count)| *count == 0) {
        let message = format!("the number of {what} is 0; it must be at least 1");
        return Err(Error::Request(message));
    }
    let factor = |text: &String| {
        Factor::parse(text).map_err(|error| Error::Option {
            option: "vary",
            text: text.clone(),
            why: error.to_string(),
        })
    };
    let sweep = Sweep::load(&SweepRequest {
        scenario: scenario.request.clone(),
        factors: options.vary.iter().map(factor).collect::<Result<_, _>>()?,
        design: options.design,
        replications: options.replications,
        confidence: options.confidence,
        measures: options.metrics.clone(),
    })?;
    let units = sweep.simulate(Units::new(), None, watch, |_| Ok(()))?;
    let left = missing(sweep.plan(), &units, None).len();
    if left > 0 {
        let message = format!("{} replications are complete, {left} are missing", units.len());
        return Err(Error::Stopped(message));
    }
    Ok(summarise(sweep.plan().clone(), &units))
}
