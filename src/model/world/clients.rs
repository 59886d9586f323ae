//! The clients, their agendas, and what is counted of cohorts.

use std::ops::{Index, IndexMut};

use crate::base::ids::ClientId;
use crate::base::{Id, IdVec};
use crate::engine::TimeAverage;
use crate::model::backlog::Online;
use crate::model::client::{Agenda, Client};
use crate::model::delays::DelayedTasks;

/// What is counted of a cohort's clients.
#[derive(Clone, Debug)]
pub struct CohortState {
    /// Upper half of its clients' stream keys.
    pub key: u64,
    /// The first of its clients; the others follow.
    pub(super) first: ClientId,
    /// As how many thousandths of a client with default settings each of its clients counts, by
    /// role of the site system.
    pub weights: [u64; 2],
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
