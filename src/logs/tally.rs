//! Tallies of logged requests per class and hour of the week.

use jiff::tz::TimeZone;

use super::activity::{Activities, Activity};
use super::class::Class;
use super::client_hours::{CLIENT_HOURS_MAX, ClientHour, ClientHours};
use super::clients::{Frequent, NoClients, check_addresses};
use super::concurrency::{ARRIVAL_ERROR_MS, Step, estimated_arrival, estimated_end};
use super::copies::Copied;
use super::distinct::Distinct;
use super::header::{Field, Header};
use super::histogram::Histogram;
use super::hold_out::is_hour;
use super::hours::{Coverage, HOUR, HOURS_OF_WEEK, LocalClock, hour_of_week};
use super::minutes::{CLASS_DAYS_MAX, DaysLeft, Minutes, SERVER_DAYS_MAX};
use super::patterns::Patterns;
use super::server::{SERVERS_MAX, ServerTally, position_hash};
use super::unreadable::Unreadable;

/// Number of different status codes that are counted; larger ones count as 0.
const STATUSES: usize = 1000;

/// A readable row without names and addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Index of the class.
    pub(super) class: usize,
    /// End of the request in seconds since 1970-01-01T00:00Z.
    pub(super) end: i64,
    /// Hour of the week of the end in UTC.
    pub(super) hour_of_week: usize,
    /// File and line, for the sample.
    pub(super) position: (u64, u64),
    pub(super) server: usize,
    /// Hash of address and user name, and of the address alone; `None` if no address is logged.
    pub(super) client: Option<(u64, u64)>,
    pub(super) bytes_in: Option<u64>,
    pub(super) bytes_out: Option<u64>,
    pub(super) time_taken_ms: Option<u64>,
    pub(super) status: Option<u16>,
}

/// Requests of a class in one hour of the week, over all weeks of the logs.
#[derive(Clone, Debug)]
pub struct HourTally {
    /// Number of requests.
    pub rows: u64,
    /// Bytes from clients to the server.
    pub bytes_in: u64,
    /// Bytes from the server to clients.
    pub bytes_out: u64,
    /// Sum of `time-taken` in milliseconds.
    pub time_taken_ms: u64,
    /// Number of requests with a status of 400 or more.
    pub errors: u64,
    /// Distinct clients, over all weeks.
    pub clients: Distinct,
}

impl Default for HourTally {
    fn default() -> Self {
        HourTally {
            rows: 0,
            bytes_in: 0,
            bytes_out: 0,
            time_taken_ms: 0,
            errors: 0,
            clients: Distinct::new(256, 11),
        }
    }
}

/// Requests of one class.
#[derive(Clone, Debug)]
pub struct ClassTally {
    /// Number of requests.
    pub rows: u64,
    /// Bytes from clients to the server (`cs-bytes`), of requests for which they are logged.
    pub bytes_in: Histogram,
    /// Bytes from the server to clients (`sc-bytes`), of requests for which they are logged.
    pub bytes_out: Histogram,
    /// `time-taken` in milliseconds, of requests for which it is logged.
    pub time_taken_ms: Histogram,
    /// Distinct clients.
    pub clients: Distinct,
    /// Number of requests with the address of a client.
    pub addressed_rows: u64,
    /// Requests per hour of the week in UTC.
    pub hours: Vec<HourTally>,
    /// Requests per hour of the week in civil time; empty without a time zone.
    pub local_hours: Vec<HourTally>,
    pub(super) addresses: Frequent,
    pub(super) statuses: Vec<u64>,
    pub(super) minutes: Minutes<u32>,
}

/// Creates a counter of the clients of a class: exact up to 16,384, then with a standard error of
/// 0.8 %.
fn class_clients() -> Distinct {
    Distinct::new(1 << 14, 14)
}

