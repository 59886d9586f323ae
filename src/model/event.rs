//! Events of the simulation. An event takes eight bytes, so that a calendar entry takes sixteen
//! bytes.

use crate::base::ids::{
    AttemptId, BoundaryGroupId, ClientId, ConnectionPointId, DisruptionId, GatewayId, InstanceId,
    LineId, NotificationId, OriginId, RequestId, SourceId, StationId,
};

use super::config::NotifiedAction;
use super::request::Stage;
use crate::terms::Direction;

/// An event of the simulation. Obsolete entries stay in the calendar. They are recognised when they
/// are due, because the entity expects a different time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The next task, move or presence change of a client is due.
    Client(ClientId),
    /// The channel of a client is due: a keep-alive, or the next attempt to open it.
    Channel(ClientId),
    /// The next arrival of an open source.
    Source(SourceId),
    /// A timer of a station expires.
    Station(StationId, u32),
    /// An attempt arrives at a stage.
    Arrive(AttemptId, Stage),
    /// An attempt times out.
    TimeOut(AttemptId),
    /// The first timeout of an origin whose timeouts have equal length.
    TimeOuts(OriginId),
    /// A queued request has waited for as long as the server allows.
    QueueTimeOut(AttemptId),
    /// A request is retried.
    Retry(RequestId),
    /// A client's connection has been idle for the idle timeout.
    ConnectionIdle(ClientId),
    /// The load balancer changes its view of an instance.
    Probe(InstanceId),
    /// A connection point has connected to an instance.
    Link(ConnectionPointId, InstanceId),
    /// A transfer on a shared line may be complete.
    Transfer(LineId, Direction),
    /// The bandwidths of a shared line change.
    Bandwidths(LineId),
    /// A boundary group is associated with its gateway.
    Association(BoundaryGroupId),
    /// A client receives a notification.
    Notified(ClientId, NotifiedAction),
    /// A client notification is sent.
    Notification(NotificationId),
    /// The outbound data of a gateway is checked against its threshold.
    Outbound(GatewayId),
    /// The next step of a disruption.
    Disruption(DisruptionId),
    /// The warm-up ends.
    MeasureFrom,
    /// A bin of the time series ends.
    Bin,
    /// A minute of the measured period ends.
    Minute,
    /// The last tenth of the measured period starts.
    LastTenth,
    /// Connections are sampled for reconnection storms.
    Sample,
}

impl Event {
    /// Returns whether the event only observes the model, so that it does not affect the
    /// simulation.
    pub const fn is_look(self) -> bool {
        matches!(self, Event::Bin | Event::Minute | Event::LastTenth | Event::Sample)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_takes_eight_bytes() {
        assert_eq!(size_of::<Event>(), 8);
    }
}
