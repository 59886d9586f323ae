//! The latency breakdown of a request type, as evidence and remedy.

use crate::report::basis::BUSY;
use crate::report::format;
use crate::results::{KindResult, RunResult};
use crate::terms::{RequestKind, StationGroup, StationKind};

use super::remedy::remedy;

/// The largest part of the latency of completed requests.
struct Largest {
    /// Mean duration of the part.
    seconds: f64,
    /// Text that states where requests spend this part.
    doing: String,
    /// Kind of the station where requests spend this part; `None` if there is no remedy for such a
    /// station.
    role: Option<StationKind>,
}

/// Describes evidence and action for requests that clients wait for. The evidence is their latency
/// breakdown; if no request was completed, it is their failures and the busiest station on their
/// path. `server` is the kind of station that serves them.
pub(super) fn of_kind(result: &RunResult, kind: RequestKind, server: StationKind) -> String {
    let Some(found) = result.kinds.iter().find(|one| one.kind == kind) else {
        return "no request was sent for this step".to_owned();
    };
    let completed = found.requests.completed;
    let failing = failing(found);
    if completed == 0 {
        let busiest = busiest_of(result, server).unwrap_or_default();
        return format!("no request was completed{failing}{busiest}");
    }
    let largest = largest(found, server);
    let busiest = largest.role.and_then(|role| busiest_of(result, role)).unwrap_or_default();
    format!(
        "a completed request took {} on average, {} of it {}{failing}{busiest}",
        format::seconds(found.latency.mean),
        format::share(largest.seconds / found.latency.mean.max(f64::MIN_POSITIVE)),
        largest.doing,
    )
}

/// Returns whether requests of this type fail or take long.
pub(super) fn is_slow(result: &RunResult, kind: RequestKind) -> bool {
    let found = result.kinds.iter().find(|one| one.kind == kind);
    found.is_some_and(|one| !failing(one).is_empty() || one.latency.mean >= super::LONG_WAIT)
}

/// Describes how many requests failed, if the share is relevant.
fn failing(kind: &KindResult) -> String {
    let (failed, completed) = (kind.requests.failed, kind.requests.completed);
    let ended = (failed + completed).max(1);
    match failed as f64 / ended as f64 {
        share if share >= super::FAILED => {
            format!(", and {} of {} failed", format::count(failed), format::count(ended))
        }
        _ => String::new(),
    }
}

/// Describes the busiest station of a kind and its remedy; `None` if no station is busy.
fn busiest_of(result: &RunResult, role: StationKind) -> Option<String> {
    let of_role =
        (0..).zip(&result.stations).filter(|(_, one)| one.role == role && one.servers.is_some());
    let (station, busiest) = of_role
        .max_by(|(_, a), (_, b)| a.utilisation_peak_share.total_cmp(&b.utilisation_peak_share))?;
    if busiest.utilisation_peak_share < BUSY {
        return None;
    }
    let action = remedy(result, station).unwrap_or_default();
    Some(format!(
        "; the utilisation of {role} {} is {} in the busiest minute. {action}",
        busiest.name,
        format::share(busiest.utilisation_peak_share),
    ))
}

fn largest(kind: &KindResult, server: StationKind) -> Largest {
    let breakdown = &kind.latency_breakdown;
    let mut all = vec![
        Largest {
            seconds: breakdown.network_s,
            doing: "on the network or in failed attempts".to_owned(),
            role: None,
        },
        Largest {
            seconds: breakdown.back_off_s,
            doing: "in back-off before a retry".to_owned(),
            role: Some(server),
        },
    ];
    for station in &breakdown.stations {
        let role = match station.station {
            StationGroup::SiteSystem => Some(server),
            StationGroup::Instance => Some(StationKind::GatewayInstance),
            StationGroup::ConnectionPoint => Some(StationKind::ConnectionPoint),
            StationGroup::Database | StationGroup::Storage => None,
        };
        let name = role.map_or(station.station.label(), StationKind::label);
        let doing = format!("queueing at the {name}");
        all.push(Largest { seconds: station.wait_s, doing, role });
        let doing = format!("in service at the {name}");
        all.push(Largest { seconds: station.service_s, doing, role });
    }
    all.into_iter()
        .reduce(|one, other| if other.seconds > one.seconds { other } else { one })
        .unwrap_or(Largest { seconds: 0.0, doing: String::new(), role: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        KindGroup, Latency, LatencyBreakdown, RequestCounts, SiteSystemResult, StationResult,
        StationTime,
    };
    use crate::terms::Role;

    const SERVER: StationKind = StationKind::SoftwareUpdatePoint;

    fn result(completed: u64, wait_s: f64, busy: f64) -> RunResult {
        let station = StationTime { station: StationGroup::SiteSystem, wait_s, service_s: 30.0 };
        let scans = KindResult {
            kind: RequestKind::UpdateScan,
            group: KindGroup::Request,
            requests: RequestCounts { completed, failed: 10, ..RequestCounts::default() },
            latency: Latency { mean: wait_s + 40.0, ..Latency::NONE },
            latency_breakdown: LatencyBreakdown {
                stations: vec![station],
                back_off_s: 0.0,
                network_s: 10.0,
            },
        };
        let station = StationResult {
            name: "sup".to_owned(),
            role: SERVER,
            servers: Some(4),
            utilisation_peak_share: busy,
            ..StationResult::default()
        };
        let role = Role::SoftwareUpdatePoint;
        let sup = SiteSystemResult { name: "sup".to_owned(), role, ..Default::default() };
        RunResult {
            kinds: vec![scans],
            stations: vec![station],
            software_update_points: vec![sup],
            ..RunResult::default()
        }
    }

    #[test]
    fn the_largest_part_is_reported_with_its_remedy() {
        let said = of_kind(&result(90, 360.0, 1.0), RequestKind::UpdateScan, SERVER);
        assert_eq!(
            said,
            "a completed request took 6 min 40 s on average, 90.0 % of it queueing at the software \
             update point, and 10 of 100 failed; the utilisation of software update point sup is \
             100.0 % in the busiest minute. Add cores to its server, or add another software \
             update point"
        );
        let said = of_kind(&result(90, 1.0, 0.5), RequestKind::UpdateScan, SERVER);
        assert!(said.contains("in service at the software update point") && !said.contains("Add"));
        let said = of_kind(&result(0, 1.0, 0.9), RequestKind::UpdateScan, SERVER);
        assert!(
            said.starts_with("no request was completed, and 10 of 10 failed; the utilisation"),
            "{said}"
        );
        let said = of_kind(&result(1, 1.0, 0.9), RequestKind::Location, SERVER);
        assert!(said.contains("no request was sent"), "{said}");
    }
}
