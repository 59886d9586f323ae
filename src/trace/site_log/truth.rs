//! The true values behind the simulated logs of site systems, for `truth.json`: calibration from
//! these logs must find them again.

use serde::{Deserialize, Serialize};

use crate::base::IdVec;
use crate::base::ids::SiteSystemId;
use crate::model::config::Config;
use crate::results::{RunResult, ScenarioInfo};
use crate::terms::Role;

use super::addresses;
use super::tally::{RowTally, SystemTally};

/// True values of a run. All rates are per second of the measured period, all times in seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteTruth {
    /// Version of this format.
    pub version: u32,
    /// Name of the scenario.
    pub scenario: String,
    /// Hash of the resolved scenario.
    pub scenario_hash: String,
    /// Seed of the random streams.
    pub seed: u64,
    /// Number of the replication that was logged.
    pub replication: u32,
    /// Whether the run reached its end. If not, the logs end earlier.
    pub is_complete: bool,
    /// Start of the measured period, in seconds since 1970-01-01T00:00 UTC. Rows begin here.
    pub start_unix_s: i64,
    /// Length of the measured period.
    pub duration_s: f64,
    /// Names of the fields in the logs.
    pub fields: Vec<String>,
    /// Site systems, in the order of the scenario.
    pub systems: Vec<SystemTruth>,
}

/// True values of one site system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemTruth {
    /// Name in the scenario.
    pub name: String,
    /// Folder with its log files; the folder does not exist if there are no rows.
    pub folder: String,
    /// Role of the site system.
    pub role: Role,
    /// Address in `s-ip`.
    pub address: String,
    /// Number of worker cores; `None` if unlimited.
    pub cores: Option<u32>,
    /// Mean share of the cores that are busy, 0..=1; with unlimited cores, the mean number of busy
    /// cores.
    pub utilisation_mean_share: f64,
    /// Requests in progress at the start of the measured period.
    pub in_progress_at_start: u64,
    /// Requests that reached the site system. `in_progress_at_start` + `arrived` = rows + `refused`
    /// + `dropped_from_queue` + `lost_in_outage` + `in_progress_at_end`.
    pub arrived: u64,
    /// Requests refused because the queue was full (503, in the HTTPERR log).
    pub refused: u64,
    /// Requests dropped after their time in the queue (503, in the HTTPERR log).
    pub dropped_from_queue: u64,
    /// Requests that reached the site system while it was down, or that it lost when it failed.
    pub lost_in_outage: u64,
    /// Requests in progress at the end.
    pub in_progress_at_end: u64,
    /// All rows.
    pub all: RequestTruth,
    /// Rows by request kind. Several kinds can look the same in the log.
    pub kinds: Vec<RequestTruth>,
    /// Rows by method, path and query, which the log shows.
    pub requests: Vec<RequestTruth>,
}

/// True values of a group of rows. Times are zero if the group has no rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestTruth {
    /// Request kind, if all rows of the group have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Method, path and query with spaces between them, if all rows of the group have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Number of rows.
    pub rows: u64,
    /// Rows per second.
    pub rate_per_s: f64,
    /// Number of distinct clients and open sources.
    pub clients: u64,
    /// Number of distinct addresses in `c-ip`. Clients behind a gateway share the addresses of
    /// their connection points.
    pub addresses: u64,
    /// Rows with status 500.
    pub errors: u64,
    /// Rows with status 403: the identity provider was unreachable.
    pub forbidden: u64,
    /// Rows with `sc-win32-status` 64: the response was lost.
    pub lost: u64,
    /// Sum of `cs-bytes`.
    pub received_bytes: u64,
    /// Sum of `sc-bytes`.
    pub sent_bytes: u64,
    /// Mean service time (CPU, database and disk, without waiting). Service and waiting times
    /// exclude rows with status 403.
    pub service_mean_s: f64,
    /// 95 % quantile of the service time, accurate to 0.1 % or one microsecond, as all quantiles.
    pub service_p95_s: f64,
    /// Mean CPU time.
    pub cpu_mean_s: f64,
    /// 95 % quantile of the CPU time.
    pub cpu_p95_s: f64,
    /// Mean waiting time for a core.
    pub waiting_mean_s: f64,
    /// Mean of `time-taken` before its rounding to milliseconds.
    pub time_taken_mean_s: f64,
    /// 95 % quantile of `time-taken` before its rounding.
    pub time_taken_p95_s: f64,
}

