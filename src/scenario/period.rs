//! A scenario in another period, for comparisons with measurements of that period.

use crate::base::{SimDuration, SimTime};
use crate::model::Config;
use crate::model::config::{Deployment, Disruption, Notification, When};

use super::{Changes, Problems, Scenario, load_changed, zones};

/// Sections of events that happen at a time.
const EVENTS: [&str; 3] = ["deployment", "notification", "disruption"];

/// A scenario whose measured period was moved.
#[derive(Clone, Debug)]
pub struct InPeriod {
    /// The scenario with the new period.
    pub scenario: Scenario,
    /// Events that are not in the new period and were removed, for example `disruption.patching`.
    pub removed: Vec<String>,
    /// Events that are in the new period.
    pub kept: Vec<String>,
}

/// A scenario in another period without the events that this period does not contain.
#[derive(Clone, Debug)]
pub struct WithoutEvents {
    /// The scenario with the new period.
    pub scenario: Scenario,
    /// The scenario as one file, without the events.
    pub text: String,
    /// Events that were left out, for example `disruption.patching`; at least one.
    pub removed: Vec<String>,
}

impl Scenario {
    /// Returns the scenario and a text that extends it in a period that starts at a civil time such
    /// as `2026-11-23T08:00`, without the events that the scenario does not accept in this period:
    /// events on other dates. Events at a time after the start move with the start.
    ///
    /// Returns `None` if the scenario accepts all its events, has other problems in this period, or
    /// reads files, which one file without `extends` would not find.
    pub fn without_other_events(
        &self,
        layer: &str,
        start: &str,
        minutes: i64,
    ) -> Option<WithoutEvents> {
        let period = [format!("start=\"{start}\""), format!("duration=\"{minutes}min\"")];
        let load = |removed: &[&str]| {
            load_changed(&self.request, &period, Changes { layer: Some(layer), removed }).ok()
        };
        let is_event = |section: &&str| {
            EVENTS
                .iter()
                .any(|event| section.strip_prefix(event).is_some_and(|rest| rest.starts_with('.')))
        };
        let all: Vec<&str> = self.resolved.sections().filter(is_event).collect();
        if load(&[]).is_some() || !self.resolved.files().is_empty() {
            return None;
        }
        let is_refused = |event: &&&str| {
            let others: Vec<&str> = all.iter().filter(|one| *one != *event).copied().collect();
            load(&others).is_none()
        };
        let removed: Vec<&str> = all.iter().filter(is_refused).copied().collect();
        let scenario = load(&removed)?;
        let text = scenario.resolved.written_toml();
        let removed = removed.into_iter().map(str::to_owned).collect();
        Some(WithoutEvents { scenario, text, removed })
    }

