//! What can happen. Eight bytes, so that a calendar entry is sixteen.

use crate::base::ids::{
    AttemptId, BoundaryGroupId, ClientId, ConnectionPointId, DisruptionId, GatewayId, InstanceId,
    NotificationId, OriginId, RequestId, SourceId, StationId,
};

use super::config::NotifiedAction;
use super::request::Stage;

/// An event of the world. Entries that have become meaningless stay in the calendar; each is
/// recognised when it comes up because the entity's expected time is no longer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client's next task, move, or change of presence is due.
    Client(ClientId),
    /// A client's channel is due: a keep-alive, or the next try to open it.
    Channel(ClientId),
    /// The next arrival of an open source.
    Source(SourceId),
    /// A station's timer rings.
    Station(StationId, u32),
    /// An attempt arrives where it was travelling to.
    Arrive(AttemptId, Stage),
    /// The client or source gives an attempt up.
    TimeOut(AttemptId),
    /// The first time-out of an origin, whose time-outs are equally long.
    TimeOuts(OriginId),
    /// A waiting request has been queued for as long as the server allows.
    QueueTimeOut(AttemptId),
    /// A request is tried again.
    Retry(RequestId),
    /// A client's connection has been idle for the idle time-out.
    ConnectionIdle(ClientId),
    /// The load balancer changes its mind about an instance.
    Probe(InstanceId),
    /// A connection point has connected to an instance.
    Link(ConnectionPointId, InstanceId),
    /// A boundary group is associated with its gateway.
    Association(BoundaryGroupId),
    /// A client is asked to do something now.
    Notified(ClientId, NotifiedAction),
    /// A client notification is sent.
    Notification(NotificationId),
    /// What has left a gateway is checked.
    Outbound(GatewayId),
    /// The next step of a disruption.
    Disruption(DisruptionId),
    /// The warm-up ends.
    MeasureFrom,
    /// A bin of the time series ends.
    Bin,
    /// A minute of the measured period ends.
    Minute,
    /// The last tenth of the measured period begins.
    LastTenth,
    /// Connections are sampled for the reconnection storms.
    Sample,
}

impl Event {
    /// Does it only look at the world? How often one looks changes nothing.
    pub const fn is_look(self) -> bool {
        matches!(self, Event::Bin | Event::Minute | Event::LastTenth | Event::Sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_takes_eight_bytes() {
        assert_eq!(size_of::<Event>(), 8);
    }
}
