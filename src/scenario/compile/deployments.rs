//! Reads deployments and client notifications.

use crate::base::ids::CohortId;
use crate::base::{Bytes, Id, SimDuration, SimTime};
use crate::engine::Distribution;
use crate::model::config::{
    Cohort, ContentSource, Deployment, Notification, NotifiedAction, Purpose, Target,
};
use crate::scenario::diagnose::{Problem, code};
use crate::scenario::read::{Found, Reader};
use crate::scenario::tree::{Node, Value};
use crate::terms::RequestKind;

use super::clock::{Clock, point_in_time};
use super::sites::has_software_update_point;
use super::{Components, at_section, get, names, refer};

/// Reads deployments and notifications, including the notifications that deployments send.
pub(super) fn all(
    reader: &mut Reader<'_>,
    components: &Components,
    cohorts: &[Cohort],
    clock: Option<&Clock>,
) -> (Vec<Deployment>, Vec<Notification>) {
    let names = names(reader, "deployment");
    let mut deployments = Vec::new();
    let mut notifications = Vec::new();
    for name in &names {
        let notifies = get(reader, &["deployment", name, "notify"], Reader::boolean);
        let deployment = deployment(reader, name, components, cohorts, clock);
        if let (Some(true), Some(deployment)) = (notifies, &deployment) {
            let section = ["deployment", name.as_str()];
            check_channel(reader, &section, &deployment.target, cohorts);
            notifications.extend(of_deployment(reader, deployment));
        }
        deployments.extend(deployment);
    }
    for name in self::names(reader, "notification") {
        if notifications.iter().any(|one| one.name == name) {
            let message =
                format!("deployment `{name}` already sends a notification with this name");
            let problem = Problem::error(code::BAD_NAME, message).help("choose another name");
            at_section(reader, &["notification", &name], problem, "this notification");
        }
        notifications.extend(notification(reader, &name, components, cohorts, clock));
    }
    (deployments, notifications)
}

fn deployment(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    cohorts: &[Cohort],
    clock: Option<&Clock>,
) -> Option<Deployment> {
    let at = |key: &'static str| ["deployment", name, key];
    let target = target(reader, "deployment", name, cohorts);
    let start = reader.required(&at("at"));
    let start = start.and_then(|found| point_in_time(reader, &found, clock?));
    let obligation = obligation(reader, name, start, clock);
    let content = content(reader, name);
    let install = get(reader, &at("install"), Reader::distribution);
    let scan = scan(reader, name, components, cohorts, target.as_ref());
    let (purpose, deadline, deadline_spread, request_delay) = obligation?;
    let (size, source, peer_share) = content?;
    Some(Deployment {
        name: name.to_owned(),
        target: target?,
        start: start?,
        deadline,
        deadline_spread,
        purpose,
        request_delay,
        size,
        source,
        peer_share,
        install: install?,
        scan: scan?,
    })
}

/// Reads the purpose of a deployment, its deadline and the distributions of two delays: after the
/// deadline (required) and before a user's request (available). Each purpose has its own keys.
fn obligation(
    reader: &mut Reader<'_>,
    name: &str,
    start: Option<SimTime>,
    clock: Option<&Clock>,
) -> Option<(Purpose, SimTime, Distribution, Distribution)> {
    let at = |key: &'static str| ["deployment", name, key];
    let nothing = Distribution::constant(SimDuration::ZERO);
    if get(reader, &at("purpose"), Reader::choice)? == "available" {
        for key in ["deadline", "deadline_spread"] {
            reader.refuse(&at(key), "only purpose = \"required\" has a deadline");
        }
        let uptake = get(reader, &at("uptake"), Reader::share);
        let delay = get(reader, &at("request_delay"), Reader::distribution);
        return Some((Purpose::Available(uptake?.get()), start?, nothing, delay?));
    }
    for key in ["uptake", "request_delay"] {
        reader.refuse(&at(key), "only purpose = \"available\" uses this key");
    }
    let spread = get(reader, &at("deadline_spread"), Reader::distribution);
    let deadline = match reader.find(&at("deadline")) {
        Some(found) => {
            let deadline = point_in_time(reader, &found, clock?);
            if deadline.zip(start).is_some_and(|(deadline, start)| deadline < start) {
                let message = format!("the deadline of deployment `{name}` is before its start");
                reader.complain(
                    code::INCONSISTENT,
                    &found,
                    message,
                    "must not be earlier than `at`",
                );
            }
            deadline
        }
        None => start,
    };
    Some((Purpose::Required, deadline?, spread?, nothing))
}