impl ClassTally {
    fn new(has_zone: bool) -> Self {
        let hours = |count| vec![HourTally::default(); count];
        ClassTally {
            rows: 0,
            bytes_in: Histogram::default(),
            bytes_out: Histogram::default(),
            time_taken_ms: Histogram::default(),
            clients: class_clients(),
            addressed_rows: 0,
            hours: hours(HOURS_OF_WEEK),
            local_hours: hours(if has_zone { HOURS_OF_WEEK } else { 0 }),
            addresses: Frequent::default(),
            statuses: vec![0; STATUSES],
            minutes: Minutes::default(),
        }
    }

    /// Iterates over the logged status codes and their requests; 0 means that no status is logged.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, u64)> {
        let counted = self.statuses.iter().zip(0_u16..).filter(|(count, _)| **count > 0);
        counted.map(|(count, status)| (status, *count))
    }

    /// Returns the number of requests with a status of 400 or more.
    pub fn errors(&self) -> u64 {
        self.statuses[400..].iter().sum()
    }

    /// Tests whether the addresses of the requests are those of clients.
    ///
    /// # Errors
    /// The requests have no addresses, or most of them have one of a few addresses, which are those
    /// of connection points, proxies or load balancers.
    pub fn has_clients(&self) -> Result<(), NoClients> {
        check_addresses(self.rows, self.addressed_rows, &self.addresses)
    }

    /// Iterates over the requests per minute, for all minutes of all days with requests of this
    /// class: start in seconds since 1970-01-01T00:00Z, number of requests that ended.
    pub fn minutes(&self) -> impl Iterator<Item = (i64, u32)> {
        self.minutes.iter()
    }
}

/// A log file that was read.
#[derive(Clone, Debug)]
pub(super) struct ReadFile {
    pub(super) name: String,
    pub(super) rows: u64,
    /// Times of the first and the last row in seconds since 1970-01-01T00:00Z.
    pub(super) span: Option<(i64, i64)>,
}

/// Everything that is kept of the logs. No part of it contains a name or an address.
#[derive(Clone, Debug)]
pub struct Tallies {
    pub(super) classes: Vec<ClassTally>,
    pub(super) servers: Vec<ServerTally>,
    pub(super) files: Vec<ReadFile>,
    /// Files that could not be opened, with the reason.
    pub(super) unopened: Vec<(String, String)>,
    pub(super) bytes: u64,
    pub(super) lines: u64,
    pub(super) rows: u64,
    /// Number of rows below a `#Fields` line with each field, in the order of [`Field::ALL`].
    pub(super) field_rows: [u64; Field::ALL.len()],
    pub(super) clock_steps: u64,
    pub(super) copied: Vec<Copied>,
    pub(super) unreadable: Unreadable,
    pub(super) patterns: Patterns,
    pub(super) coverage: Coverage,
    pub(super) zone: Option<TimeZone>,
    clock: Option<LocalClock>,
    client_hours: ClientHours,
    activities: Activities,
    class_days_left: DaysLeft,
    server_days_left: DaysLeft,
    /// Number of rows since the last `#Fields` line.
    header_rows: u64,
}

impl Tallies {
    /// Creates tallies. The limits of stored days and hours are divided by `parts`, the number of
    /// tallies of the log.
    pub(super) fn new(zone: Option<TimeZone>, parts: u32) -> Self {
        Tallies {
            classes: Class::all().map(|_| ClassTally::new(zone.is_some())).collect(),
            servers: Vec::new(),
            files: Vec::new(),
            unopened: Vec::new(),
            bytes: 0,
            lines: 0,
            rows: 0,
            field_rows: Default::default(),
            clock_steps: 0,
            copied: Vec::new(),
            unreadable: Unreadable::default(),
            patterns: Patterns::default(),
            coverage: Coverage::default(),
            clock: zone.clone().map(LocalClock::new),
            zone,
            client_hours: ClientHours::new(CLIENT_HOURS_MAX / parts as usize),
            activities: Activities::default(),
            class_days_left: DaysLeft(CLASS_DAYS_MAX / parts),
            server_days_left: DaysLeft(SERVER_DAYS_MAX / parts),
            header_rows: 0,
        }
    }

