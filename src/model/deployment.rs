//! A deployment at run time: how far each client is, and how many are how far.

use crate::base::ids::{CohortId, DistributionPointId, GatewayId};
use crate::base::{IdVec, SimTime};
use crate::terms::DeploymentStep;

use super::tallied::Tallied;

/// How far a client is with a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is not for this client.
    NotTargeted,
    /// The client does not know of it.
    Unaware,
    /// It fetches the policy.
    Policy,
    /// It has the policy, and will scan for updates.
    ScanDue,
    /// It scans.
    Scanning,
    /// It will ask for the location of the content.
    LocateDue,
    /// It asks where the content is.
    Locating,
    /// It asks a gateway for access.
    Authorising,
    /// It downloads.
    Downloading,
    /// It has the content, and will install it.
    InstallDue,
    /// It installs.
    Installing,
    /// It is done.
    Installed,
    /// The user did not want it.
    Declined,
}

impl Step {
    /// What the client is at, if it is a target that is not done.
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

/// From where a client downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A gateway's storage.
    Storage(GatewayId),
    /// A distribution point.
    DistributionPoint(DistributionPointId),
    /// Microsoft Update.
    MicrosoftUpdate,
}

/// One client's progress.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// When the next step is due; never, while something is under way or others must end first.
    pub due: SimTime,
    /// Until when the access to the content is valid; before the content is located, from when on
    /// its user wants it.
    pub access_until: SimTime,
    /// Chunks of the content that have come.
    pub chunks: u32,
    /// From where; `None` before it is located, and if nothing has it.
    pub source: Option<Origin>,
    /// How far it is.
    pub step: Step,
}

/// What clients reach one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// They have the policy.
    Policy,
    /// They have the content.
    Content,
    /// They have installed it.
    Installed,
}

/// How many have reached a milestone, and when certain shares of the targets had.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// How many.
    pub count: u64,
    /// When 50, 95 and 99 % of the targets had.
    pub times: [Option<SimTime>; 3],
}

/// Shares of the targets whose time is kept.
pub const SHARES: [f64; 3] = [0.5, 0.95, 0.99];

/// A deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Each client's progress, by cohort; empty of cohorts that are not its target.
    pub progress: IdVec<CohortId, Vec<Progress>>,
    /// Clients it is for.
    pub targets: u64,
    /// Users who did not want it.
    pub declined: u64,
    /// By milestone.
    pub reached: [Reached; 3],
    /// Bytes that came from gateways' storage, distribution points, Microsoft Update, peers since
    /// the last reset.
    pub bytes: [u64; 4],
}

impl Progress {
    /// A client that does not know of it yet, or for whom it is not.
    pub fn new(is_target: bool) -> Self {
        Progress {
            due: SimTime::NEVER,
            access_until: SimTime::ZERO,
            chunks: 0,
            source: None,
            step: if is_target { Step::Unaware } else { Step::NotTargeted },
        }
    }

    /// The client went away: what was under way must begin again, content already there stays.
    pub fn interrupt(&mut self, now: SimTime) {
        match self.step {
            Step::Policy => self.step = Step::Unaware,
            Step::Scanning => (self.step, self.due) = (Step::ScanDue, now),
            _ => self.interrupt_download(now),
        }
    }

    /// The download must begin again with the location; what has come stays.
    pub fn interrupt_download(&mut self, now: SimTime) {
        if matches!(self.step, Step::Locating | Step::Authorising | Step::Downloading) {
            (self.step, self.due) = (Step::LocateDue, now);
        }
    }
}

impl Deployment {
    /// Notes that one more client has reached a milestone.
    pub fn reach(&mut self, milestone: Milestone, now: SimTime) {
        let targets = self.targets;
        let reached = &mut self.reached[milestone as usize];
        reached.count += 1;
        for (time, share) in reached.times.iter_mut().zip(SHARES) {
            // The least number of clients that are at least this share.
            let needed = (share * targets as f64 - 1e-9).ceil() as u64;
            if time.is_none() && reached.count >= needed {
                *time = Some(now);
            }
        }
    }
}

impl Tallied for Deployment {
    fn reset(&mut self, now: SimTime) {
        // A deployment is followed from its start, also before the measured period.
        let Deployment { progress: _, targets: _, declined: _, reached: _, bytes } = self;
        bytes.reset(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimDuration;

    #[test]
    fn milestones_are_reached_when_enough_clients_arrive() {
        let mut deployment = Deployment {
            progress: IdVec::new(),
            targets: 100,
            declined: 0,
            reached: Default::default(),
            bytes: [0; 4],
        };
        let at = |second| SimTime::ZERO + SimDuration::from_seconds(second);
        for second in 1..=98 {
            deployment.reach(Milestone::Content, at(second));
        }
        let reached = &deployment.reached[Milestone::Content as usize];
        assert_eq!(reached.times, [Some(at(50)), Some(at(95)), None]);
    }
}
