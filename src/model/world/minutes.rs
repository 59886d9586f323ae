//! Records the peaks and the imbalance of connections for each minute of the measured period, the
//! age of clients' policy every hour, and the state at the start of the last tenth of the run.

use crate::base::{Id, SimDuration, SimTime};
use crate::engine::{LatencyHistogram, SharedLink};
use crate::model::config::Task;
use crate::model::event::Event;
use crate::model::flow::FlowWindows;
use crate::model::line::links;
use crate::model::minutes::{Fullest, LineMinutes, MINUTE, Minutes, Peak};
use crate::model::recorder::{Counter, Recorder};
use crate::terms::{Flow, RequestKind};

use super::World;

/// Time between measurements of the policy age, each of which reads all clients.
const POLICY_AGES: SimDuration = SimDuration::from_seconds(3600);

/// State at the start of the last tenth of the run, which shows what persists until the end.
#[derive(Clone, Debug)]
pub struct LastTenth {
    /// Start of the last tenth.
    pub from: SimTime,
    /// Integral of busy servers up to that time, by station.
    pub busy: Vec<u128>,
}

impl<R: Recorder> World<'_, R> {
    /// Starts the measured period.
    pub(super) fn start_minutes(&mut self) {
        let now = self.kernel.now;
        self.observed.minutes = Minutes::starting(now);
        let peak = |integral: u128| {
            let mut peak = Peak::default();
            peak.reset(now, integral);
            peak
        };
        let minutes = &mut self.observed.minutes;
        let (stations, instances) = (self.stations.all.iter(), self.cloud.instances.iter());
        minutes.stations = stations.map(|one| peak(one.station.busy().integral(now))).collect();
        minutes.instance_links = instances.map(|one| peak(one.link.busy(now))).collect();
        if !self.config.disruptions.is_empty() {
            minutes.evenness = vec![Vec::new(); self.cloud.gateways.len()];
        }
        let integrals = |one: &crate::model::gateway::Instance| {
            (one.connections.integral(now), one.up.integral(now))
        };
        minutes.instances = self.cloud.instances.iter().map(integrals).collect();
        let totals = |link: &SharedLink| (link.carried_bits(now), link.offered_bits(now));
        minutes.lines =
            links(&self.lines.all).map(|link| LineMinutes::starting(totals(link))).collect();
        let flows = FlowWindows::starting(now, &self.flow_bytes());
        self.observed.minutes.flows = flows;
        let on_gateway = self.on_gateway_integral();
        self.observed.minutes.gateway_clients.reset(now, on_gateway);
        self.observed.policy_ages_due = now + POLICY_AGES.min(self.config.duration);
        self.kernel.schedule(now + MINUTE, Event::Minute);
        let nine_tenths = SimDuration::from_nanos(self.config.duration.as_nanos() / 10 * 9);
        self.kernel.schedule(now + nine_tenths, Event::LastTenth);
    }

    #[inline(never)]
    pub(super) fn minute_due(&mut self) {
        self.kernel.note_look();
        self.end_minute();
        self.kernel.schedule(self.kernel.now + MINUTE, Event::Minute);
    }

    #[inline(never)]
    pub(super) fn last_tenth_due(&mut self) {
        self.kernel.note_look();
        let now = self.kernel.now;
        let busy = self.stations.all.iter().map(|one| one.station.busy().integral(now)).collect();
        self.observed.last_tenth = Some(LastTenth { from: now, busy });
        self.observed.recorder.counter().last_tenth(now);
    }

    /// Ends the current minute, even before a full minute has passed.
    pub(super) fn end_minute(&mut self) {
        let now = self.kernel.now;
        let passed = self.observed.minutes.passed(now);
        let Some(start) = self.observed.minutes.end(now) else { return };
        for (peak, owned) in self.observed.minutes.stations.iter_mut().zip(self.stations.all.iter())
        {
            peak.end_minute(start, owned.station.busy().integral(now));
        }
        for (peak, instance) in
            self.observed.minutes.instance_links.iter_mut().zip(self.cloud.instances.iter())
        {
            peak.end_minute(start, instance.link.busy(now));
        }
        for (minutes, link) in self.observed.minutes.lines.iter_mut().zip(links(&self.lines.all)) {
            minutes.end_minute((link.carried_bits(now), link.offered_bits(now)));
        }
        let flows = self.flow_bytes();
        self.observed.minutes.flows.end_minute(start, passed >= MINUTE, &flows);
        let on_gateway = self.on_gateway_integral();
        self.observed.minutes.gateway_clients.end_minute(start, on_gateway);
        if !self.observed.minutes.evenness.is_empty() {
            self.note_evenness(passed);
        }
        self.observed.recorder.counter().minute_end(start);
        if now >= self.observed.policy_ages_due {
            self.observed.policy_ages_due = now + POLICY_AGES;
            self.look_at_policy();
        }
    }

    /// Records the distribution of connections over the instances of each gateway in the minute
    /// that ends.
    fn note_evenness(&mut self, passed: SimDuration) {
        let (now, nanos) = (self.kernel.now, passed.as_nanos() as f64);
        let (minutes, instances) = (&mut self.observed.minutes, &self.cloud.instances);
        for (gateway, noted) in self.cloud.gateways.iter().zip(&mut minutes.evenness) {
            let means = gateway.instances.iter().map(|id| {
                let (instance, last) = (&instances[*id], minutes.instances[id.index()]);
                let connections = instance.connections.integral(now) - last.0;
                let up = instance.up.integral(now) - last.1;
                (connections as f64 / nanos, up as f64 / nanos)
            });
            noted.push(Fullest::of(means));
        }
        for (last, instance) in minutes.instances.iter_mut().zip(instances.iter()) {
            *last = (instance.connections.integral(now), instance.up.integral(now));
        }
    }

    /// Returns the bytes of each flow since time zero.
    fn flow_bytes(&self) -> [u64; Flow::COUNT] {
        Flow::ALL.map(|flow| self.bytes_since_zero(flow))
    }

    /// Returns the number of clients that use a gateway, integrated over time in nanoseconds.
    fn on_gateway_integral(&self) -> u128 {
        self.clients.cohorts.iter().map(|cohort| cohort.on_gateway.integral(self.kernel.now)).sum()
    }

    /// Records the time since the last successful policy poll, to the second, of every client that
    /// is on and polls for policy. Without such a poll, the time counts from time zero.
    fn look_at_policy(&mut self) {
        for (client, agenda) in self.clients.all.iter().zip(self.clients.agendas.iter()) {
            let polls = &self.config.cohorts[client.cohort].tasks[RequestKind::PolicyPoll];
            if client.is_on() && !matches!(polls, Task::Off) {
                self.observed.policy_ages.record(self.kernel.now.since(agenda.policy_at.time()));
            }
        }
        self.observed.policy_ages.settle();
    }

    /// Returns the age of clients' policy, measured every hour.
    pub fn policy_ages(&self) -> &LatencyHistogram {
        &self.observed.policy_ages
    }

    /// Returns the values recorded per minute.
    pub fn minutes(&self) -> &Minutes {
        &self.observed.minutes
    }

    /// Returns the state at the start of the last tenth of the run; `None` if the run was stopped
    /// earlier.
    pub fn last_tenth(&self) -> Option<&LastTenth> {
        self.observed.last_tenth.as_ref()
    }
}
