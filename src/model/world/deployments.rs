//! Deployments: executes the steps of each client.

use std::ops::{Index, IndexMut};

use crate::base::ids::{ClientId, DeploymentId};
use crate::base::{Bytes, IdVec, SimTime};
use crate::engine::Purpose as StreamPurpose;
use crate::model::client::{Second, Slot, name_key, next_on_grid};
use crate::model::config::{Purpose, Target, Task};
use crate::model::deployment::Deployment;
use crate::model::deployment::{Milestone, Origin as From, Step};
use crate::model::flow::network;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::model::tallied::Tallied;
use crate::terms::{DeploymentStep, Flow, Place, RequestKind};

use super::World;
use super::services::NEXT_UPDATE_POINT;

/// Maximum age at which the result of a scan is reused for a deployment
/// (software-updates-introduction.md, 10/30/2017).
const SCAN_FRESH: crate::base::SimDuration = crate::base::SimDuration::from_seconds(86_400);

/// All deployments.
#[derive(Debug, Default)]
pub(super) struct Deployments {
    pub(super) all: IdVec<DeploymentId, Deployment>,
}

impl Index<DeploymentId> for Deployments {
    type Output = Deployment;
    fn index(&self, id: DeploymentId) -> &Deployment {
        &self.all[id]
    }
}

impl IndexMut<DeploymentId> for Deployments {
    fn index_mut(&mut self, id: DeploymentId) -> &mut Deployment {
        &mut self.all[id]
    }
}

