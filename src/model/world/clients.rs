//! The clients, their agendas, and what is counted of cohorts.

use std::ops::{Index, IndexMut};

use crate::base::ids::ClientId;
use crate::base::{Id, IdVec, SimTime};
use crate::engine::TimeAverage;
use crate::model::backlog::Online;
use crate::model::client::{Agenda, Client};
use crate::model::delays::DelayedTasks;
use crate::model::event::Event;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::model::tallied::Tallied;
use crate::terms::Role;

use super::World;

/// What is counted of a cohort's clients.
#[derive(Clone, Debug)]
pub struct CohortState {
    /// Upper half of its clients' stream keys.
    pub key: u64,
    /// The first of its clients; the others follow.
    pub(super) first: ClientId,
    /// As how many thousandths of a client with default settings each of its clients counts, by
    /// role of the site system.
    pub weights: [u64; Role::ALL.len()],
    /// Clients on the internet.
    pub internet: TimeAverage,
    /// Clients on VPN.
    pub vpn: TimeAverage,
    /// Clients on the intranet.
    pub intranet: TimeAverage,
    /// Clients that use a gateway.
    pub on_gateway: TimeAverage,
    /// Clients that have a notification channel, or want one.
    pub wanting: TimeAverage,
    /// Open notification channels.
    pub channels: TimeAverage,
    /// Schedules of its clients' tasks with a random delay.
    pub(super) delayed: DelayedTasks,
}

/// All clients.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) all: IdVec<ClientId, Client>,
    /// Apart from [`Client`]: most events need nothing of it.
    pub(super) agendas: IdVec<ClientId, Agenda>,
    pub(super) cohorts: Vec<CohortState>,
    /// Counts of all cohorts together.
    pub(super) online: Online,
}

impl Clients {
    /// What is counted of a client's cohort.
    pub(super) fn cohort_of(&self, id: ClientId) -> &CohortState {
        &self.cohorts[self.all[id].cohort.index()]
    }

    /// The same, to change it.
    pub(super) fn cohort_mut(&mut self, id: ClientId) -> &mut CohortState {
        &mut self.cohorts[self.all[id].cohort.index()]
    }
}

impl Clients {
    /// The place of whoever asks among all origins: cohorts come first, then open sources.
    #[inline]
    pub(super) fn origin_index(&self, origin: Origin) -> usize {
        match origin {
            Origin::Client(client) => self.all[client].cohort.index(),
            Origin::Source(source) => self.cohorts.len() + source.index(),
        }
    }
}

impl Index<ClientId> for Clients {
    type Output = Client;
    fn index(&self, id: ClientId) -> &Client {
        &self.all[id]
    }
}

impl IndexMut<ClientId> for Clients {
    fn index_mut(&mut self, id: ClientId) -> &mut Client {
        &mut self.all[id]
    }
}

impl<R: Recorder> World<'_, R> {
    /// Puts a client's entry into the calendar, if its next due time has changed.
    pub(super) fn schedule_client(&mut self, id: ClientId) {
        let agenda = &mut self.clients.agendas[id];
        let next = agenda.earliest(self.clients.all[id].location);
        if next != agenda.next {
            agenda.next = next;
            self.kernel.schedule(next, Event::Client(id));
        }
    }
}

impl Tallied for CohortState {
    fn reset(&mut self, now: SimTime) {
        let CohortState {
            key: _,
            first: _,
            weights: _,
            internet,
            vpn,
            intranet,
            on_gateway,
            wanting,
            channels,
            delayed: _,
        } = self;
        internet.reset(now);
        vpn.reset(now);
        intranet.reset(now);
        on_gateway.reset(now);
        wanting.reset(now);
        channels.reset(now);
    }
}

impl Tallied for Clients {
    fn reset(&mut self, now: SimTime) {
        let Clients { all: _, agendas: _, cohorts, online: _ } = self;
        cohorts.reset(now);
    }
}
