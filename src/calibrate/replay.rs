//! Replay of measured arrivals: a scenario that extends a base, sends the logged requests from open
//! sources, and switches off the same requests of the simulated clients.
//!
//! A log of a site system shows the arrivals at this site system. The sources therefore send their
//! requests to the site systems; gateways and connection points do not carry them.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::Timestamp;

use crate::base::text::visible_line;
use crate::logs::{ARRIVALS_MAX, ArrivalStream, Arrivals, Class};
use crate::scenario::Scenario;
use crate::scenario::tree::key_to_toml;
use crate::scenario::zones;
use crate::terms::{RequestKind, Role};

/// Kinds that clients send to the path of [`Class::Messages`] and that can be switched off.
const MESSAGES: [RequestKind; 5] = [
    RequestKind::PolicyPoll,
    RequestKind::Heartbeat,
    RequestKind::HardwareInventory,
    RequestKind::SoftwareInventory,
    RequestKind::StateMessage,
];

/// Milliseconds per minute.
const MINUTE_MS: i64 = 60_000;

/// Reason why arrivals cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The class cannot be replayed.
    #[error("the arrivals of `{0}` cannot be replayed; choose from {list}", list = names())]
    Class(String),
    /// The logs contain no request of the class.
    #[error("the logs contain no requests of kind {0}; choose another kind or other log files")]
    NoRequests(&'static str),
    /// There are more than [`ARRIVALS_MAX`] requests.
    #[error(
        "the logs contain more than {ARRIVALS_MAX} requests of the chosen kinds, which is the \
         maximum for a replay; choose fewer kinds, or log files of a shorter period"
    )]
    TooMany,
    /// The base has no site system for the requests.
    #[error(
        "the scenario has no {role}, but the logs contain requests of kind {class}; add the \
         section [{section}.NAME] to the scenario"
    )]
    NoSiteSystem {
        /// Missing role.
        role: &'static str,
        /// Section of the role in scenarios.
        section: &'static str,
        /// Class of the requests.
        class: &'static str,
    },
    /// The base defines a task by the time between its runs.
    #[error(
        "cohort {cohort} sets {kind}.think, so this kind cannot be switched off; use \
         {kind}.interval in the scenario instead"
    )]
    Think {
        /// Name of the cohort.
        cohort: String,
        /// Kind of requests.
        kind: &'static str,
    },
    /// The times are outside the calendar.
    #[error("the logs contain times outside the years 1 to 9999; check the dates in the log files")]
    Calendar,
}

/// A scenario that replays arrivals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Text of the scenario.
    pub text: String,
    /// Start of the measured period, to which the times in files refer, in milliseconds since
    /// 1970-01-01T00:00Z.
    pub start_ms: i64,
    /// Names of the files with arrivals, relative to the scenario, in the order of the streams.
    pub files: Vec<String>,
    /// What the user must know or change before the scenario is used.
    pub notes: Vec<String>,
}

/// Returns the class with this name.
///
/// # Errors
/// [`ReplayError::Class`] if the arrivals of such a class cannot be replayed.
pub fn class(name: &str) -> Result<Class, ReplayError> {
    let found = Class::all().find(|class| class.name() == name && source_kind(*class).is_some());
    found.ok_or_else(|| ReplayError::Class(name.to_owned()))
}

/// Returns the names of all classes that can be replayed.
fn names() -> String {
    let classes = Class::all().filter(|class| source_kind(*class).is_some());
    classes.map(Class::name).collect::<Vec<_>>().join(", ")
}

/// Returns the kind of requests of the source that replays a class; `None` if the clients' requests
/// of this class cannot be switched off.
fn source_kind(class: Class) -> Option<RequestKind> {
    match class {
        Class::Messages => Some(RequestKind::StateMessage),
        Class::Kind(RequestKind::TokenRenewal) => None,
        Class::Kind(RequestKind::PolicyBody) => Some(RequestKind::PolicyBody),
        Class::Kind(kind) => RequestKind::SCHEDULED.contains(&kind).then_some(kind),
        Class::OutsideModel | Class::Unclassified => None,
    }
}

