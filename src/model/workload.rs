//! What clients ask for: the request kinds and tables keyed by them.

use std::ops::{Index, IndexMut};

/// A kind of request. Client tasks come first, in the order of their schedule slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RequestKind {
    /// Where are my management points and gateways.
    Location,
    /// Is there new policy.
    PolicyPoll,
    /// Heartbeat discovery record.
    Heartbeat,
    /// Hardware inventory.
    HardwareInventory,
    /// Software inventory.
    SoftwareInventory,
    /// State messages.
    StateMessage,
    /// New policy itself, after a poll that found some.
    PolicyBody,
    /// Opening the notification channel.
    ChannelOpen,
    /// Keep-alive on the notification channel.
    KeepAlive,
}

impl RequestKind {
    /// Every kind, in order.
    pub const ALL: [RequestKind; 9] = [
        RequestKind::Location,
        RequestKind::PolicyPoll,
        RequestKind::Heartbeat,
        RequestKind::HardwareInventory,
        RequestKind::SoftwareInventory,
        RequestKind::StateMessage,
        RequestKind::PolicyBody,
        RequestKind::ChannelOpen,
        RequestKind::KeepAlive,
    ];

    /// The kinds a client has a schedule for.
    pub const SCHEDULED: [RequestKind; 6] = [
        RequestKind::Location,
        RequestKind::PolicyPoll,
        RequestKind::Heartbeat,
        RequestKind::HardwareInventory,
        RequestKind::SoftwareInventory,
        RequestKind::StateMessage,
    ];

    /// Is it done whenever a client starts, and then again an interval later?
    pub const fn begins_at_start(self) -> bool {
        matches!(self, RequestKind::Location | RequestKind::PolicyPoll)
    }

    /// Does it keep the notification channel, and is no request that somebody waits for?
    pub const fn is_of_channel(self) -> bool {
        matches!(self, RequestKind::ChannelOpen | RequestKind::KeepAlive)
    }

    /// The name in scenario files and results.
    pub const fn name(self) -> &'static str {
        match self {
            RequestKind::Location => "location",
            RequestKind::PolicyPoll => "policy_poll",
            RequestKind::Heartbeat => "heartbeat",
            RequestKind::HardwareInventory => "hardware_inventory",
            RequestKind::SoftwareInventory => "software_inventory",
            RequestKind::StateMessage => "state_message",
            RequestKind::PolicyBody => "policy_body",
            RequestKind::ChannelOpen => "channel_open",
            RequestKind::KeepAlive => "keep_alive",
        }
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
