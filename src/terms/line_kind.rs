//! Kinds of shared lines.

use super::named::named_enum;

named_enum! {
    /// The kind of a shared line.
    #[derive(Default)]
    LineKind {
        /// A WAN or internet line.
        #[default]
        Line: "line";
        /// The connection of a VPN.
        Vpn: "vpn", "VPN";
        /// The network connection of a distribution point.
        DistributionPoint: "distribution point";
    }
}