/// Returns the role of the site systems that serve a class.
fn role(class: Class) -> Role {
    source_kind(class).map_or(Role::ManagementPoint, RequestKind::role)
}

/// Returns the section of a role in scenarios.
const fn section(role: Role) -> &'static str {
    match role {
        Role::ManagementPoint => "management_point",
        Role::SoftwareUpdatePoint => "software_update_point",
    }
}

/// Returns the scheduled kinds of clients that a class replaces.
fn replaced(class: Class) -> Vec<RequestKind> {
    match class {
        Class::Messages => MESSAGES.to_vec(),
        Class::Kind(kind) if kind != RequestKind::PolicyBody => vec![kind],
        _ => Vec::new(),
    }
}

/// Measured period of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Start, in milliseconds since 1970-01-01T00:00Z.
    pub start_ms: i64,
    /// Start in the civil time of the scenario: `2026-11-30T11:00`.
    pub start: String,
    /// Length in minutes.
    pub minutes: i64,
}

/// Returns the measured period that contains all arrivals.
///
/// # Errors
/// There are no arrivals, or their times are outside the calendar.
pub fn period(base: &Scenario, arrivals: &Arrivals) -> Result<Period, ReplayError> {
    let (first_ms, last_ms) = arrivals.span().ok_or(ReplayError::Calendar)?;
    let (start_ms, start) = start(base, first_ms)?;
    // The last request ends in the last minute, so all arrivals are in the measured period.
    let minutes = (last_ms - start_ms).div_euclid(MINUTE_MS) + 1;
    Ok(Period { start_ms, start, minutes })
}

/// Checks that the logs have requests of all classes, and not too many.
///
/// # Errors
/// Returns [`ReplayError::TooMany`] or [`ReplayError::NoRequests`].
pub fn check(classes: &[Class], arrivals: &Arrivals) -> Result<(), ReplayError> {
    if arrivals.is_full() {
        return Err(ReplayError::TooMany);
    }
    let is_absent = |class: &&Class| arrivals.streams().iter().all(|one| one.class != **class);
    let absent = classes.iter().find(is_absent);
    absent.map_or(Ok(()), |absent| Err(ReplayError::NoRequests(absent.name())))
}

/// Creates a scenario that extends `base` under the name `extends` and replays the arrivals of
/// `classes`. The comments list the events `left_out`, which `base` does not have.
///
/// # Errors
/// Returns a [`ReplayError`] if the logs have no or too many requests of a class, or if the base
/// cannot replay them.
pub fn replay(
    base: &Scenario,
    (extends, left_out): (&str, &[String]),
    classes: &[Class],
    arrivals: &Arrivals,
) -> Result<Replay, ReplayError> {
    check(classes, arrivals)?;
    let Period { start_ms, start, minutes } = period(base, arrivals)?;
    let (sources, files, mut notes) = sources(base, arrivals.streams())?;
    if !left_out.is_empty() {
        notes.push(format!(
            "Left out, because they are not in the period of the logs: {}. {extends} contains the \
             values of the scenario without them; measured.toml contains them",
            left_out.join(", ")
        ));
    }
    notes.extend(consequences(base, classes));
    if arrivals.rows_without_time_taken() > 0 {
        notes.push(format!(
            "{} requests have no valid time-taken, so they arrive at their logged end",
            arrivals.rows_without_time_taken()
        ));
    }
    let mut text = format!(
        "# Replays logged requests instead of generating them. Number of requests: {}.\n\
         # Written by `cmgsim calibrate iis --arrivals`.\n#\n",
        arrivals.count()
    );
    for note in FACTS.into_iter().map(str::to_owned).chain(notes.iter().cloned()) {
        comment(&mut text, &note);
    }
    let [extends, name] = [extends, &format!("{}-replay", visible_line(&base.name))]
        .map(|text| toml::Value::from(text).to_string());
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\nschema = 1\nextends = {extends}\nname = {name}\nstart = \"{start}\"\n\
         duration = \"{minutes}min\"\n{sources}"
    );
    text.push_str(&switched_off(base, classes)?);
    Ok(Replay { text, start_ms, files, notes })
}

