//! Deliberate accounting errors, with which tests in another package check the audit.

use super::World;
use crate::base::Bytes;
use crate::model::recorder::Recorder;
use crate::terms::{Flow, Place};

impl<R: Recorder> World<'_, R> {
    /// Removes a completed request from the counts.
    #[doc(hidden)]
    pub fn lose_request(&mut self) {
        self.observed.ledger.completed -= 1;
    }

    /// Adds a fictitious service to the statistics of a station.
    #[doc(hidden)]
    pub fn falsify_response_time(&mut self) {
        if let Some(owned) = self.stations.all.iter_mut().next() {
            owned.station.falsify_response_time();
        }
    }

    /// Adds a byte to a flow, or to the flow of the first gateway if gateways count the flow.
    #[doc(hidden)]
    pub fn falsify_flow(&mut self, flow: Flow) {
        let byte = Bytes::new(1);
        match self.cloud.gateways.iter_mut().next() {
            Some(gateway) if flow.from() == Place::Gateways => gateway.flows.add(flow, byte),
            _ => self.observed.flows.add(flow, byte),
        }
    }
}
