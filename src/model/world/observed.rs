//! What is observed of the world: sums for the audit, what the recorder is told, levels by bins and
//! minutes. Nothing of it changes what happens.

use crate::base::SimTime;
use crate::engine::LatencyHistogram;
use crate::model::audit::Ledger;
use crate::model::disruption::Sample;
use crate::model::levels::Levels;
use crate::model::minutes::Minutes;
use crate::model::passage::Passage;
use crate::model::recorder::Recorder;

use super::minutes::LastTenth;

/// All that was observed.
#[derive(Debug)]
pub(super) struct Observed<R> {
    pub(super) recorder: R,
    pub(super) ledger: Ledger,
    pub(super) connect_attempts: u64,
    pub(super) connects: u64,
    pub(super) failed_attempts: u64,
    /// Bytes of revocation lists that clients got since the last reset.
    pub(super) revocation_bytes: u64,
    pub(super) samples: Vec<Sample>,
    pub(super) levels: Levels,
    pub(super) minutes: Minutes,
    pub(super) last_tenth: Option<LastTenth>,
    pub(super) policy_ages: LatencyHistogram,
    pub(super) policy_ages_due: SimTime,
}

impl<R: Recorder> Observed<R> {
    /// Nothing yet.
    pub(super) fn new(recorder: R) -> Self {
        Observed {
            recorder,
            ledger: Ledger::default(),
            connect_attempts: 0,
            connects: 0,
            failed_attempts: 0,
            revocation_bytes: 0,
            samples: Vec::new(),
            levels: Levels::default(),
            minutes: Minutes::default(),
            last_tenth: None,
            policy_ages: LatencyHistogram::new(),
            policy_ages_due: SimTime::ZERO,
        }
    }

    /// Tells the recorder a step, if it wants to know steps.
    #[inline]
    pub(super) fn tell(&mut self, now: SimTime, passage: Passage) {
        if R::FOLLOWS {
            self.recorder.passage(now, passage);
        }
    }
}
