//! The back-test of `cmgsim calibrate iis`: its options and its execution.

use clap::Args;

use crate::calibrate::back_test::{self, BackTestError, REPLICATIONS};
use crate::logs::hold_out::{HoldOut, NoHoldOut};
use crate::logs::{Input, Rules, Tallies};
use crate::results::calibration::{BackTest, Calibration};
use crate::scenario::Scenario;

use super::super::failure::Failure;
use super::super::output;
use super::super::progress::Progress;

/// Rows that the calibration does not use, and the simulation that is compared with them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Back-test")]
pub(super) struct BackTestArguments {
    /// Compare the calibrated scenario with the log rows from DATE (UTC) onwards
    ///
    /// These rows are not used for the calibration. DATE is a date such as 2026-11-27, none (no
    /// back-test) or auto: the last whole UTC day, if the log files contain at least three whole
    /// days. A single week is not split, because presence needs every hour of the week.
    #[arg(long, value_name = "DATE", default_value = "auto", requires = "scenario")]
    hold_out: HoldOut,
    /// Simulate the held-out period NUMBER times for the back-test
    #[arg(long, value_name = "NUMBER", default_value_t = REPLICATIONS, requires = "scenario",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    replications: u32,
}

impl BackTestArguments {
    /// Returns the time from which rows are held out; `None` without a back-test.
    /// The error states why the default holds no rows out.
    pub(super) fn start(
        &self,
        inputs: &[Input],
        base: Option<&Scenario>,
    ) -> Result<Option<i64>, NoHoldOut> {
        base.map_or(Ok(None), |_| self.hold_out.start(inputs))
    }

    /// Simulates the calibrated scenario in the held-out period. Prints a warning if the period or
    /// the scenario does not permit this.
    pub(super) fn run(
        &self,
        (base, calibration): (&Scenario, &Calibration),
        held_out: Option<&Tallies>,
        rules: &Rules,
        is_quiet: bool,
    ) -> Result<Option<BackTest>, Failure> {
        let Some(held_out) = held_out else { return Ok(None) };
        let progress = Progress::new(is_quiet, 0.0, None, None);
        let progress = progress.of_stage("simulating the held-out period".to_owned(), None);
        let scenario = back_test::calibrated(base, calibration);
        let found = scenario.and_then(|scenario| {
            back_test::run(&scenario, held_out, rules, self.replications, &progress)
        });
        progress.finish();
        match found {
            Ok(found) => Ok(Some(found)),
            Err(BackTestError::Run(error)) => Err(Failure::Run(error)),
            Err(error @ BackTestError::Stopped) => Err(Failure::Interrupted(error.to_string())),
            Err(error) => {
                output::warn(&format!("warning: {error}\n"))?;
                Ok(None)
            }
        }
    }
}