fn content(reader: &mut Reader<'_>, name: &str) -> Option<(Bytes, ContentSource, f64)> {
    let at = |key: &'static str| ["deployment", name, key];
    let size = get(reader, &at("size"), Reader::bytes)?;
    if size == Bytes::ZERO {
        for key in ["source", "peers"] {
            reader.refuse(&at(key), "the deployment has no content: size is 0 B");
        }
        return Some((size, ContentSource::Site, 0.0));
    }
    let source = get(reader, &at("source"), Reader::choice);
    let peers = get(reader, &at("peers"), Reader::share);
    let source = match source?.as_str() {
        "microsoft-update" => ContentSource::MicrosoftUpdate,
        _ => ContentSource::Site,
    };
    Some((size, source, peers?.get()))
}

/// Reads when clients scan, and checks that they have a software update point.
fn scan(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    cohorts: &[Cohort],
    target: Option<&Target>,
) -> Option<Option<Distribution>> {
    let found = reader.find(&["deployment", name, "scan"])?;
    let scan = reader.distribution_or(&found)?;
    if scan.is_some() {
        check_scans(reader, &found, components, cohorts, target);
    }
    Some(scan)
}

fn check_scans(
    reader: &mut Reader<'_>,
    found: &Found,
    components: &Components,
    cohorts: &[Cohort],
    target: Option<&Target>,
) {
    if names(reader, "software_update_point").is_empty() {
        let message = format!("`{}` requires a software update point", found.path);
        let label = "the scenario has none: add [software_update_point.main]";
        reader.complain(code::INCOMPLETE, found, message, label);
        return;
    }
    for id in target.map_or(&[][..], |target| &target.cohorts) {
        let Some(cohort) = cohorts.get(id.index()) else { continue };
        let Some(site) = components.sites.get(cohort.site.index()) else { continue };
        if !has_software_update_point(reader, &site.name) {
            let message = format!(
                "cohort `{}` has no software update point for `{}`",
                cohort.name, found.path
            );
            let label = format!("its site `{}` has no software update point", site.name);
            reader.complain(code::INCOMPLETE, found, message, label);
        }
    }
}

fn target(
    reader: &mut Reader<'_>,
    section: &'static str,
    name: &str,
    cohorts: &[Cohort],
) -> Option<Target> {
    let chosen = reader.find(&[section, name, "cohorts"]);
    let chosen = chosen.and_then(|found| chosen_cohorts(reader, &found, section, name, cohorts));
    let share = get(reader, &[section, name, "share"], Reader::share);
    Some(Target { cohorts: chosen?, share: share?.get() })
}

