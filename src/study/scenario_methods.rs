//! Methods of a scenario that run studies without progress reports or cancellation.

use crate::results::{RunResult, ScenarioInfo, SweepResult};
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};

use super::compare::{CompareOptions, Compared, compare};
use super::sensitivity::{SensitivityOptions, SensitivityOutcome, sensitivity};
use super::simulate::{Replications, Simulated, simulate};
use super::sizing::{SizingOptions, SizingOutcome, size};
use super::sweep::{SweepOptions, sweep};
use super::warmup::{WarmUp, WarmUpOptions, warm_up};
use super::{Error, info};

impl Scenario {
    /// Loads a scenario. A name with a path separator or an extension is a file. Any other name is
    /// an embedded scenario or, if none has this name, a file.
    ///
    /// # Errors
    /// Returns [`Error::Scenario`] with all problems of the scenario.
    pub fn load(name: &str) -> Result<Scenario, Error> {
        let origin = ScenarioOrigin::named(name);
        Ok(load(&LoadRequest { origin, overrides: Vec::new() })?)
    }

    /// Loads a scenario from its text.
    ///
    /// # Errors
    /// Returns [`Error::Scenario`] with all problems of the scenario.
    pub fn parse(text: &str) -> Result<Scenario, Error> {
        let origin = ScenarioOrigin::Text { name: "scenario".to_owned(), text: text.to_owned() };
        Ok(load(&LoadRequest { origin, overrides: Vec::new() })?)
    }

    /// Returns the scenario with one value set by its path, for example
    /// `cohort.remote.clients=20000`, `cohort.*.clients=500` or `duration="2h"`. The value is TOML,
    /// so strings need quotes.
    ///
    /// # Errors
    /// Returns [`Error::Scenario`] with all problems of the changed scenario.
    pub fn with(&self, setting: &str) -> Result<Scenario, Error> {
        Ok(self.varied(&[setting.to_owned()])?)
    }

    /// Returns the scenario information for the results.
    pub fn info(&self) -> ScenarioInfo {
        info(self)
    }

    /// Simulates the scenario once with the given seed. The same seed gives the same result.
    ///
    /// # Errors
    /// Returns [`Error::Scenario`] if the seed is above 9007199254740991, and [`Error::Run`] if the
    /// simulation has no valid result.
    pub fn simulate(&self, seed: u64) -> Result<RunResult, Error> {
        let seeded = self.with(&format!("seed={seed}"))?;
        Ok(simulate(&seeded, &Replications::of(1), &())?.result)
    }

    /// Simulates `count` independent replications with the scenario's own seed, on all threads of
    /// the current `rayon` pool. Two or more replications give 95 % confidence intervals.
    ///
    /// # Errors
    /// Returns [`Error::Request`] if `count` is 0, and [`Error::Run`] if a simulation has no valid
    /// result.
    pub fn replicate(&self, count: u32) -> Result<Simulated, Error> {
        simulate(self, &Replications::of(count), &())
    }

    /// Compares the scenario with another one with the same seed: see [`compare`].
    ///
    /// # Errors
    /// Returns the same errors as [`compare`].
    pub fn compare(&self, other: &Scenario, options: &CompareOptions) -> Result<Compared, Error> {
        compare([self, other], options, &())
    }

    /// Simulates many variants of the scenario: see [`sweep`].
    ///
    /// # Errors
    /// Returns the same errors as [`sweep`].
    pub fn sweep(&self, options: &SweepOptions) -> Result<SweepResult, Error> {
        sweep(self, options, &())
    }

    /// Finds the cheapest design that meets the scenario's objectives: see [`size`].
    ///
    /// # Errors
    /// Returns the same errors as [`size`].
    pub fn size(&self, options: &SizingOptions) -> Result<SizingOutcome, Error> {
        size(self, options, &())
    }

    /// Finds which assumptions of the scenario matter: see [`sensitivity`].
    ///
    /// # Errors
    /// Returns the same errors as [`sensitivity`].
    pub fn sensitivity(&self, options: &SensitivityOptions) -> Result<SensitivityOutcome, Error> {
        sensitivity(self, options, &())
    }

    /// Finds the end of the scenario's warm-up: see [`warm_up`].
    ///
    /// # Errors
    /// Returns the same errors as [`warm_up`].
    pub fn warm_up(&self, options: &WarmUpOptions) -> Result<WarmUp, Error> {
        warm_up(self, options, &())
    }
}