    /// Returns the scenario with a measured period of `hours` hours from a time in seconds since
    /// 1970-01-01T00:00Z, after its warm-up. An event of the scenario happens at the same UTC time
    /// as before if the new simulation includes this time; other events, and disruptions at random
    /// times, are removed. A repeated disruption that starts earlier is repeated from the first
    /// time in the new simulation; clock changes before it are ignored.
    ///
    /// If the start is a local time that occurs twice, the period starts at its first occurrence,
    /// that is, earlier than requested.
    ///
    /// # Errors
    /// Returns all problems of the moved scenario, for example a `registration.from` outside the
    /// period.
    pub fn in_period(&self, start_unix_s: i64, hours: u32) -> Result<InPeriod, Problems> {
        let zone = zones::zone(&self.start.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let start = jiff::Timestamp::from_second(start_unix_s).unwrap_or_default();
        let civil = zone.to_datetime(start);
        // Short bins would exceed the maximum number of bins in a long period.
        let overrides = [
            format!("start=\"{}\"", civil.strftime("%Y-%m-%dT%H:%M:%S")),
            format!("duration=\"{hours}h\""),
            "interval=\"1h\"".to_owned(),
        ];
        let changes = Changes { removed: &EVENTS, ..Changes::default() };
        let scenario = load_changed(&self.request, &overrides, changes)?;
        let mut moved = InPeriod { scenario, removed: Vec::new(), kept: Vec::new() };
        moved.add_events(&self.config);
        Ok(moved)
    }
}

impl InPeriod {
    /// Adds the events of the original configuration that are in the new simulation. Components
    /// have the same identifiers, because both scenarios have the same components.
    fn add_events(&mut self, original: &Config) {
        let config = &mut self.scenario.config;
        let shift = Shift::new(original, config);
        let (mut removed, mut kept) = (Vec::new(), Vec::new());
        let mut note = |section: &str, name: &str, is_kept: bool| {
            let list = if is_kept { &mut kept } else { &mut removed };
            list.push(format!("{section}.{name}"));
        };
        let (mut deployments, mut notifications, mut disruptions) =
            (Vec::new(), Vec::new(), Vec::new());
        for one in original.deployments.iter() {
            let found = shift.deployment(one);
            note("deployment", &one.name, found.is_some());
            deployments.extend(found);
        }
        for one in original.notifications.iter() {
            let found = shift.notification(one);
            note("notification", &one.name, found.is_some());
            notifications.extend(found);
        }
        for one in original.disruptions.iter() {
            let found = shift.disruption(one);
            note("disruption", &one.name, found.is_some());
            disruptions.extend(found);
        }
        config.deployments = deployments.into();
        config.notifications = notifications.into();
        config.disruptions = disruptions.into();
        (self.removed, self.kept) = (removed, kept);
    }
}

/// Conversion of times of the original simulation to times of the moved one.
struct Shift {
    /// Nanoseconds from the start of the moved simulation to the start of the original one.
    nanos: i128,
    end: SimTime,
}

impl Shift {
    fn new(original: &Config, moved: &Config) -> Self {
        let seconds = i128::from(original.start_unix_s) - i128::from(moved.start_unix_s);
        Shift { nanos: seconds * 1_000_000_000, end: moved.end() }
    }

    /// Returns a time that may be before the start or after the end of the moved simulation.
    fn unbounded(&self, time: SimTime) -> i128 {
        i128::from(time.as_nanos()) + self.nanos
    }

    /// Returns a time in the moved simulation; `None` if the simulation does not include it.
    fn time(&self, time: SimTime) -> Option<SimTime> {
        within(self.unbounded(time), self.end)
    }

    fn deployment(&self, one: &Deployment) -> Option<Deployment> {
        let start = self.time(one.start)?;
        // A deadline after the end has no effect.
        let after = one.deadline.since(one.start);
        Some(Deployment { start, deadline: start + after, ..one.clone() })
    }

    fn notification(&self, one: &Notification) -> Option<Notification> {
        Some(Notification { at: self.time(one.at)?, ..one.clone() })
    }