/// Returns all cohorts, or the cohorts that an array names.
fn chosen_cohorts(
    reader: &mut Reader<'_>,
    found: &Found,
    section: &str,
    name: &str,
    cohorts: &[Cohort],
) -> Option<Vec<CohortId>> {
    if reader.is_or(found) {
        if names(reader, "cohort").is_empty() {
            let message = format!("{section} `{name}` has no clients: the scenario has no cohort");
            let problem = Problem::error(code::INCOMPLETE, message)
                .help("add [cohort.NAME] with clients = 1000");
            at_section(reader, &[section, name], problem, &format!("this {section}"));
            return None;
        }
        return Some((0..cohorts.len()).map(CohortId::from_index).collect());
    }
    let expected = "expected an array such as [\"remote\"], or \"all\"";
    let items = match &found.node.value {
        Value::Array(items) if !items.is_empty() => items,
        Value::Array(_) => {
            let message = format!("{section} `{name}` names no cohort");
            reader.complain(code::OUT_OF_RANGE, found, message, expected);
            return None;
        }
        _ => {
            let message = format!("`{}` is {}, not an array", found.path, found.node.kind());
            reader.complain(code::WRONG_KIND, found, message, expected);
            return None;
        }
    };
    let known: Vec<&str> = cohorts.iter().map(|one| one.name.as_str()).collect();
    let read = |node: &Node| Found { node: node.clone(), ..found.clone() };
    let mut chosen: Vec<CohortId> = Vec::new();
    let mut is_whole = true;
    for item in items {
        let item = read(item);
        match refer(reader, &item, "cohort", &known).map(CohortId::from_index) {
            Some(id) if chosen.contains(&id) => {
                let message = format!("cohort {} is listed twice", item.node.to_toml());
                reader.complain(code::INCONSISTENT, &item, message, "remove this entry");
            }
            Some(id) => chosen.push(id),
            None => is_whole = false,
        }
    }
    is_whole.then_some(chosen)
}

fn notification(
    reader: &mut Reader<'_>,
    name: &str,
    components: &Components,
    cohorts: &[Cohort],
    clock: Option<&Clock>,
) -> Option<Notification> {
    let at = |key: &'static str| ["notification", name, key];
    let target = target(reader, "notification", name, cohorts);
    let when = reader.required(&at("at"));
    let when = when.and_then(|found| point_in_time(reader, &found, clock?));
    let task_found = reader.find(&at("task"))?;
    let task = reader.choice(&task_found);
    let delay = get(reader, &at("delay"), Reader::distribution);
    let switch = NotifiedAction::SwitchUpdatePoint;
    let mut errands = RequestKind::SCHEDULED.map(NotifiedAction::Task).into_iter().chain([switch]);
    let action = task.and_then(|task| errands.find(|one| one.name() == task));
    if action
        .is_some_and(|one| one == switch || one == NotifiedAction::Task(RequestKind::UpdateScan))
    {
        check_scans(reader, &task_found, components, cohorts, target.as_ref());
    }
    if let Some(target) = &target {
        check_channel(reader, &["notification", name], target, cohorts);
    }
    Some(Notification {
        name: name.to_owned(),
        target: target?,
        at: when?,
        action: action?,
        delay: delay?,
    })
}

/// Notifications use the channel of online clients, so at least one cohort must have a channel.
fn check_channel(
    reader: &mut Reader<'_>,
    section: &[&str; 2],
    target: &Target,
    cohorts: &[Cohort],
) {
    let has_channel =
        |id: &CohortId| cohorts.get(id.index()).is_none_or(|one| one.channel.is_some());
    if target.cohorts.is_empty() || target.cohorts.iter().any(has_channel) {
        return;
    }
    let message = format!("{} `{}` reaches no client", section[0], section[1]);
    let problem = Problem::error(code::INCONSISTENT, message)
        .help("set channel.enabled = true for at least one of its cohorts");
    at_section(reader, section, problem, &format!("this {}", section[0]));
}

/// Returns the notification of a deployment with `notify`: its clients request policy immediately.
fn of_deployment(reader: &mut Reader<'_>, deployment: &Deployment) -> Option<Notification> {
    let path = "notification.*.delay";
    let parameter = reader.catalogue().exactly(path)?;
    let node = Node::from_default(parameter.value.as_ref()?);
    let delay = reader.distribution(&Found { node, parameter, path: path.to_owned() })?;
    Some(Notification {
        name: deployment.name.clone(),
        target: deployment.target.clone(),
        at: deployment.start,
        action: NotifiedAction::Task(RequestKind::PolicyPoll),
        delay,
    })
}
