//! What each cohort and open source offers, a second, when most clients are on.

use crate::base::ids::{BoundaryGroupId, SiteId};
use crate::model::config::{Authentication, Cohort, Entry, Message, Presence, Role, Source, Task};
use crate::model::workload::PerKind;
use crate::model::{Config, RequestKind};

/// Rates a second by request kind.
pub(super) type Rates = PerKind<f64>;

/// Traffic of one origin.
pub(super) struct Traffic<'c> {
    pub origin: &'c str,
    /// Requests a second through gateways or at connection points.
    pub by_gateway: Rates,
    /// Straight to management points.
    pub direct: Rates,
    /// Share of gateway requests on a new connection.
    pub handshake_share: f64,
    pub messages: PerKind<Message>,
    /// Clients with a notification channel.
    pub channels: f64,
    /// Connections as the published number counts them.
    pub connections: f64,
    /// Sessions and moves of clients a second.
    pub arrivals: f64,
    /// How it proves who it is; open sources do not.
    pub authentication: Option<Authentication>,
    /// Only servers of this site are used; of open sources, all.
    pub site: Option<SiteId>,
    /// Only this entry is used; clients use all parts evenly.
    pub entry: Option<Entry>,
}

/// The traffic of all cohorts and open sources.
pub(super) fn of(config: &Config) -> Vec<Traffic<'_>> {
    let cohorts = config.cohorts.iter().map(|cohort| cohort_traffic(cohort, config));
    cohorts.chain(config.sources.iter().map(source_traffic)).collect()
}

/// Share of clients that are on when most are.
fn on_share(presence: &Presence) -> f64 {
    match presence {
        Presence::AlwaysOn => 1.0,
        Presence::OfficeHours { absent_share, .. } => 1.0 - absent_share,
        Presence::Shift { .. } => 1.0 / 3.0,
        Presence::Sporadic { on, off } => {
            let (on, off) = (on.mean(), off.mean());
            if on + off > 0.0 { on / (on + off) } else { 1.0 }
        }
        Presence::Hourly(hours) => hours.iter().fold(0.0, |peak, share| peak.max(*share)),
    }
}

/// Sessions a second that a client which is on begins. Of daily patterns none: they do not begin
/// when most are on.
fn session_rate(presence: &Presence) -> f64 {
    match presence {
        Presence::Sporadic { on, .. } if on.mean() > 0.0 => 1.0 / on.mean(),
        _ => 0.0,
    }
}

/// The least time that an answer takes: that of a client on the intranet.
fn quickest_answer(config: &Config) -> f64 {
    let served = config.of_role(Role::ManagementPoint).map(|(_, point)| {
        let kinds = RequestKind::SCHEDULED.iter();
        let service = kinds.map(|kind| point.cpu[*kind].mean() + point.database[*kind].mean());
        service.fold(f64::INFINITY, f64::min)
    });
    config.network.client_site.mean() + served.fold(f64::INFINITY, f64::min)
}

/// Requests a second of one client that is on, if an answer takes `answer` seconds.
fn task_rate(task: &Task, answer: f64) -> f64 {
    let inverse = |seconds: f64| if seconds > 0.0 { 1.0 / seconds } else { 0.0 };
    match task {
        Task::Off => 0.0,
        Task::Every { interval, .. } | Task::Expiry(interval) => inverse(interval.as_seconds()),
        // A nanosecond is the least that moves a clock.
        Task::After(think) => 1.0 / (think.mean() + answer).max(1e-9),
        Task::Changes { interval, rate } => {
            let length = interval.as_seconds();
            -libm::expm1(-rate * length) * inverse(length)
        }
    }
}

/// Share of clients that use a gateway: those on the internet, and those of boundary groups that
/// prefer it.
fn gateway_share_of(cohort: &Cohort, config: &Config) -> f64 {
    let places = cohort.locations;
    let prefers = |group: Option<BoundaryGroupId>| {
        group.is_some_and(|group| config.boundary_groups[group].prefers_cloud)
    };
    let vpn = if prefers(cohort.vpn_group) { places.vpn } else { 0.0 };
    let intranet = 1.0 - places.internet - places.vpn;
    places.internet + vpn + if prefers(cohort.intranet_group) { intranet } else { 0.0 }
}

fn cohort_traffic<'c>(cohort: &'c Cohort, config: &Config) -> Traffic<'c> {
    let on = f64::from(cohort.clients) * on_share(&cohort.presence);
    let internet = on * gateway_share_of(cohort, config);
    let answer = quickest_answer(config);
    let mut rates: Rates = PerKind::from_fn(|kind| task_rate(&cohort.tasks[kind], answer));
    let moves = cohort.moves_per_hour / 3600.0;
    let arrivals = moves + session_rate(&cohort.presence);
    for (kind, more) in
        [(RequestKind::Location, arrivals), (RequestKind::PolicyPoll, arrivals - moves)]
    {
        if !matches!(cohort.tasks[kind], Task::Off) {
            rates[kind] += more;
        }
    }
    rates[RequestKind::PolicyBody] = rates[RequestKind::PolicyPoll] * cohort.new_policy_share;
    let one_client: f64 = rates.entries().map(|(_, rate)| rate).sum();
    let mut by_gateway: Rates = PerKind::from_fn(|kind| internet * rates[kind]);
    if let Some(channel) = &cohort.channel {
        by_gateway[RequestKind::ChannelOpen] = internet * arrivals;
        by_gateway[RequestKind::KeepAlive] = internet / channel.keep_alive.mean().max(1e-9);
    }
    // A request needs a new connection if the last one was longer ago than the idle time-out;
    // taken as Poisson.
    let idle = config.gateways.iter().map(|gateway| gateway.idle_timeout.as_seconds());
    let idle = idle.fold(f64::INFINITY, f64::min);
    Traffic {
        origin: &cohort.name,
        by_gateway,
        direct: PerKind::from_fn(|kind| (on - internet) * rates[kind]),
        handshake_share: if idle.is_finite() { libm::exp(-one_client * idle) } else { 0.0 },
        messages: cohort.messages.clone(),
        channels: if cohort.channel.is_some() { internet } else { 0.0 },
        connections: internet,
        arrivals: on * arrivals,
        authentication: Some(cohort.authentication),
        site: Some(cohort.site),
        entry: None,
    }
}

fn source_traffic(source: &Source) -> Traffic<'_> {
    let total = source.arrivals.peak_rate() * f64::from(source.batch);
    let at = |is_here: bool| {
        PerKind::from_fn(|kind| if is_here && kind == source.kind { total } else { 0.0 })
    };
    let direct = matches!(source.entry, Entry::SiteSystem(_) | Entry::EveryManagementPoint);
    Traffic {
        origin: &source.name,
        by_gateway: at(!direct),
        direct: at(direct),
        handshake_share: 0.0,
        messages: PerKind::from_fn(|_| source.message),
        channels: 0.0,
        connections: 0.0,
        arrivals: 0.0,
        authentication: None,
        site: None,
        entry: Some(source.entry),
    }
}
