//! From a tree of values to a [`Config`]: sections are read, references resolved, contradictions
//! found. All problems are collected.

mod clients;
mod events;
mod parts;

pub(super) use clients::PATTERNS;

use jiff::tz::TimeZone;

use crate::base::{IdVec, SimDuration, SimTime};
use crate::engine::Law;
use crate::model::Config;
use crate::model::config::{Cohort, ConnectionPoint, Gateway, ManagementPoint, Network};

use super::diagnose::{Problem, code, nearest};
use super::limits;
use super::read::{Found, Reader};
use super::tree::Node;

/// The start of the measured period in civil time.
#[derive(Clone, Debug, PartialEq)]
pub struct CivilStart {
    /// As written: `2026-11-23T08:00`.
    pub label: String,
    /// Name of the time zone.
    pub zone: String,
    /// Its offset from UTC at the start.
    pub utc_offset_seconds: i32,
    /// Seconds since 1 January 1970 UTC.
    pub unix_seconds: i64,
}

/// What compiling gives besides problems.
pub(super) struct Compiled {
    pub config: Config,
    pub name: Option<String>,
    pub question: String,
    pub start: CivilStart,
}

/// The clock of the scenario: when it starts, and what civil times mean.
struct Clock {
    start: CivilStart,
    civil: jiff::civil::DateTime,
    zone: TimeZone,
    warm_up: SimDuration,
    duration: SimDuration,
}

/// The parts others refer to.
struct Parts {
    gateways: Vec<Gateway>,
    connection_points: Vec<ConnectionPoint>,
    management_points: Vec<ManagementPoint>,
}

/// Compiles a tree; if `reader` has errors afterwards, the result must not be used.
pub(super) fn compile(reader: &mut Reader<'_>) -> Option<Compiled> {
    let clock = clock(reader);
    let seed = get(reader, &["seed"], Reader::count).unwrap_or(1);
    let interval = interval(reader, clock.as_ref());
    let name = get(reader, &["name"], Reader::text).filter(|name| !name.is_empty());
    let question = get(reader, &["question"], Reader::text).unwrap_or_default();
    let network = network(reader);
    let parts = parts::parts(reader);
    let zone = clock.as_ref().map(|clock| clock.zone.clone());
    let at = clock.as_ref().map_or(0, |clock| clock.start.unix_seconds);
    let cohorts = clients::cohorts(reader, zone.as_ref(), at);
    let sources = events::sources(reader, &parts, clock.as_ref());
    let disruptions = events::disruptions(reader, &parts, clock.as_ref());
    check_whole(reader, &parts, &cohorts, sources.is_empty());
    check_unique(reader, "connection_point", parts.connection_points.iter().map(|one| &one.name));
    check_unique(reader, "management_point", parts.management_points.iter().map(|one| &one.name));
    let compiled = [
        ("gateway", parts.gateways.len()),
        ("cohort", cohorts.len()),
        ("source", sources.len()),
        ("disruption", disruptions.len()),
    ];
    check_complete(reader, &compiled);
    let clock = clock?;
    let start = clock.start.unix_seconds - (clock.warm_up.as_nanos() / 1_000_000_000) as i64;
    let config = Config {
        seed,
        warm_up: clock.warm_up,
        duration: clock.duration,
        interval: interval?,
        week_offset: week_offset(start),
        start_unix_seconds: start,
        gateways: parts.gateways.into(),
        connection_points: parts.connection_points.into(),
        management_points: parts.management_points.into(),
        cohorts: cohorts.into(),
        sources: sources.into(),
        disruptions: IdVec::from(disruptions),
        network: network?,
    };
    Some(Compiled { config, name, question, start: clock.start })
}

/// Reads the value at a path, if there is one.
fn get<'a, T>(
    reader: &mut Reader<'a>,
    path: &[&str],
    read: impl Fn(&mut Reader<'a>, &Found) -> Option<T>,
) -> Option<T> {
    let found = reader.find(path)?;
    read(reader, &found)
}

/// Seconds since a Monday 00:00 UTC: 1 January 1970 was a Thursday.
fn week_offset(unix_seconds: i64) -> SimDuration {
    let seconds = (unix_seconds + 3 * 86_400).rem_euclid(7 * 86_400);
    SimDuration::from_seconds(seconds as u64)
}

