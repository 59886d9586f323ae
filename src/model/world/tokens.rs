//! The tokens with which clients prove who they are: who is turned away, and
//! who renews one on coming to a gateway.

use crate::base::SimTime;
use crate::base::ids::ClientId;
use crate::model::client::{Registration, Second, Slot};
use crate::model::config::Authentication;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::terms::RequestKind;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Does a gateway turn this client away, with 401? Published: with an invalid token nothing is
    /// forwarded (azure-ccmsetup.md, 02/16/2022; cmg-communication-error.md, 03/25/2026).
    pub(super) fn is_unauthorised(&self, origin: Origin, kind: RequestKind) -> bool {
        let Origin::Client(id) = origin else { return false };
        match (self.cohort(id).authentication, kind) {
            // A tenant that is not onboarded has no tokens (azure-ccmsetup.md, 02/16/2022).
            (Authentication::Entra, _) => self.has_expired_token(id),
            (_, RequestKind::Registration) => {
                self.kernel.now > self.cohort(id).registration.expires
            }
            (Authentication::SiteToken, _) => self.clients[id].token_until.is_past(self.kernel.now),
            (Authentication::Certificate, _) => false,
        }
    }

    /// Does a request that came through a gateway need a token which nobody can check now? A
    /// management point that cannot reach the identity provider does not accept tokens of Entra,
    /// in return for which it gives its own (whats-new-in-version-2603.md, 08/05/2026). A client
    /// whose own is still valid goes on.
    pub(super) fn lacks_identity(&self, origin: Origin, kind: RequestKind) -> bool {
        let Origin::Client(id) = origin else { return false };
        let point = self.clients[id].management_point;
        if self.sites.site_systems[point].identity_outages == 0
            || self.cohort(id).authentication != Authentication::Entra
        {
            return false;
        }
        let asks = matches!(kind, RequestKind::Registration | RequestKind::TokenRenewal);
        asks || self.clients[id].token_until.is_past(self.kernel.now)
    }

    /// Is its token worth nothing from the start?
    pub(super) fn has_expired_token(&self, id: ClientId) -> bool {
        self.clients[id].token_until == Second::LONG_AGO
    }

    /// A client that has come to a service with a gateway renews its token there, if it must: at
    /// `start`. Must it?
    pub(super) fn renew_token_here(&mut self, id: ClientId, start: SimTime) -> bool {
        let agenda = &mut self.clients.agendas[id];
        let must = agenda.registration == Registration::TokenDue;
        if must {
            agenda.registration = Registration::Done;
            agenda.set_due(Slot::Task(RequestKind::TokenRenewal), start);
        }
        must
    }
}
