//! Expected traffic of each cohort and open source: rates of an active client, the number of active
//! clients at each time, and totals over the run.

use crate::base::ids::{GatewayId, SiteSystemId};
use crate::base::{Id, SimDuration, SimTime};
use crate::engine::{ArrivalProcess, Distribution};
use crate::model::Config;
use crate::model::config::{
    Authentication, BoundaryGroup, Cohort, DisruptionKind, Entry, Message, Presence, Source, Task,
    When,
};
use crate::model::service::{Directory, Service};
use crate::terms::{PerKind, RequestKind, Role};

use crate::experiment::estimate::cut_off::{self, Stop};
use crate::experiment::estimate::presence::{Profile, Steps};

/// One number per request kind.
pub(super) type Rates = PerKind<f64>;

/// Route of requests.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Route {
    /// Through these gateways, evenly divided.
    Gateways(Vec<GatewayId>),
    /// Directly to site systems.
    Direct,
    /// To stopped gateways, where every attempt fails.
    CutOff,
    /// To the entry point of an open source.
    Entry(Entry),
}

/// Traffic of an open source, or of the clients of one cohort that use the same route.
pub(super) struct Traffic<'c> {
    pub origin: &'c str,
    /// Cohort of the clients; `None` for an open source.
    pub cohort: Option<&'c Cohort>,
    pub route: Route,
    /// Management points among which the traffic is evenly divided; `update_points` are the
    /// corresponding software update points.
    pub management_points: Vec<SiteSystemId>,
    pub update_points: Vec<SiteSystemId>,
    /// Requests per second of one active client; for a source, requests per arrival.
    pub rates: Rates,
    /// Share of gateway requests that open a new connection.
    pub handshake_share: f64,
    pub messages: PerKind<Message>,
    /// Whether the clients hold a notification channel.
    pub has_channel: bool,
    /// Active clients, or arrivals per second, by step of the run.
    pub active: Vec<f64>,
    /// Number of requests in the whole run.
    pub requests: Rates,
    /// Number of session starts and network changes in the whole run.
    pub sessions: f64,
    /// Authentication of the clients; `None` for an open source.
    pub authentication: Option<Authentication>,
    /// Number of clients, active or not. `during` is the part of the run in which they use this
    /// route, in seconds.
    pub clients: f64,
    pub during: std::ops::Range<f64>,
}

impl Traffic<'_> {
    /// Returns whether the requests are counted as requests through a gateway or a connection
    /// point.
    pub(super) fn is_by_gateway(&self) -> bool {
        match &self.route {
            Route::Gateways(_) => true,
            Route::Direct | Route::CutOff => false,
            Route::Entry(entry) => {
                matches!(entry, Entry::Gateway(_) | Entry::ConnectionPoint(_))
            }
        }
    }

    /// Returns the share of the traffic that uses a gateway.
    pub(super) fn gateway_share(&self, gateway: GatewayId) -> f64 {
        match &self.route {
            Route::Gateways(all) if all.contains(&gateway) => 1.0 / all.len() as f64,
            Route::Entry(Entry::Gateway(entry)) if *entry == gateway => 1.0,
            _ => 0.0,
        }
    }

    /// Returns the number of connections of the clients to a gateway in a step, one per client, as
    /// the published limit counts them.
    pub(super) fn connections(&self, gateway: GatewayId, step: usize) -> f64 {
        match self.cohort {
            Some(_) => self.gateway_share(gateway) * self.active[step],
            None => 0.0,
        }
    }

    /// Returns the share of the traffic that a site system serves.
    pub(super) fn system_share(&self, system: SiteSystemId, role: Role) -> f64 {
        let all = match role {
            Role::ManagementPoint => &self.management_points,
            Role::SoftwareUpdatePoint => &self.update_points,
        };
        if all.contains(&system) { 1.0 / all.len() as f64 } else { 0.0 }
    }
}

/// Returns the traffic of all cohorts and open sources.
pub(super) fn of<'c>(config: &'c Config, steps: &Steps) -> Vec<Traffic<'c>> {
    let directories = Directory::of_sites(config);
    let stops = cut_off::stops(config);
    let mut all = Vec::new();
    for cohort in config.cohorts.iter() {
        let profile = Profile::of(cohort, config, steps);
        let places = places(cohort, config, &directories[cohort.site]);
        for place in places.into_iter().flat_map(|place| until_stop(place, &stops)) {
            all.push(cohort_traffic(cohort, config, steps, &profile, place));
        }
    }
    let sources = config.sources.iter().map(|source| source_traffic(source, config, steps));
    all.extend(sources);
    all
}