impl<R: Recorder> World<'_, R> {
    /// Draws for every client of the targeted cohorts whether it is a target. The draws do not
    /// depend on the rest of the scenario.
    pub(super) fn targets(&self, room: &str, name: &str, target: &Target) -> Vec<Vec<bool>> {
        let cohorts = self.config.cohorts.entries().zip(&self.clients.cohorts);
        cohorts
            .map(|((cohort, config), state)| {
                if !target.cohorts.contains(&cohort) {
                    return Vec::new();
                }
                let entity = name_key(room, name) ^ state.key.rotate_left(17);
                let mut stream = self.kernel.streams.stream(entity, StreamPurpose(0), 0);
                let is_target = |_| target.share >= 1.0 || stream.uniform() < target.share;
                (0..config.clients).map(is_target).collect()
            })
            .collect()
    }

    /// Determines when the next step of any deployment is due for a client.
    pub(super) fn plan_deployments(&mut self, id: ClientId) {
        let mut next = SimTime::NEVER;
        for deployment in self.config.deployments.ids() {
            next = next.min(self.progress(deployment, id).map_or(next, |own| own.due));
        }
        self.clients.agendas[id].set_due(Slot::Deployment, next);
    }

    /// Executes the steps of deployments that are due.
    pub(super) fn deployments_due(&mut self, id: ClientId) {
        self.send_next_status(id);
        for deployment in self.config.deployments.ids() {
            let is_due =
                self.progress(deployment, id).is_some_and(|own| own.due <= self.kernel.now);
            if is_due {
                self.step_due(deployment, id);
            }
        }
        self.plan_deployments(id);
    }

    /// Sets the step of a client and when it is due.
    fn set_step(&mut self, deployment: DeploymentId, id: ClientId, step: Step, due: SimTime) {
        if let Some(own) = self.progress_mut(deployment, id) {
            own.step = step;
            own.due = due;
        }
    }

    fn step_due(&mut self, deployment: DeploymentId, id: ClientId) {
        let Some(own) = self.progress(deployment, id) else { return };
        let config = &self.config.deployments[deployment];
        match own.step {
            Step::ScanDue => {
                self.set_step(deployment, id, Step::Scanning, SimTime::NEVER);
                if !self.clients[id].is_outstanding(RequestKind::UpdateScan) {
                    self.issue(Origin::Client(id), RequestKind::UpdateScan);
                }
            }
            Step::LocateDue if config.size.count() == 0 => self.content_there(deployment, id),
            Step::LocateDue => {
                let is_busy = [Step::Locating, Step::Authorising, Step::Downloading]
                    .into_iter()
                    .any(|step| self.at_step(id, step).is_some());
                if is_busy {
                    // Downloads run one after the other; `call_waiting` makes this step due when
                    // the current download ends.
                    return self.set_step(deployment, id, Step::LocateDue, SimTime::NEVER);
                }
                self.set_step(deployment, id, Step::Locating, SimTime::NEVER);
                self.issue(Origin::Client(id), RequestKind::ContentLocation);
            }
            Step::InstallDue => {
                let time = self.draw_about(id, self.deployment_key(deployment), 1, |s| {
                    config.install.sample(s)
                });
                self.set_step(deployment, id, Step::Installing, self.kernel.now + time);
            }
            Step::Installing => self.installed(deployment, id),
            _ => self.set_step(deployment, id, own.step, SimTime::NEVER),
        }
    }

    /// Records which deployments a policy poll has found; returns whether there are any.
    pub(super) fn find_deployments(&mut self, id: ClientId) -> bool {
        let mut is_any = false;
        for (deployment, config) in self.config.deployments.entries() {
            let is_new = config.start <= self.kernel.now
                && self.progress(deployment, id).is_some_and(|own| own.step == Step::Unaware);
            if is_new {
                self.set_step(deployment, id, Step::Policy, SimTime::NEVER);
                is_any = true;
            }
        }
        is_any
    }

    /// Handles the end of a request that may belong to a deployment.
    pub(super) fn handle_deployment_answer(
        &mut self,
        id: ClientId,
        kind: RequestKind,
        is_ok: bool,
    ) {
        if kind == RequestKind::UpdateScan && is_ok {
            self.clients.agendas[id].scanned_at = Second::of(self.kernel.now);
        }
        let retry_at = self.kernel.now + self.cohort(id).retry.cap;
        for deployment in self.config.deployments.ids() {
            let Some(own) = self.progress(deployment, id).copied() else { continue };
            match (kind, own.step, is_ok) {
                (RequestKind::PolicyBody, Step::Policy, true) => self.policy_there(deployment, id),
                (RequestKind::PolicyBody, Step::Policy, false) => {
                    self.set_step(deployment, id, Step::Unaware, SimTime::NEVER);
                }
                (RequestKind::UpdateScan, Step::Scanning | Step::ScanDue, true) => {
                    // Any completed scan counts. The download of an available deployment still
                    // waits until the user requests it; `access_until` contains this time until
                    // the content is located.
                    let due = self.kernel.now.max(own.access_until);
                    self.set_step(deployment, id, Step::LocateDue, due);
                }
                (RequestKind::UpdateScan, Step::Scanning, false) => {
                    let due = self.kernel.now + NEXT_UPDATE_POINT;
                    self.set_step(deployment, id, Step::ScanDue, due);
                }
                (RequestKind::ContentLocation, Step::Locating, true) => {
                    self.located(deployment, id);
                }
                (RequestKind::ContentAuthorisation, Step::Authorising, true) => {
                    self.set_step(deployment, id, Step::Downloading, SimTime::NEVER);
                    self.issue(Origin::Client(id), RequestKind::ContentDownload);
                }
                (RequestKind::ContentDownload, Step::Downloading, true) => {
                    self.content_there(deployment, id);
                }
                (RequestKind::ContentLocation, Step::Locating, false)
                | (RequestKind::ContentAuthorisation, Step::Authorising, false)
                | (RequestKind::ContentDownload, Step::Downloading, false) => {
                    self.set_step(deployment, id, Step::LocateDue, retry_at);
                    self.call_waiting(id);
                }
                _ => {}
            }
        }
        self.plan_deployments(id);
    }

    fn policy_there(&mut self, deployment: DeploymentId, id: ClientId) {
        let config = &self.config.deployments[deployment];
        self.deployments[deployment].reach(Milestone::Policy, self.kernel.now);
        let mut from = self.kernel.now;
        if let Purpose::Available(share) = config.purpose {
            let key = self.deployment_key(deployment);
            let wants = self.draw_about(id, key, 2, |stream| {
                (stream.uniform() < share).then(|| config.request_delay.sample(stream))
            });
            let Some(delay) = wants else {
                self.deployments[deployment].declined += 1;
                return self.set_step(deployment, id, Step::Declined, SimTime::NEVER);
            };
            from = from + delay;
        }
        if let Some(own) = self.progress_mut(deployment, id) {
            own.access_until = from;
        }
        match &config.scan {
            Some(distribution) if !self.has_fresh_scan(id) => {
                let key = self.deployment_key(deployment);
                let delay = self.draw_about(id, key, 3, |stream| distribution.sample(stream));
                self.set_step(deployment, id, Step::ScanDue, from + delay);
            }
            _ => self.set_step(deployment, id, Step::LocateDue, from),
        }
    }

    /// Returns whether the last scan was less than one day ago. Scans before time zero are unknown.
    fn has_fresh_scan(&self, id: ClientId) -> bool {
        let scanned = self.clients.agendas[id].scanned_at;
        let day_ago = self.kernel.now.since(SimTime::ZERO + SCAN_FRESH);
        scanned != Second::NEVER && scanned >= Second::of(SimTime::ZERO + day_ago)
    }

    fn located(&mut self, deployment: DeploymentId, id: ClientId) {
        let source = self.choose_source(id, deployment);
        let access_until = self.kernel.now + self.cohort(id).content.token;
        let Some(own) = self.progress_mut(deployment, id) else { return };
        own.source = source;
        own.access_until = access_until;
        // Only the storage of a gateway requires authorisation: one request to an instance
        // (data-flow.md, 04/08/2022).
        let (step, kind) = match source {
            Some(From::Storage(_)) => (Step::Authorising, RequestKind::ContentAuthorisation),
            _ => (Step::Downloading, RequestKind::ContentDownload),
        };
        self.set_step(deployment, id, step, SimTime::NEVER);
        self.issue(Origin::Client(id), kind);
    }

    fn content_there(&mut self, deployment: DeploymentId, id: ClientId) {
        let config = &self.config.deployments[deployment];
        let state = &mut self.deployments[deployment];
        state.reach(Milestone::Content, self.kernel.now);
        let from_peers = (config.size.count() as f64 * config.peer_share).round() as u64;
        state.bytes[3] += from_peers;
        let via = network(self.clients[id].location, Place::Peers);
        if let Some(flow) = Flow::to_clients(Place::Peers, via) {
            self.observed.flows.add(flow, Bytes::new(from_peers));
        }
        let due = match config.purpose {
            Purpose::Available(_) => self.kernel.now,
            Purpose::Required => {
                let spread = &config.deadline_spread;
                let key = self.deployment_key(deployment);
                let late = self.draw_about(id, key, 4, |stream| spread.sample(stream));
                self.kernel.now.max(config.deadline + late)
            }
        };
        self.set_step(deployment, id, Step::InstallDue, due);
        self.send_status(id);
        self.call_waiting(id);
    }

    fn installed(&mut self, deployment: DeploymentId, id: ClientId) {
        self.deployments[deployment].reach(Milestone::Installed, self.kernel.now);
        self.set_step(deployment, id, Step::Installed, SimTime::NEVER);
        self.send_status(id);
        // The client reports the new state when its next state message is due.
        if let Task::Changes { interval, .. } = &self.cohort(id).tasks[RequestKind::StateMessage] {
            let kind = RequestKind::StateMessage;
            let phase = self.phase(id, kind, *interval);
            self.clients.agendas[id]
                .bring_forward(Slot::Task(kind), next_on_grid(self.kernel.now, phase, *interval));
        }
    }

    fn send_status(&mut self, id: ClientId) {
        let due = &mut self.clients.agendas[id].status_due;
        *due = due.saturating_add(1);
        self.send_next_status(id);
    }

    /// Sends the next status message if none is in flight. Messages of a client that is off wait.
    pub(super) fn send_next_status(&mut self, id: ClientId) {
        let is_free = !self.clients[id].is_outstanding(RequestKind::StatusMessage);
        if self.clients.agendas[id].status_due > 0 && is_free {
            self.clients.agendas[id].status_due -= 1;
            self.issue(Origin::Client(id), RequestKind::StatusMessage);
        }
    }

    /// Resumes deployments that wait for another download to end.
    fn call_waiting(&mut self, id: ClientId) {
        let now = self.kernel.now;
        for deployment in self.config.deployments.ids() {
            if let Some(own) = self.progress_mut(deployment, id)
                && own.step == Step::LocateDue
                && own.due == SimTime::NEVER
            {
                own.due = now;
            }
        }
    }

    /// Interrupts all steps of deployments that are in progress.
    pub(super) fn interrupt_deployments(&mut self, id: ClientId) {
        let now = self.kernel.now;
        for deployment in self.config.deployments.ids() {
            if let Some(own) = self.progress_mut(deployment, id) {
                own.interrupt(now);
            }
        }
        self.plan_deployments(id);
    }

    /// Restarts a download from the request for the content location.
    pub(super) fn interrupt_download(&mut self, id: ClientId, deployment: DeploymentId) {
        let now = self.kernel.now;
        if let Some(own) = self.progress_mut(deployment, id) {
            own.interrupt_download(now);
        }
    }

    /// Restarts all downloads from the request for the content location.
    pub(super) fn interrupt_downloads(&mut self, id: ClientId) {
        let now = self.kernel.now;
        for deployment in self.config.deployments.ids() {
            if let Some(own) = self.progress_mut(deployment, id) {
                own.interrupt_download(now);
            }
        }
        self.plan_deployments(id);
    }

    /// Resumes, at `start`, the deployments of a client that has started.
    pub(super) fn resume_deployments(&mut self, id: ClientId, start: SimTime) {
        for deployment in self.config.deployments.ids() {
            if let Some(own) = self.progress_mut(deployment, id)
                && own.due != SimTime::NEVER
            {
                own.due = own.due.max(start);
            }
        }
        self.plan_deployments(id);
        if self.clients.agendas[id].status_due > 0 {
            self.clients.agendas[id].bring_forward(Slot::Deployment, start);
        }
    }

    /// Returns, by pending step, the number of targets that have not finished and the number of
    /// those targets that are off.
    pub fn pending(&self, deployment: DeploymentId) -> [(u64, u64); DeploymentStep::ALL.len()] {
        let mut counts = [(0, 0); DeploymentStep::ALL.len()];
        for id in self.clients.all.ids() {
            let step = self.progress(deployment, id).and_then(|own| own.step.pending());
            if let Some(pending) = step {
                let (all, off) = &mut counts[pending as usize];
                *all += 1;
                *off += u64::from(!self.clients[id].is_on());
            }
        }
        counts
    }
}

impl Tallied for Deployments {
    fn reset(&mut self, now: SimTime) {
        let Deployments { all } = self;
        all.reset(now);
    }
}
