//! What clients ask for: the request kinds and tables keyed by them.

use std::ops::{Index, IndexMut};

use super::Role;
use super::named::named_enum;

named_enum! {
    /// A kind of request. Client tasks come first, in the order of their schedule slots.
    RequestKind {
        /// Where are my management points and gateways.
        Location: "location";
        /// Is there new policy.
        PolicyPoll: "policy_poll";
        /// Heartbeat discovery record.
        Heartbeat: "heartbeat";
        /// Hardware inventory.
        HardwareInventory: "hardware_inventory";
        /// Software inventory.
        SoftwareInventory: "software_inventory";
        /// State messages.
        StateMessage: "state_message";
        /// A scan for software updates.
        UpdateScan: "update_scan";
        /// A new token, when the old one expires.
        TokenRenewal: "token_renewal";
        /// Registration with the site, at first contact.
        Registration: "registration";
        /// Status messages about a deployment.
        StatusMessage: "status_message";
        /// Where content is.
        ContentLocation: "content_location";
        /// Access to content: a gateway's instance checks the token and says where in its storage.
        ContentAuthorisation: "content_authorisation";
        /// A download of content, from wherever it comes.
        ContentDownload: "content_download";
        /// New policy itself, after a poll that found some.
        PolicyBody: "policy_body";
        /// Opening the notification channel.
        ChannelOpen: "channel_open";
        /// Keep-alive on the notification channel.
        KeepAlive: "keep_alive";
    }
}

impl RequestKind {
    /// The kinds a client has a schedule for.
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

    /// Is it done whenever a client starts, and then again an interval later?
    pub const fn begins_at_start(self) -> bool {
        matches!(self, RequestKind::Location | RequestKind::PolicyPoll)
    }

    /// Does it keep the notification channel, and is no request that somebody waits for?
    pub const fn is_of_channel(self) -> bool {
        matches!(self, RequestKind::ChannelOpen | RequestKind::KeepAlive)
    }

    /// What kind of site system answers it.
    pub const fn role(self) -> Role {
        match self {
            RequestKind::UpdateScan => Role::SoftwareUpdatePoint,
            _ => Role::ManagementPoint,
        }
    }

    /// May a deployment wait for its answer?
    pub const fn is_of_deployment(self) -> bool {
        matches!(self, RequestKind::PolicyBody | RequestKind::UpdateScan) || self.is_of_content()
    }

    /// Is it about the content of a deployment?
    pub const fn is_of_content(self) -> bool {
        matches!(
            self,
            RequestKind::ContentLocation
                | RequestKind::ContentAuthorisation
                | RequestKind::ContentDownload
        )
    }

    /// Is it counted apart from requests: what keeps the channel, and downloads, which last as long
    /// as the content is large?
    pub const fn is_counted_apart(self) -> bool {
        self.is_of_channel() || matches!(self, RequestKind::ContentDownload)
    }
}

/// One value for each request kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerKind<T>([T; RequestKind::ALL.len()]);

impl<T> PerKind<T> {
    /// The value that `make` gives each kind.
    pub fn from_fn(mut make: impl FnMut(RequestKind) -> T) -> Self {
        PerKind(std::array::from_fn(|index| make(RequestKind::ALL[index])))
    }

    /// Kinds with their values, in order.
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