/// Part of a cohort's clients that use the same route.
struct Place {
    /// Share of the cohort's clients.
    share: f64,
    /// Part of the run in which they use the route, in seconds.
    during: std::ops::Range<f64>,
    route: Route,
    management_points: Vec<SiteSystemId>,
    update_points: Vec<SiteSystemId>,
}

fn places(cohort: &Cohort, config: &Config, directory: &Directory) -> Vec<Place> {
    let always = 0.0..f64::INFINITY;
    let (preferred, _) = directory.intranet(cohort.authentication);
    let internet = directory.internet(cohort.authentication);
    let direct = |share: f64, during| Place {
        share,
        during,
        route: Route::Direct,
        management_points: preferred.to_vec(),
        update_points: directory.update_points.clone(),
    };
    let through = |share: f64, during, gateways: Vec<GatewayId>| Place {
        share,
        during,
        route: Route::Gateways(gateways),
        management_points: directory.gateway_management_points.clone(),
        update_points: directory.gateway_update_points.clone(),
    };
    let mut found = Vec::new();
    let locations = cohort.locations;
    let services = internet.len() as f64;
    let gateways: Vec<GatewayId> =
        internet.iter().filter_map(|service| service.gateway()).collect();
    for service in internet {
        if let Service::Internet(point) = service {
            let share = locations.internet / services;
            let leaves = match gateways.is_empty() {
                true => f64::INFINITY,
                false => leaves_at(cohort, config, *point),
            };
            found.push(Place {
                management_points: vec![*point],
                update_points: directory.internet_update_points.clone(),
                ..direct(share, 0.0..leaves)
            });
            found.push(through(share, leaves..f64::INFINITY, gateways.clone()));
        }
    }
    if !gateways.is_empty() {
        let share = locations.internet * gateways.len() as f64 / services;
        found.push(through(share, always.clone(), gateways));
    }
    let group_of = |group: &BoundaryGroup| {
        let learnt = group.learn.as_ref().map_or(0.0, Distribution::mean);
        group.from.as_seconds() + if group.from == SimTime::ZERO { 0.0 } else { learnt }
    };
    let intranet = 1.0 - locations.internet - locations.vpn;
    for (share, group) in [(locations.vpn, cohort.vpn_group), (intranet, cohort.intranet_group)] {
        let group = group.map(|group| &config.boundary_groups[group]);
        match group.filter(|group| group.prefers_cloud) {
            Some(group) => {
                let from = group_of(group);
                found.push(direct(share, 0.0..from));
                let place = through(share, from..f64::INFINITY, group.gateways.clone());
                // Clients that already have a software update point keep it.
                let kept = match from > 0.0 && !directory.update_points.is_empty() {
                    true => directory.update_points.clone(),
                    false => place.update_points.clone(),
                };
                found.push(Place { update_points: kept, ..place });
            }
            None => found.push(direct(share, always.clone())),
        }
    }
    found.retain(|place| place.share > 1e-12 && place.during.start < place.during.end);
    found
}

/// Splits the use of a route when its gateways stop. If only some of its gateways stop, their
/// clients use the remaining gateways.
fn until_stop(place: Place, stops: &[Stop]) -> Vec<Place> {
    let Route::Gateways(gateways) = &place.route else { return vec![place] };
    let last = gateways.iter().map(|id| stops[id.index()].seconds).fold(0.0, f64::max);
    if last >= place.during.end {
        return vec![place];
    }
    let (from, to) = (place.during.start, place.during.end);
    let share = place.share;
    let nobody = Vec::new;
    vec![
        Place { during: from..last, ..place },
        Place {
            share,
            during: last..to,
            route: Route::CutOff,
            management_points: nobody(),
            update_points: nobody(),
        },
    ]
}

/// Returns how long clients use an internet-based management point: until its first long outage if
/// they can fail over to gateways. They detect the outage at their next policy poll.
fn leaves_at(cohort: &Cohort, config: &Config, point: SiteSystemId) -> f64 {
    let poll = match &cohort.tasks[RequestKind::PolicyPoll] {
        Task::Every { interval, .. } => interval.as_seconds(),
        _ => 0.0,
    };
    let outage = config.disruptions.iter().find_map(|one| match (&one.kind, &one.when) {
        (DisruptionKind::SiteSystemOutage { system, down }, When::At(at, _))
            if *system == point && down.mean() >= poll =>
        {
            Some(at.as_seconds() + poll / 2.0)
        }
        _ => None,
    });
    outage.unwrap_or(f64::INFINITY)
}

