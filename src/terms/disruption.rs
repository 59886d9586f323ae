//! Targets of disruptions.

use super::named::named_enum;

named_enum! {
    /// The target that a disruption stops, slows down or changes.
    #[derive(Default)]
    DisruptionTarget {
        /// An update domain of a gateway.
        #[default]
        UpdateDomain: "update_domain";
        /// A batch of a gateway's instances.
        InstanceBatch: "instance_batch";
        /// All instances of a gateway.
        AllInstances: "all_instances";
        /// A single instance.
        Instance: "instance";
        /// The number of instances of a gateway.
        InstanceCount: "instance_count";
        /// The storage of a gateway.
        GatewayStorage: "gateway_storage";
        /// The server certificate of a gateway.
        ServerCertificate: "server_certificate";
        /// A connection point.
        ConnectionPoint: "connection_point";
        /// A management point or a software update point.
        SiteSystem: "site_system";
        /// The WAN line between Azure and a site.
        SiteLine: "site_line";
        /// The identity provider.
        IdentityProvider: "identity_provider";
        /// A station, whose servers pause.
        Station: "station";
    }
}