fn clock(reader: &mut Reader<'_>) -> Option<Clock> {
    let zone_found = reader.find(&["time_zone"])?;
    let zone = reader.zone(&zone_found);
    let zone_name = reader.text(&zone_found);
    let start_found = reader.find(&["start"])?;
    let civil = reader.civil(&start_found);
    let label = reader.text(&start_found);
    let warm_up = get(reader, &["warm_up"], Reader::duration);
    let duration_found = reader.find(&["duration"])?;
    let duration = reader.duration(&duration_found);
    let (zone, civil) = (zone?, civil?);
    let zoned = civil.to_zoned_datetime(zone.clone()).ok();
    // Reports write times of the whole run, so its end has a date too.
    let end = duration.and_then(|duration| {
        let seconds = i64::try_from(duration.as_nanos() / 1_000_000_000).ok()?;
        let days = jiff::SignedDuration::from_secs(seconds.checked_add(7 * 86_400)?);
        zoned.as_ref()?.timestamp().checked_add(days).ok()
    });
    let Some(zoned) = zoned.filter(|_| duration.is_none() || end.is_some()) else {
        let message = "the scenario leaves the calendar";
        reader.complain(code::OUT_OF_RANGE, &start_found, message, "years 1 to 9999");
        return None;
    };
    if zoned.datetime() != civil {
        let message = "there is no such time: the clock jumps over it";
        let label = format!("the next is {}", zoned.datetime());
        reader.complain(code::OUT_OF_RANGE, &start_found, message, label);
        return None;
    }
    let (warm_up, duration) = (warm_up?, duration?);
    if warm_up + duration > LONGEST {
        let message = format!("warm-up and duration are more than {LONGEST} together");
        reader.complain(code::OUT_OF_RANGE, &duration_found, message, "shorten it");
        return None;
    }
    let start = CivilStart {
        label: label?,
        zone: zone_name?,
        utc_offset_seconds: zoned.offset().seconds(),
        unix_seconds: zoned.timestamp().as_second(),
    };
    Some(Clock { start, civil, zone, warm_up, duration })
}

/// Longest time that can be simulated: local clocks count nanoseconds in 64 bits.
const LONGEST: SimDuration = SimDuration::from_seconds(100_000 * 86_400);

/// Lengths of bins that read well.
const ROUND_SECONDS: [u64; 12] = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

/// About this many bins.
const BINS: u64 = 288;

/// Most bins of a time series.
const BINS_MAX: u64 = 100_000;

fn interval(reader: &mut Reader<'_>, clock: Option<&Clock>) -> Option<SimDuration> {
    let found = reader.find(&["interval"])?;
    let duration = clock?.duration;
    if reader.is_or(&found) {
        let ideal = duration.as_nanos() / BINS;
        let round = ROUND_SECONDS.into_iter().map(SimDuration::from_seconds);
        let fitting = round.filter(|round| round.as_nanos() >= ideal).min();
        return Some(fitting.unwrap_or(SimDuration::from_nanos(ideal)));
    }
    let interval = reader.duration(&found)?;
    if duration.as_nanos() / interval.as_nanos().max(1) > BINS_MAX {
        let label = format!("more than {BINS_MAX} bins in the duration");
        reader.complain(code::OUT_OF_RANGE, &found, "`interval` is too short", label);
        return None;
    }
    Some(interval)
}

fn network(reader: &mut Reader<'_>) -> Option<Network> {
    let mut law = |name: &str| -> Option<Law> { get(reader, &["network", name], Reader::law) };
    let client_azure = law("client_azure");
    let client_site = law("client_site");
    let azure_site = law("azure_site");
    let relay = law("relay");
    let loss_detection = law("loss_detection");
    let trips = get(reader, &["network", "setup_round_trips"], Reader::number);
    let connect_timeout = get(reader, &["network", "connect_timeout"], Reader::duration);
    Some(Network {
        client_azure: client_azure?,
        client_site: client_site?,
        azure_site: azure_site?,
        relay: relay?,
        setup_round_trips: trips?,
        connect_timeout: connect_timeout?,
        loss_detection: loss_detection?,
    })
}

/// Names in a section, in order, with their tables.
fn names(reader: &Reader<'_>, section: &str) -> Vec<String> {
    let entries = reader.tree().get(section).map_or(&[][..], Node::entries);
    entries.iter().map(|entry| entry.key.clone()).collect()
}

/// Finds a part by name, or says what is nearest.
fn refer(reader: &mut Reader<'_>, found: &Found, what: &str, names: &[&str]) -> Option<usize> {
    let name = reader.text(found)?;
    if let Some(place) = names.iter().position(|own| *own == name) {
        return Some(place);
    }
    let written = self::names(reader, &what.replace(' ', "_"));
    let of_it = |own: &&&str| own.strip_prefix(&*name).is_some_and(is_number_after_dash);
    let numbered: Vec<&str> = names.iter().filter(of_it).copied().collect();
    if let ([first, .., last], true) = (&numbered[..], written.contains(&name)) {
        let message = format!("there are several of {what} \"{name}\"");
        let label = format!("say which one: \"{first}\" to \"{last}\"");
        reader.complain(code::UNKNOWN_PART, found, message, label);
        return None;
    }
    // A part with errors of its own is not among the names, but it is not missing either.
    if written.contains(&name) && !reader.problems.is_empty() {
        return None;
    }
    let others = written.iter().map(String::as_str).filter(|own| !names.contains(own));
    let names: Vec<&str> = names.iter().copied().chain(others).collect();
    let label = match nearest(&name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if names.is_empty() => format!("the scenario has no {what}"),
        None => format!("there are: {}", names.join(", ")),
    };
    let message = format!("there is no {what} \"{name}\"");
    reader.complain(code::UNKNOWN_PART, found, message, label);
    None
}

