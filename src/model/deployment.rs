//! A deployment at run time: the progress of each client, and the counts per milestone.

use crate::base::ids::{CohortId, DistributionPointId, GatewayId};
use crate::base::{IdVec, SimTime};
use crate::terms::DeploymentStep;

use super::tallied::Tallied;

/// Progress of a client with a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The deployment does not target the client.
    NotTargeted,
    /// The client does not know about the deployment.
    Unaware,
    /// The client is fetching the policy.
    Policy,
    /// The client has the policy and will scan for updates.
    ScanDue,
    /// The client is scanning.
    Scanning,
    /// The client will ask for the location of the content.
    LocateDue,
    /// The client is asking for the location of the content.
    Locating,
    /// The client is asking a gateway for access to the content.
    Authorising,
    /// The client is downloading.
    Downloading,
    /// The client has the content and will install it.
    InstallDue,
    /// The client is installing.
    Installing,
    /// The installation is complete.
    Installed,
    /// The user does not request the deployment.
    Declined,
}

impl Step {
    /// Returns the pending step of a target that has not finished; `None` for other clients.
    pub const fn pending(self) -> Option<DeploymentStep> {
        Some(match self {
            Step::NotTargeted | Step::Installed | Step::Declined => return None,
            Step::Unaware | Step::Policy => DeploymentStep::Policy,
            Step::ScanDue => DeploymentStep::ScanDelay,
            Step::Scanning => DeploymentStep::Scan,
            Step::LocateDue | Step::Locating => DeploymentStep::ContentLocation,
            Step::Authorising => DeploymentStep::ContentAccess,
            Step::Downloading => DeploymentStep::Download,
            Step::InstallDue | Step::Installing => DeploymentStep::Installation,
        })
    }
}

/// Content source that a client downloads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Storage of a gateway.
    Storage(GatewayId),
    /// Distribution point.
    DistributionPoint(DistributionPointId),
    /// Microsoft Update.
    MicrosoftUpdate,
}

/// Progress of one client.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Time at which the next step is due; never while a request for the current step is in flight
    /// or the step has to wait for another download.
    pub due: SimTime,
    /// Time until which the client has access to the content. Before the content is located, this
    /// field contains the time from which the user wants the deployment.
    pub access_until: SimTime,
    /// Number of chunks downloaded.
    pub chunks: u32,
    /// Content source; `None` before the content is located, and if no source has the content.
    pub source: Option<Origin>,
    /// Current step.
    pub step: Step,
}

/// Milestones that clients reach in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// The client has the policy.
    Policy,
    /// The client has the content.
    Content,
    /// The client has installed the deployment.
    Installed,
}

/// Number of clients that have reached a milestone, and the times at which certain shares of the
/// targets reached the milestone.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// Number of clients.
    pub count: u64,
    /// Times at which 50, 95 and 99 % of the targets reached the milestone.
    pub times: [Option<SimTime>; 3],
}

/// Shares of the targets for which the time is recorded.
pub const SHARES: [f64; 3] = [0.5, 0.95, 0.99];

/// A deployment at run time.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Progress of each client, by cohort; empty for cohorts that the deployment does not target.
    pub progress: IdVec<CohortId, Vec<Progress>>,
    /// Number of target clients.
    pub targets: u64,
    /// Number of target clients whose users do not request the deployment.
    pub declined: u64,
    /// Progress by milestone.
    pub reached: [Reached; 3],
    /// Bytes from the storage of gateways, distribution points, Microsoft Update and peers since
    /// the last reset.
    pub bytes: [u64; 4],
    /// Bytes of response headers of the first three of these sources since the last reset.
    pub header_bytes: [u64; 3],
}

impl Progress {
    /// Creates the progress of a client that does not know about the deployment, or is not a
    /// target.
    pub fn new(is_target: bool) -> Self {
        Progress {
            due: SimTime::NEVER,
            access_until: SimTime::ZERO,
            chunks: 0,
            source: None,
            step: if is_target { Step::Unaware } else { Step::NotTargeted },
        }
    }

    /// Handles a client that goes offline: a step in progress restarts later, and downloaded chunks
    /// are kept.
    pub fn interrupt(&mut self, now: SimTime) {
        match self.step {
            Step::Policy => self.step = Step::Unaware,
            Step::Scanning => (self.step, self.due) = (Step::ScanDue, now),
            _ => self.interrupt_download(now),
        }
    }

    /// Restarts a download from the request for the content location; downloaded chunks are kept.
    pub fn interrupt_download(&mut self, now: SimTime) {
        if matches!(self.step, Step::Locating | Step::Authorising | Step::Downloading) {
            (self.step, self.due) = (Step::LocateDue, now);
        }
    }
}

impl Deployment {
    /// Records that one more client has reached a milestone.
    pub fn reach(&mut self, milestone: Milestone, now: SimTime) {
        let targets = self.targets;
        let reached = &mut self.reached[milestone as usize];
        reached.count += 1;
        for (time, share) in reached.times.iter_mut().zip(SHARES) {
            // The smallest number of clients that reaches this share.
            let needed = (share * targets as f64 - 1e-9).ceil() as u64;
            if time.is_none() && reached.count >= needed {
                *time = Some(now);
            }
        }
    }
}

impl Tallied for Deployment {
    fn reset(&mut self, now: SimTime) {
        // A deployment is tracked from its start, even if that is during the warm-up.
        let Deployment { progress: _, targets: _, declined: _, reached: _, bytes, header_bytes } =
            self;
        bytes.reset(now);
        header_bytes.reset(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;

    #[test]
    fn share_is_reached_when_enough_clients_reach_the_milestone() {
        let mut deployment = Deployment {
            progress: IdVec::new(),
            targets: 100,
            declined: 0,
            reached: Default::default(),
            bytes: [0; 4],
            header_bytes: [0; 3],
        };
        let at = |second| SimTime::ZERO + SimDuration::from_seconds(second);
        for second in 1..=98 {
            deployment.reach(Milestone::Content, at(second));
        }
        let reached = &deployment.reached[Milestone::Content as usize];
        assert_eq!(reached.times, [Some(at(50)), Some(at(95)), None]);
    }
}
