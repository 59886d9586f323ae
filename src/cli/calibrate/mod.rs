//! `cmgsim calibrate`: measures values of a scenario in the logs of servers.

mod arrivals;
mod back_test;
mod base;
mod counts;
mod files;
mod iis;

use clap::Subcommand;

use super::Format;
use super::failure::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum Calibrate {
    /// Measure client requests in IIS logs (W3C extended format)
    ///
    /// Client names, addresses and users are counted in memory and never printed or stored.
    Iis(iis::Iis),
    /// Measure client requests in counts: connection points, CMGService.log, Azure Monitor, CSV
    ///
    /// Client names are never printed or stored.
    Counts(counts::Counts),
}

impl Calibrate {
    pub(super) fn format(&self) -> Format {
        match self {
            Calibrate::Iis(iis) => iis.format,
            Calibrate::Counts(counts) => counts.format,
        }
    }

    pub(super) fn execute(&self) -> Result<(), Failure> {
        match self {
            Calibrate::Iis(iis) => iis.execute(),
            Calibrate::Counts(counts) => counts.execute(),
        }
    }
}
