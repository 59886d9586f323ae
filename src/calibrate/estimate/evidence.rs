//! What the logs contain, in the form that the estimates use.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::logs::requests::HttpRequest;
use crate::logs::{Class, HOURS_OF_WEEK, ServerObservation, ServerTally, Tallies};
use crate::terms::{RequestKind, Role};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The longest period whose minutes are stored: two years. Longer periods come from wrong dates.
const MINUTES_MAX: i64 = 2 * 366 * 24 * 60;

/// The smallest share of the requests of a server that belong to a role of the server. A few
/// requests to other paths do not make it a software update point. This number is an assumption.
const ROLE_MIN: f64 = 0.01;

/// Requests of the logs in the form that the estimates use.
#[derive(Debug)]
pub(super) struct Evidence<'t> {
    pub(super) tallies: &'t Tallies,
    pub(super) servers: Vec<Server>,
    /// Hours that the logs cover, in order.
    pub(super) hours: Vec<Hour>,
}

/// An hour that the logs cover.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hour {
    /// Start in seconds since 1970-01-01T00:00Z.
    pub(super) start_s: i64,
    /// Covered time in seconds.
    pub(super) covered_s: f64,
    /// Hour of the week in the civil time of the scenario.
    pub(super) of_week: usize,
    /// Number of the civil day.
    pub(super) day: i64,
    /// Number of distinct clients with requests; NaN if unknown.
    pub(super) clients: f64,
}

/// Requests of a server that has a role.
#[derive(Clone, Debug, Default)]
pub(super) struct Server {
    pub(super) role: Role,
    /// Start of the first minute in seconds since 1970-01-01T00:00Z.
    pub(super) start_s: i64,
    pub(super) minutes: Vec<Minute>,
    /// Whether all requests to the server belong to the classes of the role, with `time-taken`.
    pub(super) has_own_rows_only: bool,
    /// Sampled requests in order of arrival.
    pub(super) sample: Vec<Sampled>,
}

/// Requests that ended in a minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Minute {
    pub(super) rows: u32,
    /// Sum of `time-taken` in seconds.
    pub(super) taken_s: f64,
}

/// A sampled request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampled {
    pub(super) class: Class,
    /// Arrival in seconds after the start of the first minute.
    pub(super) arrival_s: f64,
    pub(super) taken_s: f64,
    /// Upper bound of the number of other requests in the system at the arrival.
    pub(super) number_at_arrival: u32,
}

/// Blocks in order of time, for intervals.
pub(super) struct Blocks(Vec<Vec<Hour>>);

impl<'t> Evidence<'t> {
    pub(super) fn new(tallies: &'t Tallies, zone: &TimeZone) -> Self {
        let roles = [Role::ManagementPoint, Role::SoftwareUpdatePoint];
        let servers = tallies.servers().iter().filter(|tally| tally.rows() > 0);
        let servers =
            servers.flat_map(|tally| roles.into_iter().filter_map(|role| server(tally, role)));
        Evidence { tallies, servers: servers.collect(), hours: hours(tallies, zone) }
    }

    /// Returns the mean number of requests that one client sends without a gap of more than ten
    /// minutes; `None` if clients cannot be distinguished.
    pub(super) fn rows_per_sequence(&self, class: Class) -> Option<f64> {
        self.tallies.activity(class).ok()?.rows_per_sequence()
    }

    /// Returns the number of requests of a class.
    pub(super) fn rows(&self, class: Class) -> u64 {
        self.tallies.class(class).rows
    }

    /// Returns the number of requests of a class in each covered hour, by the start of the hour.
    pub(super) fn rows_by_hour(&self, class: Class) -> BTreeMap<i64, f64> {
        let mut found = BTreeMap::new();
        for (minute, rows) in self.tallies.class(class).minutes().filter(|one| one.1 > 0) {
            *found.entry(minute.div_euclid(HOUR) * HOUR).or_insert(0.0) += f64::from(rows);
        }
        found
    }

    /// Returns the covered time in seconds.
    pub(super) fn covered_s(&self) -> f64 {
        self.hours.iter().map(|hour| hour.covered_s).sum()
    }

