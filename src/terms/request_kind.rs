//! Request kinds, and tables indexed by them.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use super::Role;
use super::named::named_enum;

named_enum! {
    /// A kind of request. Scheduled client tasks come first, in the order of their schedule slots.
    RequestKind {
        /// Request for the list of management points and gateways.
        Location: "location";
        /// Policy poll.
        PolicyPoll: "policy_poll";
        /// Heartbeat discovery record.
        Heartbeat: "heartbeat";
        /// Hardware inventory report.
        HardwareInventory: "hardware_inventory";
        /// Software inventory report.
        SoftwareInventory: "software_inventory";
        /// Batch of state messages.
        StateMessage: "state_message";
        /// Scan for software updates.
        UpdateScan: "update_scan";
        /// Renewal of an access token.
        TokenRenewal: "token_renewal";
        /// Registration with the site.
        Registration: "registration";
        /// Status message about a deployment.
        StatusMessage: "status_message";
        /// Request for the location of content.
        ContentLocation: "content_location";
        /// Request for access to content: a gateway instance checks the token and returns the
        /// address in the content storage.
        ContentAuthorisation: "content_authorisation";
        /// Download of content from any source.
        ContentDownload: "content_download";
        /// Download of new policy after a poll that found some.
        PolicyBody: "policy_body";
        /// Opening of the notification channel.
        ChannelOpen: "channel_open";
        /// Keep-alive on the notification channel.
        KeepAlive: "keep_alive";
    }
}

impl RequestKind {
    /// The kinds that clients send on a schedule.
    pub const SCHEDULED: [RequestKind; 8] = [
        RequestKind::Location,
        RequestKind::PolicyPoll,
        RequestKind::Heartbeat,
        RequestKind::HardwareInventory,
        RequestKind::SoftwareInventory,
        RequestKind::StateMessage,
        RequestKind::UpdateScan,
        RequestKind::TokenRenewal,
    ];

    /// Returns whether clients send this kind whenever they start, and then once per interval.
    pub const fn begins_at_start(self) -> bool {
        matches!(self, RequestKind::Location | RequestKind::PolicyPoll)
    }

    /// Returns whether this kind opens or maintains the notification channel. No task waits for
    /// such a request.
    pub const fn is_of_channel(self) -> bool {
        matches!(self, RequestKind::ChannelOpen | RequestKind::KeepAlive)
    }

    /// Returns the role of the site systems that serve this kind.
    pub const fn role(self) -> Role {
        match self {
            RequestKind::UpdateScan => Role::SoftwareUpdatePoint,
            _ => Role::ManagementPoint,
        }
    }

    /// Returns whether a step of a deployment can depend on the response.
    pub const fn is_of_deployment(self) -> bool {
        matches!(self, RequestKind::PolicyBody | RequestKind::UpdateScan) || self.is_of_content()
    }

    /// Returns whether this kind concerns the content of a deployment.
    pub const fn is_of_content(self) -> bool {
        matches!(
            self,
            RequestKind::ContentLocation
                | RequestKind::ContentAuthorisation
                | RequestKind::ContentDownload
        )
    }

    /// Returns whether this kind is counted separately from other requests: channel requests, and
    /// downloads, whose duration depends on the content size.
    pub const fn is_counted_apart(self) -> bool {
        self.is_of_channel() || matches!(self, RequestKind::ContentDownload)
    }
}

/// A table with one value per request kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerKind<T>([T; RequestKind::ALL.len()]);

impl<T> PerKind<T> {
    /// Creates a table with the values that `make` returns.
    pub fn from_fn(mut make: impl FnMut(RequestKind) -> T) -> Self {
        PerKind(std::array::from_fn(|index| make(RequestKind::ALL[index])))
    }

    /// Iterates over the kinds and their values in order.
    pub fn entries(&self) -> impl Iterator<Item = (RequestKind, &T)> {
        RequestKind::ALL.into_iter().zip(&self.0)
    }
}

impl<T> Index<RequestKind> for PerKind<T> {
    type Output = T;
    fn index(&self, kind: RequestKind) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<RequestKind> for PerKind<T> {
    fn index_mut(&mut self, kind: RequestKind) -> &mut T {
        &mut self.0[kind as usize]
    }
}
