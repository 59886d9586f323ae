//! Tokens with which clients authenticate: which clients are refused, and which clients renew a
//! token when they start to use a gateway.

use crate::base::SimTime;
use crate::base::ids::ClientId;
use crate::model::client::{Registration, Second, Slot};
use crate::model::config::Authentication;
use crate::model::recorder::Recorder;
use crate::model::request::Origin;
use crate::terms::RequestKind;

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Returns whether a gateway refuses a client with 401. Microsoft publishes that a gateway does
    /// not forward requests with an invalid token (azure-ccmsetup.md, 02/16/2022;
    /// cmg-communication-error.md, 03/25/2026).
    pub(super) fn is_unauthorised(&self, origin: Origin, kind: RequestKind) -> bool {
        let Origin::Client(id) = origin else { return false };
        match (self.cohort(id).authentication, kind) {
            // Clients cannot get tokens if their tenant is not onboarded (azure-ccmsetup.md,
            // 02/16/2022).
            (Authentication::Entra, _) => self.has_expired_token(id),
            (_, RequestKind::Registration) => {
                self.kernel.now > self.cohort(id).registration.expires
            }
            (Authentication::SiteToken, _) => self.clients[id].token_until.is_past(self.kernel.now),
            (Authentication::Certificate, _) => false,
        }
    }

    /// Returns whether a request through a gateway needs a token that cannot be validated now. A
    /// management point that cannot reach the identity provider rejects Microsoft Entra tokens and
    /// therefore issues no tokens of its own (whats-new-in-version-2603.md, 08/05/2026). Clients
    /// whose token from the site is still valid are not affected.
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

    /// Returns whether a client's token was invalid from the start.
    pub(super) fn has_expired_token(&self, id: ClientId) -> bool {
        self.clients[id].token_until == Second::LONG_AGO
    }

    /// Schedules, at `start`, the token renewal of a client that starts to use a gateway, if the
    /// renewal is due. Returns whether it is due.
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
