//! Conservation laws of bytes by flow. One side of each equation is an independent count: of
//! messages, of links or of deployments.

use crate::model::audit::Law;
use crate::model::recorder::Recorder;
use crate::terms::{Flow, Place};

use super::World;

impl<R: Recorder> World<'_, R> {
    /// Returns the conservation laws of bytes by flow (docs/model.md, "Network flows").
    pub(super) fn flow_laws(&self) -> Vec<Law> {
        self.message_laws().into_iter().chain(self.content_laws()).collect()
    }

    /// Returns the conservation laws of requests and responses.
    fn message_laws(&self) -> [Law; 4] {
        let books = &self.observed.ledger;
        let is_site =
            |place| matches!(place, Place::ManagementPoints | Place::SoftwareUpdatePoints);
        // Open sources at a connection point send what gateways would send.
        let of_sources = self.observed.flows.since_zero(Flow::GatewaysToConnectionPoints);
        let to_points = |flow: Flow| is_site(flow.from()) && flow.to() == Place::ConnectionPoints;
        let gateways = self.cloud.gateways.iter();
        [
            Law {
                name: "bytes sent by clients, by flow = requests, further chunks and setups",
                left: self.sum_since_zero(|flow| flow.from() == Place::Clients) + of_sources,
                right: books.sent_bytes - books.unsent_bytes
                    + books.chunk_request_bytes
                    + books.setup_bytes,
            },
            Law {
                name: "bytes sent by site systems, by flow = responses of site systems",
                left: self.sum_since_zero(|flow| is_site(flow.from())),
                right: books.site_answer_bytes,
            },
            Law {
                name: "bytes from site systems to connection points = from there to gateways",
                left: self.sum_since_zero(to_points),
                right: self.bytes_since_zero(Flow::ConnectionPointsToGateways),
            },
            Law {
                name: "bytes sent by gateways, by flow = bytes on the links of instances",
                left: gateways.map(|gateway| gateway.flows.measured_from_gateways()).sum(),
                right: self.cloud.instances.iter().map(|one| one.link.sent.count()).sum(),
            },
        ]
    }

    /// Returns the conservation laws of content.
    fn content_laws(&self) -> [Law; 7] {
        let books = &self.observed.ledger;
        let is_source = |place| {
            use Place::{DistributionPoints, GatewayStorage, MicrosoftUpdate};
            matches!(place, GatewayStorage | DistributionPoints | MicrosoftUpdate)
        };
        let storage = self.cloud.gateways.iter().filter_map(|one| one.storage.as_ref());
        let points = self.sites.distribution_points.iter();
        let sent = |place: Place| {
            let flows = Flow::ALL.into_iter().filter(|flow| flow.from() == place);
            flows.map(|flow| self.measured_bytes(flow)).sum()
        };
        let content = |source: usize| -> u64 {
            self.deployments.all.iter().map(|one| one.bytes[source]).sum()
        };
        let headers = |source: usize| -> u64 {
            self.deployments.all.iter().map(|one| one.header_bytes[source]).sum()
        };
        let by_deployment = |name, place, source| Law {
            name,
            left: sent(place),
            right: content(source) + headers(source),
        };
        [
            Law {
                name: "bytes sent by content sources, by flow = chunks and response headers",
                left: self.sum_since_zero(|flow| is_source(flow.from())),
                right: books.content_sent + books.content_header_bytes,
            },
            by_deployment(
                "bytes sent by gateway storage, by flow = by deployment",
                Place::GatewayStorage,
                0,
            ),
            by_deployment(
                "bytes sent by distribution points, by flow = by deployment",
                Place::DistributionPoints,
                1,
            ),
            by_deployment(
                "bytes sent by Microsoft Update, by flow = by deployment",
                Place::MicrosoftUpdate,
                2,
            ),
            Law {
                name: "bytes sent by peers, by flow = by deployment",
                left: sent(Place::Peers),
                right: content(3),
            },
            Law {
                name: "content of gateway storage, by link = by deployment",
                left: storage.map(|one| one.link.sent.count()).sum(),
                right: content(0),
            },
            Law {
                name: "content of distribution points, by server = by deployment",
                left: points.map(|one| one.sent.count()).sum(),
                right: content(1),
            },
        ]
    }

    /// Returns the bytes since time zero of all flows for which `is_part` holds.
    fn sum_since_zero(&self, is_part: impl Fn(Flow) -> bool) -> u64 {
        let flows = Flow::ALL.into_iter().filter(|flow| is_part(*flow));
        flows.map(|flow| self.bytes_since_zero(flow)).sum()
    }
}