    /// Returns the requests of a class.
    pub fn class(&self, class: Class) -> &ClassTally {
        &self.classes[class.index()]
    }

    /// Returns the number of readable rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number of seconds that the logs cover.
    pub fn covered_seconds(&self) -> u64 {
        self.coverage.total()
    }

    /// Returns the covered seconds of each hour of the week in UTC.
    pub fn covered_hours(&self) -> [u64; HOURS_OF_WEEK] {
        self.coverage.per_hour_of_week(None)
    }

    /// Returns the covered seconds of each hour of the week in civil time; `None` without a time
    /// zone.
    pub fn covered_local_hours(&self) -> Option<[u64; HOURS_OF_WEEK]> {
        let clock = self.zone.clone().map(LocalClock::new);
        clock.map(|clock| self.coverage.per_hour_of_week(Some(clock)))
    }

    /// Iterates over the hours that the logs cover, in order: start in seconds since
    /// 1970-01-01T00:00Z, covered seconds.
    pub fn covered_by_hour(&self) -> impl Iterator<Item = (i64, u32)> {
        let covered = self.coverage.per_hour().filter(|(_, covered)| *covered > 0);
        covered.map(|(hour, covered)| (hour * HOUR, covered))
    }

    /// Returns the servers in order of their first row. If a log is divided in two parts, both have
    /// all servers of both parts in the same order.
    pub fn servers(&self) -> &[ServerTally] {
        &self.servers
    }

    /// Returns the activity of the clients of a class.
    ///
    /// # Errors
    /// Clients cannot be distinguished ([`ClassTally::has_clients`]).
    pub fn activity(&self, class: Class) -> Result<Activity, NoClients> {
        let tally = self.class(class);
        tally.has_clients()?;
        let mut activity = self.activities.class(class).clone();
        activity.clients = tally.clients.count();
        activity.clients_error_share = tally.clients.standard_error();
        Ok(activity)
    }

    /// Tests whether the addresses of all requests are those of clients.
    ///
    /// # Errors
    /// As [`ClassTally::has_clients`], for the requests of all classes together.
    pub fn has_clients(&self) -> Result<(), NoClients> {
        let addressed = self.classes.iter().map(|tally| tally.addressed_rows).sum();
        let addresses = Frequent::merged(self.classes.iter().map(|tally| &tally.addresses));
        check_addresses(self.rows, addressed, &addresses)
    }

    /// Returns the number of distinct clients of all classes; exact up to 16,384, then with a
    /// standard error of 0.8 %. It is zero if clients cannot be distinguished
    /// ([`Tallies::has_clients`]).
    pub fn clients(&self) -> f64 {
        if self.has_clients().is_err() {
            return 0.0;
        }
        let mut all = class_clients();
        self.classes.iter().for_each(|tally| all.merge(&tally.clients));
        all.count() as f64
    }

    /// Returns the number of distinct clients of all classes in each covered hour, in order of
    /// time; at most 8,784 hours (366 days) with clients, or half of them if the log is divided in
    /// two parts. It is empty if clients cannot be distinguished ([`Tallies::has_clients`]).
    pub fn clients_by_hour(&self) -> Vec<ClientHour> {
        match self.has_clients() {
            Ok(()) => self.client_hours.counts(self.coverage.per_hour()),
            Err(_) => Vec::new(),
        }
    }

    /// Begins a file.
    pub(super) fn begin_file(&mut self, name: &str) {
        self.files.push(ReadFile { name: name.to_owned(), rows: 0, span: None });
    }

    /// Ends the current file.
    pub(super) fn end_file(&mut self) {
        self.activities.end_file();
        if let Some(file) = self.files.last_mut() {
            file.span = self.coverage.end_file(is_hour(&file.name));
        }
    }

