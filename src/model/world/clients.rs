//! The clients, their agendas, and the counts per cohort.

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

/// Counts of the clients of a cohort.
#[derive(Clone, Debug)]
pub struct CohortState {
    /// Upper half of the stream keys of its clients.
    pub key: u64,
    /// First client of the cohort; the numbers of its other clients follow.
    pub(super) first: ClientId,
    /// Weight of each client, in thousandths of a client with default settings, by role of the site
    /// system.
    pub weights: [u64; Role::ALL.len()],
    /// Number of clients on the internet.
    pub internet: TimeAverage,
    /// Number of clients on VPN.
    pub vpn: TimeAverage,
    /// Number of clients on the intranet.
    pub intranet: TimeAverage,
    /// Number of clients that use a gateway.
    pub on_gateway: TimeAverage,
    /// Number of clients that have or want a notification channel.
    pub wanting: TimeAverage,
    /// Number of open notification channels.
    pub channels: TimeAverage,
    /// Schedules of the clients' tasks that have a random delay.
    pub(super) delayed: DelayedTasks,
}

/// All clients.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) all: IdVec<ClientId, Client>,
    /// Stored separately from [`Client`], because most events do not need it.
    pub(super) agendas: IdVec<ClientId, Agenda>,
    pub(super) cohorts: Vec<CohortState>,
    /// Totals of all cohorts.
    pub(super) online: Online,
}

impl Clients {
    /// Returns the counts of a client's cohort.
    pub(super) fn cohort_of(&self, id: ClientId) -> &CohortState {
        &self.cohorts[self.all[id].cohort.index()]
    }

    /// Returns a mutable reference to the counts of a client's cohort.
    pub(super) fn cohort_mut(&mut self, id: ClientId) -> &mut CohortState {
        &mut self.cohorts[self.all[id].cohort.index()]
    }
}

impl Clients {
    /// Returns the index of an origin: cohorts come first, then open sources.
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
    /// Adds a calendar entry for a client, if its next due time has changed.
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