/// Returns the minimum response time, which is that of a client on the intranet.
fn quickest_answer(config: &Config) -> f64 {
    let served = config.of_role(Role::ManagementPoint).map(|(_, point)| {
        let kinds = RequestKind::SCHEDULED.iter();
        let service = kinds.map(|kind| point.cpu[*kind].mean() + point.database[*kind].mean());
        service.fold(f64::INFINITY, f64::min)
    });
    config.network.client_site.mean() + served.fold(f64::INFINITY, f64::min)
}

/// Returns the steady-state requests per second of an active client, given the response time in
/// seconds.
fn task_rate(task: &Task, answer: f64) -> f64 {
    let inverse = |seconds: f64| if seconds > 0.0 { 1.0 / seconds } else { 0.0 };
    match task {
        Task::Off => 0.0,
        Task::Every { interval, .. } | Task::Expiry(interval) => inverse(interval.as_seconds()),
        Task::AtStart { age, .. } => inverse(age.as_seconds()),
        // The minimum of one nanosecond, the resolution of the clock, avoids a division by zero.
        Task::After(think) => 1.0 / (think.mean() + answer).max(1e-9),
        Task::Changes { interval, rate } => {
            let length = interval.as_seconds();
            -libm::expm1(-rate * length) * inverse(length)
        }
    }
}

/// Returns the requests of one kind at the start of each session, in addition to those at the
/// task's rate. A task that starts with the session runs immediately, and the incomplete interval
/// at the end of the session has no request. A task on its own schedule runs immediately if it fell
/// due while the client was offline.
fn at_session(kind: RequestKind, task: &Task, rate: f64, profile: &Profile) -> f64 {
    match task {
        Task::Off | Task::Changes { .. } | Task::Expiry(_) | Task::AtStart { .. } => 0.0,
        _ if kind.begins_at_start() => 1.0 - (profile.session_seconds * rate).min(0.5),
        Task::After(_) => 1.0,
        Task::Every { .. } => (profile.gap_seconds * rate).min(1.0),
    }
}

fn cohort_traffic<'c>(
    cohort: &'c Cohort,
    config: &'c Config,
    steps: &Steps,
    profile: &Profile,
    place: Place,
) -> Traffic<'c> {
    let clients = f64::from(cohort.clients) * place.share;
    let is_here = |step: usize| place.during.contains(&steps.middle(step));
    let here = |values: &[f64]| -> Vec<f64> {
        let value = |(step, value): (usize, &f64)| {
            if is_here(step) { clients * value } else { 0.0 }
        };
        values.iter().enumerate().map(value).collect()
    };
    let active = here(&profile.on);
    let seconds_on = active.iter().sum::<f64>() * steps.seconds * steps.scale;
    let sessions = here(&profile.begins).iter().sum::<f64>() * steps.scale;
    let moves = cohort.moves_per_hour / 3600.0;
    let (rates, requests) = demand(cohort, config, profile, &place.route, (seconds_on, sessions));
    // A request opens a new connection if the client's previous request was longer ago than the
    // idle timeout. Arrivals are assumed to be Poisson.
    let by_client = rates.entries().filter(|(kind, _)| !kind.is_of_channel());
    let one_client: f64 = by_client.map(|(_, rate)| rate).sum();
    let idle = config.gateways.iter().map(|gateway| gateway.idle_timeout.as_seconds());
    let idle = idle.fold(f64::INFINITY, f64::min);
    Traffic {
        origin: &cohort.name,
        cohort: Some(cohort),
        management_points: place.management_points,
        update_points: place.update_points,
        rates,
        handshake_share: if idle.is_finite() { libm::exp(-one_client * idle) } else { 0.0 },
        messages: cohort.messages.clone(),
        has_channel: has_channel(cohort, &place.route),
        route: place.route,
        active,
        requests,
        sessions: sessions + moves * seconds_on,
        authentication: Some(cohort.authentication),
        clients,
        during: place.during,
    }
}

/// Returns whether clients hold a notification channel on a route.
fn has_channel(cohort: &Cohort, route: &Route) -> bool {
    cohort.channel.is_some() && matches!(route, Route::Gateways(_))
}