    /// Counts the rows below a `#Fields` line by field.
    pub(super) fn end_header(&mut self, header: Option<&Header>) {
        let rows = std::mem::take(&mut self.header_rows);
        if let Some(header) = header {
            for ((field, _), count) in Field::ALL.iter().zip(&mut self.field_rows) {
                *count += if header.has(*field) { rows } else { 0 };
            }
        }
    }

    /// Returns the index of a server.
    pub(super) fn server(&mut self, key: u64) -> usize {
        if let Some(known) = self.servers.iter().position(|one| one.key == key) {
            return known;
        }
        if self.servers.len() < SERVERS_MAX {
            let file = self.files.last().map_or("", |file| &file.name);
            self.servers.push(ServerTally::new(key, file));
            let servers = self.servers.len();
            self.servers.iter_mut().for_each(|server| server.reduce(servers));
        }
        self.servers.len() - 1
    }

    /// Counts a row.
    #[inline]
    pub(super) fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.header_rows += 1;
        if let Some(file) = self.files.last_mut() {
            file.rows += 1;
        }
        self.coverage.add(row.end, row.server);
        let class = &mut self.classes[row.class];
        class.rows += 1;
        class.minutes.add(row.end, &mut self.class_days_left);
        let status = usize::from(row.status.unwrap_or(0));
        class.statuses[if status < STATUSES { status } else { 0 }] += 1;
        if let Some(bytes) = row.bytes_in {
            class.bytes_in.add(bytes);
        }
        if let Some(bytes) = row.bytes_out {
            class.bytes_out.add(bytes);
        }
        if let Some(time_taken_ms) = row.time_taken_ms {
            class.time_taken_ms.add(time_taken_ms);
        }
        if let Some((client, address)) = row.client {
            class.addressed_rows += 1;
            class.clients.insert(client);
            class.addresses.add(address);
            self.client_hours.add(row.end, client);
            self.activities.add(client, row);
        }
        class.hours[row.hour_of_week].add(row);
        if let Some(clock) = &mut self.clock {
            class.local_hours[hour_of_week(clock.civil(row.end))].add(row);
        }
        let servers = self.servers.len();
        let step = self.servers[row.server].add(row, servers, &mut self.server_days_left);
        self.clock_steps += u64::from(step == Step::Backwards);
    }

    /// Counts a row of the next part of the log if the request was in the system of its server
    /// before `border`, in seconds since 1970-01-01. It is not counted otherwise.
    pub(super) fn add_crossing(&mut self, row: &Row, border: i64) {
        self.coverage.add_other_part(row.end, row.server);
        let Some(time_taken_ms) = row.time_taken_ms else { return };
        let end_ms = estimated_end(row.end, position_hash(row.position));
        // Requests of this part arrived before the border.
        if estimated_arrival(end_ms, time_taken_ms) < border * 1000 + ARRIVAL_ERROR_MS {
            self.servers[row.server].add_to_window(end_ms, time_taken_ms);
        }
    }

    /// Completes the tallies after the last row.
    pub(super) fn finish(&mut self) {
        self.activities.finish();
        self.coverage.finish();
        let servers = self.servers.len();
        self.servers.iter_mut().for_each(|server| server.finish(servers));
    }
}

impl HourTally {
    #[inline]
    fn add(&mut self, row: &Row) {
        let add = |sum: &mut u64, value: Option<u64>| {
            *sum = sum.saturating_add(value.unwrap_or(0));
        };
        self.rows += 1;
        add(&mut self.bytes_in, row.bytes_in);
        add(&mut self.bytes_out, row.bytes_out);
        add(&mut self.time_taken_ms, row.time_taken_ms);
        self.errors += u64::from(row.status.is_some_and(|status| status >= 400));
        if let Some((client, _)) = row.client {
            self.clients.insert(client);
        }
    }
}