/// Comments of every scenario that replays arrivals.
const FACTS: [&str; 5] = [
    "Each source sends its requests directly to a site system, because the logs show arrivals \
     there: gateways and connection points carry none of these requests.",
    "A logged request is not repeated after a failure, because the log already contains the \
     retries of the clients (by default, source.*.timeout is none and source.*.retry.attempts is \
     1).",
    "The times in the files are seconds after `start`: the end of a request minus time-taken. If \
     you change `start`, create the files again.",
    "Logs record the end of a request in whole seconds, so arrivals within a second are only known \
     approximately, and short waiting times are underestimated.",
    "Sizes of requests and responses are means of the logs.",
];

/// Appends a comment, wrapped at 100 columns.
fn comment(text: &mut String, sentence: &str) {
    let mut line = "# *".to_owned();
    for word in sentence.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > 100 {
            text.push_str(&line);
            text.push('\n');
            line = "#  ".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push_str(if sentence.ends_with('.') { "\n" } else { ".\n" });
}

/// Returns the start of the measured period: a whole minute that occurs only once in the civil time
/// of the base, in milliseconds since 1970-01-01T00:00Z and as civil time.
fn start(base: &Scenario, first_ms: i64) -> Result<(i64, String), ReplayError> {
    let zone = zones::zone(&base.start.zone).map_err(|_| ReplayError::Calendar)?;
    let minute = first_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
    // A clock change repeats at most a few hours.
    for hours in 0..=24 {
        let at = Timestamp::from_millisecond(minute - hours * 60 * MINUTE_MS);
        let civil = zone.to_datetime(at.map_err(|_| ReplayError::Calendar)?);
        let label = civil.strftime("%Y-%m-%dT%H:%M").to_string();
        let read: Result<jiff::civil::DateTime, _> = label.parse();
        let read = read.map_err(|_| ReplayError::Calendar)?;
        let Ok(found) = zone.to_ambiguous_timestamp(read).unambiguous() else { continue };
        let start_ms = found.as_millisecond();
        if start_ms <= first_ms && civil.year() > 0 {
            return Ok((start_ms, label));
        }
    }
    Err(ReplayError::Calendar)
}

/// Returns the sources as TOML, the names of their files, and notes.
fn sources(
    base: &Scenario,
    streams: &[ArrivalStream],
) -> Result<(String, Vec<String>, Vec<String>), ReplayError> {
    let (mut text, mut files, mut notes) = (String::new(), Vec::new(), Vec::new());
    for role in [Role::ManagementPoint, Role::SoftwareUpdatePoint] {
        let of_role = || streams.iter().filter(|stream| self::role(stream.class) == role);
        let servers: BTreeSet<usize> = of_role().map(|stream| stream.server).collect();
        let systems = base.config.site_systems.iter().filter(|system| system.role == role);
        let systems: Vec<&str> = systems.map(|system| system.name.as_str()).collect();
        if let (Some(stream), true) = (of_role().next(), systems.is_empty()) {
            let (class, section) = (stream.class.name(), section(role));
            return Err(ReplayError::NoSiteSystem { role: role.label(), section, class });
        }
        if !servers.is_empty() && servers.len() != systems.len() {
            notes.push(format!(
                "The logs contain requests to {} {}s, but the base has {}: check where each source \
                 enters",
                servers.len(),
                role.label(),
                systems.len()
            ));
        }
    }
    for stream in streams {
        let role = self::role(stream.class);
        let same = |one: &&ArrivalStream| self::role(one.class) == role;
        let servers: BTreeSet<usize> = streams.iter().filter(same).map(|one| one.server).collect();
        let place = servers.iter().position(|server| *server == stream.server).unwrap_or(0);
        let systems = base.config.site_systems.iter().filter(|system| system.role == role);
        let systems: Vec<&str> = systems.map(|system| system.name.as_str()).collect();
        let enters = format!("{}.{}", section(role), systems[place % systems.len()]);
        let file = format!("arrivals/server-{}-{}.csv", stream.server + 1, stream.class.name());
        source(&mut text, stream, &enters, &file);
        files.push(file);
    }
    Ok((text, files, notes))
}

/// Appends the source of a stream.
fn source(text: &mut String, stream: &ArrivalStream, enters: &str, file: &str) {
    let kind = source_kind(stream.class).map_or("", RequestKind::name);
    let value = |text: &str| toml::Value::from(text).to_string();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n# Requests of kind {}: {}. First file of this server:\n# {}\n\
         [source.replay-server-{}-{}]\nkind = \"{kind}\"\nenters = {}\ntrace = {}\n",
        stream.class.name(),
        stream.count,
        visible_line(&stream.first_file),
        stream.server + 1,
        stream.class.name(),
        value(enters),
        value(file),
    );
    let sizes = [("request", stream.request_bytes()), ("response", stream.response_bytes())];
    for (side, bytes) in sizes {
        if let Some(bytes) = bytes {
            let _ = writeln!(text, "message.{side} = \"{bytes} B\"");
        }
    }
}