/// Returns the requests per second of an active client, and the requests of all clients in the
/// whole run, given their total seconds of activity and their number of sessions.
fn demand(
    cohort: &Cohort,
    config: &Config,
    profile: &Profile,
    route: &Route,
    (seconds_on, sessions): (f64, f64),
) -> (Rates, Rates) {
    let answer = quickest_answer(config);
    let moves = cohort.moves_per_hour / 3600.0;
    let is_gateway = matches!(route, Route::Gateways(_) | Route::CutOff);
    // Sporadic sessions begin at all times of day, so the requests at their start always add to the
    // load. Other sessions begin only at certain times, so these rates omit their first requests.
    let begun = match cohort.presence {
        Presence::Sporadic { .. } => 1.0 / profile.session_seconds,
        _ => 0.0,
    };
    let mut rates = PerKind::from_fn(|_| 0.0);
    let mut requests = PerKind::from_fn(|_| 0.0);
    for kind in RequestKind::SCHEDULED {
        let task = &cohort.tasks[kind];
        // Clients renew tokens only while they use a gateway.
        let is_needed = kind != RequestKind::TokenRenewal || is_gateway;
        let mut rate = if is_needed { task_rate(task, answer) } else { 0.0 };
        let at_session = at_session(kind, task, rate, profile);
        if kind == RequestKind::Location && !matches!(task, Task::Off) {
            rate += moves;
        }
        rates[kind] = rate + begun.min(1e9) * at_session;
        requests[kind] = rate * seconds_on + at_session * sessions;
    }
    for found in [&mut rates, &mut requests] {
        found[RequestKind::PolicyBody] = found[RequestKind::PolicyPoll] * cohort.new_policy_share;
    }
    if let Some(channel) = cohort.channel.as_ref().filter(|_| has_channel(cohort, route)) {
        let rate = 1.0 / channel.keep_alive.mean().max(1e-9);
        rates[RequestKind::KeepAlive] = rate;
        requests[RequestKind::KeepAlive] = rate * seconds_on;
        rates[RequestKind::ChannelOpen] = moves + begun.min(1e9);
        requests[RequestKind::ChannelOpen] = moves * seconds_on + sessions;
    }
    if *route == Route::CutOff {
        cut_off(cohort, seconds_on, &mut rates, &mut requests);
    }
    (rates, requests)
}

/// Sets the rates of clients that reach no server: they retry each request until it fails, and
/// repeatedly try to open the channel.
fn cut_off(cohort: &Cohort, seconds_on: f64, rates: &mut Rates, requests: &mut Rates) {
    let attempts = f64::from(cohort.retry.attempts.min(ATTEMPTS_MAX));
    for kind in RequestKind::SCHEDULED {
        requests[kind] *= attempts;
    }
    requests[RequestKind::PolicyBody] = 0.0;
    if let Some(channel) = &cohort.channel {
        let delay = channel.reconnect.cap.as_seconds().max(1.0);
        requests[RequestKind::ChannelOpen] = seconds_on / delay;
    }
    // These attempts reach no server, so they cause no load.
    *rates = PerKind::from_fn(|_| 0.0);
}

/// Maximum number of attempts that the estimate counts for a request with unlimited retries.
const ATTEMPTS_MAX: u32 = 100;

fn source_traffic<'c>(source: &'c Source, config: &'c Config, steps: &Steps) -> Traffic<'c> {
    let batch = f64::from(source.batch);
    let only =
        |amount: f64| PerKind::from_fn(|kind| if kind == source.kind { amount } else { 0.0 });
    let rate = |step: usize| match &source.arrivals {
        ArrivalProcess::Profile(profile) => {
            let since = SimDuration::from_seconds_f64(steps.middle(step));
            profile.rate_at(source.profile_phase(SimTime::ZERO + since) + since)
        }
        other => other.mean_rate(),
    };
    let active: Vec<f64> = (0..steps.count).map(rate).collect();
    let arrivals = match &source.arrivals {
        ArrivalProcess::Trace(times) => times.len() as f64,
        _ => active.iter().sum::<f64>() * steps.seconds * steps.scale,
    };
    let arrivals = source.count.map_or(arrivals, |count| arrivals.min(count as f64));
    let of_role = |role| match source.entry {
        Entry::SiteSystem(system) => vec![system],
        _ => config.of_role(role).map(|(id, _)| id).collect(),
    };
    Traffic {
        origin: &source.name,
        cohort: None,
        route: Route::Entry(source.entry),
        management_points: of_role(Role::ManagementPoint),
        update_points: of_role(Role::SoftwareUpdatePoint),
        rates: only(batch),
        handshake_share: 0.0,
        messages: PerKind::from_fn(|_| source.message),
        has_channel: false,
        active,
        requests: only(batch * arrivals),
        sessions: 0.0,
        authentication: None,
        clients: 0.0,
        during: 0.0..f64::INFINITY,
    }
}

/// Returns the number of connection points of a gateway, at least one.
pub(super) fn points_of(config: &Config, gateway: GatewayId) -> f64 {
    let own = config.connection_points.iter().filter(|point| point.gateway == gateway);
    own.count().max(1) as f64
}
