//! Reads shared lines and VPNs.

use crate::base::Id;
use crate::base::SimTime;
use crate::base::ids::LineId;
use crate::model::config::{Bandwidths, Line, Vpn};
use crate::scenario::diagnose::code;
use crate::scenario::read::Reader;
use crate::scenario::windows::{Period, Window, changes, windows};
use crate::terms::LineKind;

use super::clock::Clock;
use super::{get, names, refer};

/// Lines and VPNs that other sections can refer to.
#[derive(Default)]
pub(super) struct Lines {
    /// The lines of `[line.NAME]`, followed by those of VPNs.
    pub all: Vec<Line>,
    pub vpns: Vec<Vpn>,
}

pub(super) fn lines(reader: &mut Reader<'_>, clock: Option<&Clock>) -> Lines {
    let mut all: Vec<Line> = Vec::new();
    for name in names(reader, "line") {
        let round_trip = get(reader, &["line", &name, "delay"], Reader::duration);
        let bandwidths = bandwidths(reader, "line", &name, clock);
        if let (Some(round_trip), Some(bandwidths)) = (round_trip, bandwidths) {
            all.push(Line { name, kind: LineKind::Line, round_trip, bandwidths });
        }
    }
    let mut vpns = Vec::new();
    for name in names(reader, "vpn") {
        let bandwidths = bandwidths(reader, "vpn", &name, clock);
        let sessions = get(reader, &["vpn", &name, "sessions"], Reader::count_or);
        let internet = line_of(reader, &["vpn", &name, "line"], &all);
        let mut split = |to| get(reader, &["vpn", &name, "split_tunnel", to], Reader::boolean);
        let (gateway, microsoft_update) = (split("gateway"), split("microsoft_update"));
        let read = (|| Some((bandwidths?, sessions?, internet?, gateway?, microsoft_update?)))();
        let Some((bandwidths, sessions, internet, gateway, microsoft_update)) = read else {
            continue;
        };
        vpns.push(Vpn {
            name: name.clone(),
            line: LineId::from_index(all.len()),
            internet,
            sessions: sessions.map(|limit| u32::try_from(limit).unwrap_or(u32::MAX)),
            splits_gateway: gateway,
            splits_microsoft_update: microsoft_update,
        });
        let round_trip = Default::default();
        all.push(Line { name, kind: LineKind::Vpn, round_trip, bandwidths });
    }
    Lines { all, vpns }
}

/// Reads an optional reference to a line; the inner `None` means that the key is not set.
pub(super) fn line_of(
    reader: &mut Reader<'_>,
    path: &[&str],
    lines: &[Line],
) -> Option<Option<LineId>> {
    let Some(found) = reader.find(path) else { return Some(None) };
    let lines: Vec<&str> = lines
        .iter()
        .filter(|line| line.kind == LineKind::Line)
        .map(|line| line.name.as_str())
        .collect();
    refer(reader, &found, "line", &lines).map(|place| Some(LineId::from_index(place)))
}

/// Bandwidths from time zero on.
pub(super) type Timetable = Vec<(SimTime, Bandwidths)>;

/// Reads the bandwidths of a line, with their changes during the run.
fn bandwidths(
    reader: &mut Reader<'_>,
    section: &str,
    name: &str,
    clock: Option<&Clock>,
) -> Option<Timetable> {
    let downlink = get(reader, &[section, name, "downlink"], Reader::bandwidth);
    let uplink = get(reader, &[section, name, "uplink"], Reader::bandwidth);
    let background = get(reader, &[section, name, "background"], Reader::share);
    let hours = windows(reader, &[section, name, "hours"]);
    let always =
        Bandwidths { downlink: downlink?, uplink: uplink?, background_share: background?.get() };
    let (hours, clock) = (hours?, clock?);
    let offsets = clock.offsets(&clock.zone);
    timetable(reader, &[section, name, "hours"], &hours, clock.period(&offsets), |windows| {
        windows.iter().fold(always, |last, window| Bandwidths {
            downlink: window.values.downlink.unwrap_or(last.downlink),
            uplink: window.values.uplink.unwrap_or(last.uplink),
            background_share: window.values.background.unwrap_or(last.background_share),
        })
    })
}

/// Converts weekly windows to changes during the run; reports windows that change too often.
pub(super) fn timetable<T: PartialEq>(
    reader: &mut Reader<'_>,
    path: &[&str],
    hours: &[Window],
    period: Period<'_>,
    value: impl Fn(&[&Window]) -> T,
) -> Option<Vec<(SimTime, T)>> {
    let changes = changes(hours, period, value);
    if changes.is_none()
        && let Some(found) = reader.find(path)
    {
        let message = format!("`{}` changes too often during the run", found.path);
        reader.complain(code::TOO_LARGE, &found, message, "use fewer windows or a shorter run");
    }
    changes
}