/// Is this what numbering adds to a name?
fn is_number_after_dash(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok())
}

/// A problem of a section as a whole.
fn at_section(reader: &mut Reader<'_>, path: &[&str], problem: Problem, label: &str) {
    let span = reader.tree().at(path).and_then(|node| node.origin.span()).cloned();
    reader.problems.push(match span {
        Some(span) => problem.at(span, label),
        None => problem,
    });
}

/// What only the whole can be asked.
fn check_whole(reader: &mut Reader<'_>, parts: &Parts, cohorts: &[Cohort], no_sources: bool) {
    let incomplete = |message: &str, help: &str| {
        Problem::error(code::INCOMPLETE, message.to_owned()).help(help.to_owned())
    };
    let has = |section: &str| reader.tree().get(section).is_some_and(|n| !n.entries().is_empty());
    let (has_cohort, has_point) = (has("cohort"), has("management_point"));
    let has_gateway = has("gateway");
    if !has_cohort && no_sources && !has("source") {
        reader.problems.push(incomplete(
            "nobody asks for anything: there is no cohort and no source",
            "add [cohort.NAME] with clients = 1000, or start from `cmgsim init`",
        ));
    }
    if !has_point {
        reader.problems.push(incomplete(
            "there is no management point, which answers every request",
            "add [management_point.main]; its defaults will do",
        ));
    }
    // What is wrong in itself already was said; only whole parts are compared.
    if reader.problems.is_empty() {
        for (index, gateway) in parts.gateways.iter().enumerate() {
            let mut points = parts.connection_points.iter();
            if points.any(|point| usize::from(point.gateway.0) == index) {
                continue;
            }
            let message = format!("no connection point serves gateway `{}`", gateway.name);
            let help = format!("add [connection_point.NAME] with gateway = \"{}\"", gateway.name);
            let problem = incomplete(&message, &help);
            at_section(reader, &["gateway", &gateway.name], problem, "this gateway");
        }
    }
    for cohort in cohorts.iter().filter(|cohort| cohort.internet_share > 0.0 && !has_gateway) {
        let message =
            format!("cohort `{}` is on the internet, but there is no gateway", cohort.name);
        let problem = incomplete(
            &message,
            "add [gateway.main] and [connection_point.main], or put it on the intranet",
        );
        at_section(reader, &["cohort", &cohort.name], problem, "this cohort");
    }
    let clients: u64 = cohorts.iter().map(|cohort| u64::from(cohort.clients)).sum();
    if clients > limits::CLIENTS_MAX {
        let message = format!("{clients} clients in all are more than {}", limits::CLIENTS_MAX);
        let help = "simulate a part of the company, with its part of the servers";
        reader.problems.push(Problem::error(code::OUT_OF_RANGE, message).help(help));
    }
}

/// Numbering must not give a part the name of another one.
fn check_unique<'a>(
    reader: &mut Reader<'_>,
    section: &str,
    names: impl Iterator<Item = &'a String>,
) {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let message = format!("two parts in `{section}` are called {name}");
            let problem = Problem::error(code::BAD_NAME, message)
                .help("with `count` parts are numbered NAME-1, NAME-2, ...: choose another name");
            at_section(reader, &[section, name], problem, "one of them");
        }
    }
}

/// Nothing that was written may be left out without a word: that would be our mistake.
fn check_complete(reader: &mut Reader<'_>, sections: &[(&str, usize)]) {
    for (section, compiled) in sections {
        let written = names(reader, section).len();
        if reader.problems.is_empty() && *compiled != written {
            let message = format!(
                "only {compiled} of {written} parts in `{section}` can be compiled, and cmgsim \
                 cannot say why"
            );
            let problem = Problem::error(code::INCOMPLETE, message);
            reader.problems.push(problem.help("please report it with the scenario"));
        }
    }
}

impl Clock {
    /// A time after the measured start.
    fn measured(&self, after: SimDuration) -> SimTime {
        SimTime::ZERO + self.warm_up + after
    }
}
