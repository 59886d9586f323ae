//! Registration and token renewal: when a client asks for a token, and what the response changes.

use crate::base::SimTime;
use crate::base::ids::ClientId;
use crate::model::client::{Registration, Second, Slot};
use crate::model::config::Task;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::terms::RequestKind;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Handles the token slot of a client: the client registers or renews its token.
    pub(super) fn token_due(&mut self, id: ClientId) {
        let cohort = self.cohort(id);
        let slot = Slot::Task(RequestKind::TokenRenewal);
        self.clients.agendas[id].set_due(slot, SimTime::NEVER);
        if !self.clients.agendas[id].is_registered() {
            return self.ask_for_token(id, RequestKind::Registration);
        }
        if let Task::AtStart { restart, .. } = &cohort.tasks[RequestKind::TokenRenewal] {
            self.clients.agendas[id]
                .set_due(slot, restart.map_or(SimTime::NEVER, |wait| self.kernel.now + wait));
            if self.may_renew_site_token(id) {
                self.ask_for_token(id, RequestKind::TokenRenewal);
            }
            return;
        }
        if self.clients[id].service.gateway().is_none() {
            // Only requests through a gateway need the token, so the client renews it when it next
            // uses a gateway.
            self.clients.agendas[id].registration = Registration::TokenDue;
            return;
        }
        self.ask_for_token(id, RequestKind::TokenRenewal);
    }

    fn ask_for_token(&mut self, id: ClientId, kind: RequestKind) {
        if !self.clients[id].is_outstanding(kind) {
            self.issue(Origin::Client(id), kind);
        }
    }

    /// Returns whether a client renews its site token at a start of its service: the token must be
    /// old enough and renewable. Gateways reject an expired token, which can only be renewed at a
    /// management point on the intranet (deploy-clients-cmg-token.md, 12/08/2025).
    fn may_renew_site_token(&self, id: ClientId) -> bool {
        let (client, cohort) = (&self.clients[id], self.cohort(id));
        let until = self.clients[id].token_until;
        if until.is_past(self.kernel.now) {
            return client.is_inside();
        }
        self.kernel.now + cohort.token_grace >= until.time()
    }

    /// Handles the end of a registration or renewal.
    pub(super) fn handle_token_answer(
        &mut self,
        id: ClientId,
        kind: RequestKind,
        is_granted: bool,
    ) {
        let cohort = self.cohort(id);
        let slot = Slot::Task(RequestKind::TokenRenewal);
        let task = &cohort.tasks[RequestKind::TokenRenewal];
        if !is_granted {
            // The client repeats a failed renewal of a site token at the next start of its service.
            if kind == RequestKind::Registration || !matches!(task, Task::AtStart { .. }) {
                self.clients.agendas[id].set_due(slot, self.kernel.now + cohort.retry.cap);
            }
            return;
        }
        match task {
            Task::Expiry(lifetime) => {
                let due = self.kernel.now + *lifetime;
                self.clients.agendas[id].set_due(slot, due);
                self.clients[id].token_until = Second::of(due + cohort.token_grace);
            }
            Task::AtStart { age, .. } => {
                let until = self.kernel.now + *age + cohort.token_grace;
                self.clients[id].token_until = Second::of(until);
            }
            _ => {}
        }
        if kind == RequestKind::Registration {
            self.clients.agendas[id].registration = Registration::Done;
            self.note_kept_update_point(id, self.kernel.now);
            self.begin_tasks(id, self.kernel.now);
        }
    }
}