    fn disruption(&self, one: &Disruption) -> Option<Disruption> {
        let When::At(first, repeat) = &one.when else { return None };
        let mut first = self.unbounded(*first);
        if let (Some(repeat), true) = (repeat, first < 0) {
            let distance = i128::from(repeat.distance().max(SimDuration::from_nanos(1)).as_nanos());
            first += (-first + distance - 1) / distance * distance;
        }
        let when = When::At(within(first, self.end)?, *repeat);
        Some(Disruption { when, ..one.clone() })
    }
}

fn within(nanos: i128, end: SimTime) -> Option<SimTime> {
    let time = SimTime::from_nanos(u64::try_from(nanos).ok()?);
    (time < end).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T00:00Z, a Monday.
    const MONDAY: i64 = 1_795_392_000;
    const DAY: i64 = 86_400;

    fn moved(more: &str, start: i64, hours: u32) -> InPeriod {
        let text = format!("schema = 1\nextends = \"quickstart\"\n{more}");
        let scenario = Scenario::parse(&text).expect("it loads");
        scenario.in_period(start, hours).expect("it loads in the period")
    }

    fn unix_s(config: &Config, time: SimTime) -> i64 {
        config.start_unix_s + time.as_seconds() as i64
    }

    #[test]
    fn events_on_other_dates_are_left_out_of_one_file() {
        let text = "schema = 1\nextends = \"quickstart\"\nclient.new_policy_share = \"7%\"\n\
            [software_update_point.sup]\n[disruption.restart]\nkind = \"instance-crash\"\nat = \"10min\"\ndown = \"1min\"\n\
            gateway = \"main\"\n";
        let scenario = Scenario::parse(text).expect("it loads");
        let layer = "schema = 1\nextends = \"x.toml\"\nname = \"measured\"\n\
            client.new_policy_share = \"8%\"\n[[measured]]\npath = \"client.new_policy_share\"\n\
            low = \"7%\"\nhigh = \"9%\"\nsamples = 5\nperiod = \"p\"\nsource = \"s\"\n";
        let found = scenario.without_other_events(layer, "2026-12-01T08:00", 60);
        let found = found.expect("patching is on another date");
        assert_eq!(found.removed, ["disruption.patching"]);
        // The file has the values, the measurements and the other event.
        let again = Scenario::parse(&found.text).unwrap_or_else(|problems| {
            panic!("{problems}\n{}", found.text);
        });
        assert_eq!(again.resolved.hash(), found.scenario.resolved.hash(), "{}", found.text);
        assert_eq!(again.resolved.measured_count(), found.scenario.resolved.measured_count());
        assert!(again.resolved.measured_count() > 0);
        assert_eq!(again.config.disruptions.len(), 1);
        let assumed =
            |one: &Scenario| one.resolved.count(Some(crate::catalogue::Provenance::Assumed));
        assert_eq!(assumed(&again), assumed(&found.scenario), "defaults stay defaults");
        assert!(scenario.without_other_events(layer, "2026-11-23T08:00", 600).is_none());
    }

    #[test]
    fn events_keep_their_utc_times_or_are_removed() {
        // Patching starts at 10:00 in Berlin on Monday, which is 09:00 UTC.
        let same_day = moved("", MONDAY, 24);
        assert_eq!((same_day.kept.len(), same_day.removed.len()), (1, 0));
        let config = &same_day.scenario.config;
        assert_eq!(config.start_unix_s, MONDAY - 1800, "the warm-up precedes the period");
        assert_eq!(config.duration, SimDuration::from_seconds(86_400));
        let When::At(at, None) = config.disruptions.iter().next().expect("one").when else {
            panic!("it happens once")
        };
        assert_eq!(unix_s(config, at), MONDAY + 9 * 3600);
        let next_day = moved("", MONDAY + DAY, 24);
        assert_eq!(next_day.removed, ["disruption.patching"]);
        assert!(next_day.scenario.config.disruptions.is_empty() && next_day.kept.is_empty());
    }

    #[test]
    fn a_repeated_disruption_happens_in_later_periods() {
        let later = moved("disruption.patching.every = \"1d\"\n", MONDAY + 3 * DAY, 24);
        assert_eq!(later.kept, ["disruption.patching"]);
        let config = &later.scenario.config;
        let When::At(at, Some(_)) = config.disruptions.iter().next().expect("one").when else {
            panic!("it is repeated")
        };
        assert_eq!(unix_s(config, at), MONDAY + 3 * DAY + 9 * 3600);
    }

    #[test]
    fn deployments_and_random_disruptions_of_other_periods_are_removed() {
        let text = "[software_update_point.sup]\n[distribution_point.dp]\n[deployment.updates]\n\
            at = \"2h\"\ndeadline = \"4h\"\nsize = \"10 MB\"\n[notification.now]\nat = \"3h\"\n\
            task = \"policy_poll\"\n[disruption.failures]\nkind = \"instance-crash\"\n\
            time_to_failure = \"10d\"\ngateway = \"main\"\n";
        let later = moved(text, MONDAY + 7 * DAY, 24);
        assert_eq!(later.removed.len(), 4, "{:?}", later.removed);
        assert!(later.kept.is_empty());
        let config = later.scenario.config;
        assert!(config.deployments.is_empty() && config.notifications.is_empty());
    }
}
