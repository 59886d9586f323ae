//! Messages on shared lines. A message enters all lines of its path at the same time, and travels
//! on when the slowest line has sent it. A line that is not the bottleneck is therefore free again
//! earlier, so that other messages use what this one leaves.

use crate::base::ids::{AttemptId, LineId};
use crate::base::{Bytes, SimDuration};
use crate::engine::TransferClass;
use crate::model::event::Event;
use crate::model::line::Crossing;
use crate::model::recorder::Recorder;
use crate::model::request::{Stage, Transfers};
use crate::model::step::Step;
use crate::model::world::World;
use crate::terms::Direction;

use super::Next;

/// A message that is about to leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parcel {
    /// Bytes of the message.
    pub bytes: Bytes,
    /// Lines that it crosses.
    pub crossing: Crossing,
    /// Class of the transfer.
    pub class: TransferClass,
    /// Time until the last bit has left the sender or the client's own link.
    pub sending: SimDuration,
    /// Time from then until the arrival.
    pub rest: SimDuration,
}

impl Parcel {
    /// Creates a message that takes this time and crosses no shared line.
    pub(super) fn direct(delay: SimDuration) -> Self {
        Parcel {
            bytes: Bytes::ZERO,
            crossing: Crossing::NONE,
            class: TransferClass::Foreground,
            sending: SimDuration::ZERO,
            rest: delay,
        }
    }
}

impl<R: Recorder> World<'_, R> {
    /// Sends a message to a stage.
    #[inline(always)]
    pub(super) fn dispatch(&mut self, id: AttemptId, stage: Stage, parcel: Parcel) -> Next {
        if self.config.lines.is_empty() || parcel.bytes == Bytes::ZERO {
            return Next::Travels(stage, parcel.sending + parcel.rest);
        }
        self.cross(id, stage, parcel)
    }

    #[inline(never)]
    fn cross(&mut self, id: AttemptId, stage: Stage, parcel: Parcel) -> Next {
        let now = self.kernel.now;
        let mut left = 0;
        for (line, direction) in parcel.crossing.lines() {
            let Some(link) = &mut self.lines.all[line].links[direction as usize] else { continue };
            let kernel = &mut self.kernel;
            link.arrive(now, (id.0, parcel.class), parcel.bytes, &mut |at| {
                kernel.schedule(at, Event::Transfer(line, direction));
            });
            left += 1;
        }
        if left == 0 {
            return Next::Travels(stage, parcel.sending + parcel.rest);
        }
        let earliest = now + parcel.sending + parcel.rest;
        self.traffic.attempts[id].transfers =
            Transfers { left, stage, earliest, rest: parcel.rest };
        self.step(Step::Crosses(id, stage));
        Next::InStation
    }

    /// Ends a transfer on a shared line. Returns the message that has left its slowest line, the
    /// stage to which it travels, and its travel time.
    pub(super) fn end_transfer(
        &mut self,
        line: LineId,
        direction: Direction,
    ) -> Option<(AttemptId, Stage, SimDuration)> {
        let now = self.kernel.now;
        let kernel = &mut self.kernel;
        let link = self.lines.all[line].links[direction as usize].as_mut()?;
        let job = link.wake(now, &mut |at| {
            kernel.schedule(at, Event::Transfer(line, direction));
        })?;
        let id = AttemptId(job);
        let transfers = &mut self.traffic.attempts[id].transfers;
        transfers.left -= 1;
        if transfers.left > 0 {
            return None;
        }
        let arrival = transfers.earliest.max(now + transfers.rest);
        Some((id, transfers.stage, arrival - now))
    }
}