/// Returns sections that switch off the replayed kinds in each cohort.
fn switched_off(base: &Scenario, classes: &[Class]) -> Result<String, ReplayError> {
    let kinds: BTreeSet<RequestKind> = classes.iter().flat_map(|one| replaced(*one)).collect();
    let replays_bodies = classes.contains(&Class::Kind(RequestKind::PolicyBody));
    let mut text = String::new();
    for section in base.resolved.sections() {
        let Some(cohort) = section.strip_prefix("cohort.") else { continue };
        let _ = write!(text, "\n[cohort.{}]\n", key_to_toml(cohort));
        for kind in &kinds {
            if !base.resolved.values_at(&format!("{section}.{kind}.think")).is_empty() {
                return Err(ReplayError::Think { cohort: cohort.to_owned(), kind: kind.name() });
            }
            let _ = writeln!(text, "{kind}.interval = \"off\"");
        }
        if replays_bodies {
            text.push_str("new_policy_share = \"0%\"\n");
        }
    }
    Ok(text)
}

/// Returns what the replay of these classes changes for other requests.
fn consequences(base: &Scenario, classes: &[Class]) -> Vec<String> {
    let has = |class: Class| classes.contains(&class);
    let is_replaced = |kind| classes.iter().any(|class| replaced(*class).contains(&kind));
    let mut notes = Vec::new();
    if has(Class::Messages) {
        notes.push(
            "The logs do not show the kinds of messages to a management point. They are replayed \
             as state_message, whose service times are those of `default` in \
             management_point.*.cpu and database unless the base sets state_message there. Policy \
             polls, heartbeats, inventories and state messages of clients are switched off \
             together; registrations, content locations and status messages are not"
                .to_owned(),
        );
    }
    let scans = Class::Kind(RequestKind::UpdateScan);
    if has(scans) {
        notes.push(
            "A real scan for updates consists of about 15 requests, and each of them is replayed. \
             software_update_point.*.cpu and database must be times per request, not per scan"
                .to_owned(),
        );
    }
    let bodies = Class::Kind(RequestKind::PolicyBody);
    if is_replaced(RequestKind::PolicyPoll) && !has(bodies) {
        notes.push(
            "Clients no longer poll for policy, so they do not download policy either. Replay \
             policy_body too (--arrivals with policy_body)"
                .to_owned(),
        );
    }
    let is_same = |kind| has(Class::Kind(kind)) || is_replaced(kind);
    let sources = base.config.sources.iter().filter(|source| is_same(source.kind));
    let sources: Vec<&str> = sources.map(|source| source.name.as_str()).collect();
    if !sources.is_empty() {
        notes.push(format!(
            "Open sources of the base that send the same kinds are not switched off: {}",
            sources.join(", ")
        ));
    }
    let needs = [RequestKind::PolicyPoll, RequestKind::UpdateScan];
    if !base.config.deployments.is_empty() && needs.into_iter().any(is_replaced) {
        notes.push(
            "Deployments of the base reach clients only through policy polls and scans, which are \
             switched off"
                .to_owned(),
        );
    }
    notes
}
