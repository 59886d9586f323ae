//! Where the time of a kind of request went, as evidence and remedy.

use crate::report::format;
use crate::results::{KindResult, RunResult};
use crate::terms::{RequestKind, StationGroup, StationKind};

use super::remedy::remedy;

/// A part of the latency of answered requests that is the largest, and what it says.
struct Largest {
    /// How long, on average.
    seconds: f64,
    /// Doing what.
    doing: String,
    /// The kind of station in it, where one could do something about it.
    role: Option<StationKind>,
}

/// Evidence and action for requests of a kind that clients wait for: from their latency breakdown;
/// if none was answered, from what their attempts failed of and the busiest station on their way.
/// `server` is what answers them.
pub(super) fn of_kind(result: &RunResult, kind: RequestKind, server: StationKind) -> String {
    let Some(found) = result.kinds.iter().find(|one| one.kind == kind) else {
        return "none was sent: the clients that need it were off".to_owned();
    };
    let completed = found.requests.completed;
    let failing = failing(found);
    if completed == 0 {
        let busiest = busiest_of(result, server).unwrap_or_default();
        return format!("none was answered{failing}{busiest}");
    }
    let largest = largest(found, server);
    let busiest = largest.role.and_then(|role| busiest_of(result, role)).unwrap_or_default();
    format!(
        "an answered one took {} on average, {} of it {}{failing}{busiest}",
        format::seconds(found.latency.mean),
        format::share(largest.seconds / found.latency.mean.max(f64::MIN_POSITIVE)),
        largest.doing,
    )
}

/// Do requests of a kind fail, or take longer than anybody would notice?
pub(super) fn is_slow(result: &RunResult, kind: RequestKind) -> bool {
    let found = result.kinds.iter().find(|one| one.kind == kind);
    found.is_some_and(|one| !failing(one).is_empty() || one.latency.mean >= super::LONG_WAIT)
}

/// How many were given up, if that is a share worth a word.
fn failing(kind: &KindResult) -> String {
    let (failed, completed) = (kind.requests.failed, kind.requests.completed);
    let ended = (failed + completed).max(1);
    match failed as f64 / ended as f64 {
        share if share >= super::FAILED => {
            format!(", and {} of {} were given up", format::count(failed), format::count(ended))
        }
        _ => String::new(),
    }
}

/// The busiest station of a kind and what helps it; `None` if none is busy.
fn busiest_of(result: &RunResult, role: StationKind) -> Option<String> {
    let of_role =
        (0..).zip(&result.stations).filter(|(_, one)| one.role == role && one.servers.is_some());
    let (station, busiest) = of_role
        .max_by(|(_, a), (_, b)| a.utilisation_peak_share.total_cmp(&b.utilisation_peak_share))?;
    if busiest.utilisation_peak_share < super::BUSY {
        return None;
    }
    let action = remedy(result, station).unwrap_or_default();
    Some(format!(
        "; {role} {} is {} busy in its busiest minute. {action}",
        busiest.name,
        format::share(busiest.utilisation_peak_share),
    ))
}

fn largest(kind: &KindResult, server: StationKind) -> Largest {
    let breakdown = &kind.latency_breakdown;
    let mut all = vec![
        Largest {
            seconds: breakdown.network_s,
            doing: "on the network, or lost with attempts that failed".to_owned(),
            role: None,
        },
        Largest {
            seconds: breakdown.back_off_s,
            doing: "waiting to be tried again".to_owned(),
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
    fn the_largest_component_is_named_with_a_remedy() {
        let said = of_kind(&result(90, 360.0, 1.0), RequestKind::UpdateScan, SERVER);
        assert_eq!(
            said,
            "an answered one took 6 min 40 s on average, 90.0 % of it queueing at the software \
             update point, and 10 of 100 were given up; software update point sup is 100.0 % busy \
             in its busiest minute. Add cores to its server, or add another software update point"
        );
        let said = of_kind(&result(90, 1.0, 0.5), RequestKind::UpdateScan, SERVER);
        assert!(said.contains("in service at the software update point") && !said.contains("Add"));
        let said = of_kind(&result(0, 1.0, 0.9), RequestKind::UpdateScan, SERVER);
        assert!(
            said.starts_with("none was answered, and 10 of 10 were given up; software"),
            "{said}"
        );
        let said = of_kind(&result(1, 1.0, 0.9), RequestKind::Location, SERVER);
        assert!(said.contains("were off"), "{said}");
    }
}