    /// Divides the covered hours into blocks for intervals: days if there are at least
    /// [`DAYS_MIN`], otherwise hours.
    pub(super) fn blocks(&self) -> Blocks {
        let mut days: BTreeMap<i64, Vec<Hour>> = BTreeMap::new();
        for hour in &self.hours {
            days.entry(hour.day).or_default().push(*hour);
        }
        match days.len() >= DAYS_MIN {
            true => Blocks(days.into_values().collect()),
            false => Blocks(self.hours.iter().map(|hour| vec![*hour]).collect()),
        }
    }

    /// Returns the number of servers of a role.
    pub(super) fn servers_of(&self, role: Role) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(move |server| server.role == role)
    }
}

/// The smallest number of days that are blocks.
const DAYS_MIN: usize = 7;

impl Blocks {
    pub(super) fn iter(&self) -> impl Iterator<Item = &[Hour]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// Returns the name of a block: `days` or `hours`.
    pub(super) fn unit(&self) -> &'static str {
        if self.0.iter().any(|block| block.len() > 1) { "days" } else { "hours" }
    }
}

/// Returns the classes of requests that systems of a role serve.
pub(super) fn classes_of(role: Role) -> impl Iterator<Item = Class> {
    Class::all().filter(move |class| match class {
        Class::Kind(RequestKind::ContentDownload) => false,
        Class::Kind(kind) => kind.role() == role && !is_message(*kind),
        Class::Messages => role == Role::ManagementPoint,
        Class::OutsideModel | Class::Unclassified => false,
    })
}

/// Returns the kinds that the class of messages contains.
pub(super) fn message_kinds() -> impl Iterator<Item = RequestKind> {
    RequestKind::ALL.into_iter().filter(|kind| is_message(*kind))
}

fn is_message(kind: RequestKind) -> bool {
    HttpRequest::of_kind(kind) == HttpRequest::of_kind(RequestKind::PolicyPoll)
}

/// Returns the covered hours.
fn hours(tallies: &Tallies, zone: &TimeZone) -> Vec<Hour> {
    let clients: BTreeMap<i64, f64> =
        tallies.clients_by_hour().iter().map(|one| (one.start_s, one.clients)).collect();
    let hour = |(start_s, covered_s): (i64, u32)| {
        let stamp = Timestamp::from_second(start_s + HOUR / 2).unwrap_or_default();
        let civil = start_s + i64::from(zone.to_offset(stamp).seconds());
        let day = civil.div_euclid(DAY);
        // 1970-01-01 was a Thursday.
        let of_week = (day + 3).rem_euclid(7) * 24 + civil.rem_euclid(DAY) / HOUR;
        let covered_s = f64::from(covered_s);
        let clients = clients.get(&start_s).copied().unwrap_or(f64::NAN);
        let of_week = of_week as usize % HOURS_OF_WEEK;
        Hour { start_s, covered_s, of_week, day, clients }
    };
    tallies.covered_by_hour().map(hour).collect()
}

/// Returns the requests of a role at a server; `None` if they are fewer than [`ROLE_MIN`].
fn server(tally: &ServerTally, role: Role) -> Option<Server> {
    let classes: Vec<Class> = classes_of(role).collect();
    let rows: u64 = classes.iter().map(|class| tally.sampled_from(*class)).sum();
    if rows == 0 || (rows as f64) < ROLE_MIN * tally.rows() as f64 {
        return None;
    }
    let start_s = tally.minutes().find(|minute| minute.rows > 0)?.start_s;
    let has_own_rows_only = rows == tally.rows() && tally.has_all_minutes();
    let mut server = Server { role, start_s, has_own_rows_only, ..Server::default() };
    for minute in tally.minutes().filter(|minute| minute.rows > 0) {
        let index = (minute.start_s - start_s).div_euclid(60);
        if !(0..MINUTES_MAX).contains(&index) {
            continue;
        }
        let index = index as usize;
        if index >= server.minutes.len() {
            server.minutes.resize(index + 1, Minute::default());
        }
        let taken_s = minute.time_taken_ms as f64 / 1e3;
        server.minutes[index] = Minute { rows: minute.rows, taken_s };
    }
    let is_own = |one: &ServerObservation| one.is_success && classes.contains(&one.class);
    let sampled = |one: ServerObservation| Sampled {
        class: one.class,
        arrival_s: (one.arrival_ms - start_s * 1000) as f64 / 1e3,
        taken_s: f64::from(one.time_taken_ms) / 1e3,
        number_at_arrival: one.number_at_arrival_max,
    };
    server.sample = tally.sample().into_iter().filter(is_own).map(sampled).collect();
    Some(server)
}