/// Version of `truth.json`.
const VERSION: u32 = 1;

/// Builds the true values of a run. The caller adds folders and fields, which it chooses.
pub(super) fn truth(
    config: &Config,
    systems: &IdVec<SiteSystemId, SystemTally>,
    in_progress_at_end: &[u64],
    (scenario, result): (&ScenarioInfo, &RunResult),
) -> SiteTruth {
    let duration_s = result.scenario.duration_s;
    let system = |(id, tally): (SiteSystemId, &SystemTally), at_end: &u64| {
        let mut found = result.management_points.iter().chain(&result.software_update_points);
        let found = found.find(|one| one.name == config.site_systems[id].name);
        let station = found.and_then(|one| result.stations.get(one.station as usize));
        let of = |(kind, request): (Option<String>, Option<String>), rows: &RowTally| {
            RequestTruth { kind, request, ..of_rows(rows, duration_s) }
        };
        let kinds = tally.kinds.iter();
        let kinds = kinds.map(|(kind, rows)| of((Some(kind.name().to_owned()), None), rows));
        let requests = tally.requests.iter().map(|(request, rows)| {
            let shown = format!("{} {} {}", request.method, request.stem, request.query);
            of((None, Some(shown)), rows)
        });
        SystemTruth {
            name: config.site_systems[id].name.clone(),
            folder: String::new(),
            role: config.site_systems[id].role,
            address: addresses::of_system(id).to_string(),
            cores: station.and_then(|station| station.servers),
            utilisation_mean_share: station.map_or(0.0, |one| one.utilisation_mean_share),
            in_progress_at_start: tally.in_progress_at_start,
            arrived: tally.arrived,
            refused: tally.refused,
            dropped_from_queue: tally.dropped_from_queue,
            lost_in_outage: tally.lost_in_outage,
            in_progress_at_end: *at_end,
            all: of((None, None), &tally.all),
            kinds: kinds.collect(),
            requests: requests.collect(),
        }
    };
    SiteTruth {
        version: VERSION,
        scenario: scenario.name.clone(),
        scenario_hash: scenario.hash.clone(),
        seed: scenario.seed,
        replication: scenario.replication,
        is_complete: result.is_complete,
        start_unix_s: super::unix_seconds(config, config.measured_from()),
        duration_s,
        fields: Vec::new(),
        systems: systems
            .entries()
            .zip(in_progress_at_end)
            .map(|(one, end)| system(one, end))
            .collect(),
    }
}

fn of_rows(rows: &RowTally, duration_s: f64) -> RequestTruth {
    let rate_per_s = if duration_s > 0.0 { rows.rows as f64 / duration_s } else { 0.0 };
    RequestTruth {
        kind: None,
        request: None,
        rows: rows.rows,
        rate_per_s,
        clients: rows.origins.count(),
        addresses: rows.addresses.count(),
        errors: rows.errors,
        forbidden: rows.forbidden,
        lost: rows.lost,
        received_bytes: rows.received_bytes,
        sent_bytes: rows.sent_bytes,
        service_mean_s: rows.service.mean(),
        service_p95_s: rows.service.quantile(0.95),
        cpu_mean_s: rows.cpu.mean(),
        cpu_p95_s: rows.cpu.quantile(0.95),
        waiting_mean_s: rows.waiting.mean(),
        time_taken_mean_s: rows.time_taken.mean(),
        time_taken_p95_s: rows.time_taken.quantile(0.95),
    }
}
