//! Methods of a scenario that run studies without progress reports and cancellation.

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
    /// Loads a scenario. A name with a path separator or an ending is a file. Any other name is
    /// that of an embedded scenario, and if there is none of a file.
    ///
    /// # Errors
    /// [`Error::Scenario`] with everything that is wrong with it.
    pub fn load(name: &str) -> Result<Scenario, Error> {
        let origin = ScenarioOrigin::named(name);
        Ok(load(&LoadRequest { origin, overrides: Vec::new() })?)
    }

    /// Loads a scenario from its text.
    ///
    /// # Errors
    /// [`Error::Scenario`] with everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Scenario, Error> {
        let origin = ScenarioOrigin::Text { name: "scenario".to_owned(), text: text.to_owned() };
        Ok(load(&LoadRequest { origin, overrides: Vec::new() })?)
    }

    /// The same scenario with a value set by its path, for example `cohort.remote.clients=20000`,
    /// `cohort.*.clients=500` or `duration="2h"`. The value is TOML: texts need quotes.
    ///
    /// # Errors
    /// [`Error::Scenario`] with everything that is wrong with it then.
    pub fn with(&self, setting: &str) -> Result<Scenario, Error> {
        Ok(self.varied(&[setting.to_owned()])?)
    }

    /// What results say of it.
    pub fn info(&self) -> ScenarioInfo {
        info(self)
    }

    /// Simulates it once, with this seed instead of its own. The same seed gives the same result.
    ///
    /// # Errors
    /// [`Error::Scenario`] if the seed is above 9007199254740991; [`Error::Run`] if the simulation
    /// has no result that one may use.
    pub fn simulate(&self, seed: u64) -> Result<RunResult, Error> {
        let seeded = self.with(&format!("seed={seed}"))?;
        Ok(simulate(&seeded, &Replications::of(1), &())?.result)
    }

    /// Simulates it `count` times with its own seed, independently, on all threads of the current
    /// `rayon` pool, with intervals at 95 % from two replications up.
    ///
    /// # Errors
    /// [`Error::Request`] if `count` is 0; [`Error::Run`] if a simulation has no result that one
    /// may use.
    pub fn replicate(&self, count: u32) -> Result<Simulated, Error> {
        simulate(self, &Replications::of(count), &())
    }

    /// Compares it with another one of the same seed: see [`compare`].
    ///
    /// # Errors
    /// As [`compare`].
    pub fn compare(&self, other: &Scenario, options: &CompareOptions) -> Result<Compared, Error> {
        compare([self, other], options, &())
    }

    /// Simulates many variants of it: see [`sweep`].
    ///
    /// # Errors
    /// As [`sweep`].
    pub fn sweep(&self, options: &SweepOptions) -> Result<SweepResult, Error> {
        sweep(self, options, &())
    }

    /// Finds the cheapest design that meets its objectives: see [`size`].
    ///
    /// # Errors
    /// As [`size`].
    pub fn size(&self, options: &SizingOptions) -> Result<SizingOutcome, Error> {
        size(self, options, &())
    }

    /// Finds which of its assumptions matter: see [`sensitivity`].
    ///
    /// # Errors
    /// As [`sensitivity`].
    pub fn sensitivity(&self, options: &SensitivityOptions) -> Result<SensitivityOutcome, Error> {
        sensitivity(self, options, &())
    }

    /// Finds where its warm-up ends: see [`warm_up`].
    ///
    /// # Errors
    /// As [`warm_up`].
    pub fn warm_up(&self, options: &WarmUpOptions) -> Result<WarmUp, Error> {
        warm_up(self, options, &())
    }
}
