//! Flows of bytes over networks: who sends, who receives, and the network between them.

use super::named::named_enum;

named_enum! {
    /// A kind of sender or receiver of bytes.
    Place {
        /// Clients, and open sources that stand for clients.
        Clients: "clients";
        /// The VM instances of gateways.
        Gateways: "gateways";
        /// The storage accounts of gateways.
        GatewayStorage: "gateway-storage", "gateway storage";
        /// Connection points.
        ConnectionPoints: "connection-points", "connection points";
        /// Management points.
        ManagementPoints: "management-points", "management points";
        /// Software update points.
        SoftwareUpdatePoints: "software-update-points", "software update points";
        /// Distribution points.
        DistributionPoints: "distribution-points", "distribution points";
        /// Microsoft Update.
        MicrosoftUpdate: "microsoft-update", "Microsoft Update";
        /// Other clients that have the content.
        Peers: "peers";
        /// Servers that publish revocation lists.
        RevocationLists: "revocation-lists", "revocation lists";
    }
}

named_enum! {
    /// A network between two places.
    Via {
        /// The intranet.
        Intranet: "intranet";
        /// The VPN between clients and the intranet.
        Vpn: "vpn", "VPN";
        /// The internet.
        Internet: "internet";
        /// The connection between gateways and connection points, in both directions.
        AzureToSite: "azure-to-site", "Azure to site";
    }
}

named_enum! {
    /// The direction of a flow, as clients see it; on the connection between Azure and a site, as
    /// the site sees it.
    Direction {
        /// To clients, or from Azure to a site.
        Down: "down";
        /// From clients, or from a site to Azure.
        Up: "up";
    }
}

impl Direction {
    /// Returns the opposite direction.
    pub const fn reversed(self) -> Direction {
        match self {
            Direction::Down => Direction::Up,
            Direction::Up => Direction::Down,
        }
    }
}

/// Declares the flows, one line each.
macro_rules! flows {
    ($($flow:ident: $from:ident, $to:ident, $via:ident;)*) => {
        /// A flow: all bytes from one kind of place to another over one network. Every message
        /// belongs to exactly one flow on each hop of its path.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Flow {
            $(
                #[doc = concat!(stringify!($from), " to ", stringify!($to), ", ", stringify!($via))]
                $flow,
            )*
        }

        impl Flow {
            /// All flows, in the order of tables.
            pub const ALL: [Flow; [$(Flow::$flow),*].len()] = [$(Flow::$flow),*];

            /// Returns the sender.
            pub const fn from(self) -> Place {
                match self { $(Flow::$flow => Place::$from,)* }
            }

            /// Returns the receiver.
            pub const fn to(self) -> Place {
                match self { $(Flow::$flow => Place::$to,)* }
            }

            /// Returns the network.
            pub const fn via(self) -> Via {
                match self { $(Flow::$flow => Via::$via,)* }
            }
        }
    };
}

flows! {
    ClientsToGateways: Clients, Gateways, Internet;
    GatewaysToClients: Gateways, Clients, Internet;
    GatewaysToConnectionPoints: Gateways, ConnectionPoints, AzureToSite;
    ConnectionPointsToGateways: ConnectionPoints, Gateways, AzureToSite;
    ConnectionPointsToManagementPoints: ConnectionPoints, ManagementPoints, Intranet;
    ManagementPointsToConnectionPoints: ManagementPoints, ConnectionPoints, Intranet;
    ConnectionPointsToUpdatePoints: ConnectionPoints, SoftwareUpdatePoints, Intranet;
    UpdatePointsToConnectionPoints: SoftwareUpdatePoints, ConnectionPoints, Intranet;
    GatewaysToRevocationLists: Gateways, RevocationLists, Internet;
    RevocationListsToGateways: RevocationLists, Gateways, Internet;
    ClientsToManagementPointsIntranet: Clients, ManagementPoints, Intranet;
    ManagementPointsToClientsIntranet: ManagementPoints, Clients, Intranet;
    ClientsToManagementPointsVpn: Clients, ManagementPoints, Vpn;
    ManagementPointsToClientsVpn: ManagementPoints, Clients, Vpn;
    ClientsToManagementPointsInternet: Clients, ManagementPoints, Internet;
    ManagementPointsToClientsInternet: ManagementPoints, Clients, Internet;
    ClientsToUpdatePointsIntranet: Clients, SoftwareUpdatePoints, Intranet;
    UpdatePointsToClientsIntranet: SoftwareUpdatePoints, Clients, Intranet;
    ClientsToUpdatePointsVpn: Clients, SoftwareUpdatePoints, Vpn;
    UpdatePointsToClientsVpn: SoftwareUpdatePoints, Clients, Vpn;
    ClientsToUpdatePointsInternet: Clients, SoftwareUpdatePoints, Internet;
    UpdatePointsToClientsInternet: SoftwareUpdatePoints, Clients, Internet;
    ClientsToGatewayStorage: Clients, GatewayStorage, Internet;
    GatewayStorageToClients: GatewayStorage, Clients, Internet;
    ClientsToDistributionPointsIntranet: Clients, DistributionPoints, Intranet;
    DistributionPointsToClientsIntranet: DistributionPoints, Clients, Intranet;
    ClientsToDistributionPointsVpn: Clients, DistributionPoints, Vpn;
    DistributionPointsToClientsVpn: DistributionPoints, Clients, Vpn;
    ClientsToDistributionPointsInternet: Clients, DistributionPoints, Internet;
    DistributionPointsToClientsInternet: DistributionPoints, Clients, Internet;
    ClientsToMicrosoftUpdate: Clients, MicrosoftUpdate, Internet;
    MicrosoftUpdateToClients: MicrosoftUpdate, Clients, Internet;
    RevocationListsToClients: RevocationLists, Clients, Internet;
    PeersToClientsIntranet: Peers, Clients, Intranet;
    PeersToClientsVpn: Peers, Clients, Vpn;
    PeersToClientsInternet: Peers, Clients, Internet;
}

/// Flow of responses, by flow of requests.
static RESPONSES: [Flow; Flow::COUNT] = responses();

/// Flows between clients and another place: `[place][network]`.
type OfClients = [[Option<Flow>; Via::ALL.len()]; Place::ALL.len()];

static FROM_CLIENTS: OfClients = of_clients(true);
static TO_CLIENTS: OfClients = of_clients(false);

const fn responses() -> [Flow; Flow::COUNT] {
    let mut all = Flow::ALL;
    let mut index = 0;
    while index < Flow::COUNT {
        let flow = Flow::ALL[index];
        if let Some(back) = Flow::between(flow.to(), flow.from(), flow.via()) {
            all[index] = back;
        }
        index += 1;
    }
    all
}

const fn of_clients(are_senders: bool) -> OfClients {
    let mut all = [[None; Via::ALL.len()]; Place::ALL.len()];
    let mut index = 0;
    while index < Flow::COUNT {
        let flow = Flow::ALL[index];
        let (clients, other) =
            if are_senders { (flow.from(), flow.to()) } else { (flow.to(), flow.from()) };
        if matches!(clients, Place::Clients) {
            all[other as usize][flow.via() as usize] = Some(flow);
        }
        index += 1;
    }
    all
}

impl Flow {
    /// Number of flows.
    pub const COUNT: usize = Flow::ALL.len();

    /// Returns the flow between two places; `None` if there is no such flow.
    pub const fn between(from: Place, to: Place, via: Via) -> Option<Flow> {
        let mut index = 0;
        while index < Flow::COUNT {
            let flow = Flow::ALL[index];
            let is_found = flow.from() as u8 == from as u8
                && flow.to() as u8 == to as u8
                && flow.via() as u8 == via as u8;
            if is_found {
                return Some(flow);
            }
            index += 1;
        }
        None
    }

    /// Returns the flow from clients to a place; `None` if there is no such flow.
    #[inline]
    pub fn from_clients(to: Place, via: Via) -> Option<Flow> {
        FROM_CLIENTS[to as usize][via as usize]
    }

    /// Returns the flow from a place to clients; `None` if there is no such flow.
    #[inline]
    pub fn to_clients(from: Place, via: Via) -> Option<Flow> {
        TO_CLIENTS[from as usize][via as usize]
    }

    /// Returns the flow of the responses to requests of this flow. A flow without responses returns
    /// itself.
    #[inline]
    pub fn response(self) -> Flow {
        RESPONSES[self as usize]
    }

    /// Returns whether gateways, their storage or connection points send or receive the bytes.
    pub const fn is_of_gateways(self) -> bool {
        use Place::{ConnectionPoints, GatewayStorage, Gateways};
        matches!(self.from(), Gateways | GatewayStorage | ConnectionPoints)
            || matches!(self.to(), Gateways | GatewayStorage | ConnectionPoints)
    }

    /// Returns the network total that contains the flow. Bytes between peers are in no total,
    /// because they stay within the local network of the peers.
    pub const fn total(self) -> Option<NetworkTotal> {
        let direction = match (self.from(), self.to()) {
            (Place::Peers, _) => return None,
            (Place::Gateways, Place::ConnectionPoints) | (_, Place::Clients) => Direction::Down,
            (Place::ConnectionPoints, Place::Gateways) | (Place::Clients, _) => Direction::Up,
            _ => return None,
        };
        Some(NetworkTotal { via: self.via(), direction })
    }
}

/// All flows over one network in one direction: between clients and other places, or between Azure
/// and sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkTotal {
    /// Network.
    pub via: Via,
    /// Direction.
    pub direction: Direction,
}

impl NetworkTotal {
    /// Number of totals.
    pub const COUNT: usize = Via::ALL.len() * Direction::ALL.len();

    /// Returns all totals, in order of their indices.
    pub fn all() -> impl Iterator<Item = NetworkTotal> {
        let directions = |via| Direction::ALL.into_iter().map(move |direction| (via, direction));
        let all = Via::ALL.into_iter().flat_map(directions);
        all.map(|(via, direction)| NetworkTotal { via, direction })
    }

    /// Returns the index of the total.
    pub const fn index(self) -> usize {
        self.via as usize * Direction::ALL.len() + self.direction as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flow_is_found_by_its_ends() {
        for (index, flow) in Flow::ALL.into_iter().enumerate() {
            assert_eq!(flow as usize, index);
            assert_eq!(Flow::between(flow.from(), flow.to(), flow.via()), Some(flow));
            if flow.from() == Place::Clients {
                assert_eq!(Flow::from_clients(flow.to(), flow.via()), Some(flow));
                let back = flow.response();
                assert_eq!((back.from(), back.to()), (flow.to(), Place::Clients), "{flow:?}");
                assert_eq!((back.via(), back.response()), (flow.via(), flow));
            }
            if flow.to() == Place::Clients {
                assert_eq!(Flow::to_clients(flow.from(), flow.via()), Some(flow));
            }
        }
        assert_eq!(Flow::from_clients(Place::Gateways, Via::Vpn), None);
        assert_eq!(Flow::PeersToClientsVpn.response(), Flow::PeersToClientsVpn);
    }

    #[test]
    fn totals_contain_each_flow_of_clients_except_peers() {
        for flow in Flow::ALL {
            let of_clients = [flow.from(), flow.to()].contains(&Place::Clients);
            let is_counted = flow.via() == Via::AzureToSite || of_clients;
            assert_eq!(flow.total().is_some(), is_counted && flow.from() != Place::Peers);
        }
        assert!(NetworkTotal::all().enumerate().all(|(index, total)| total.index() == index));
        assert_eq!(NetworkTotal::all().count(), NetworkTotal::COUNT);
        let down = Flow::GatewaysToConnectionPoints.total().map(|total| total.direction);
        assert_eq!(down, Some(Direction::Down));
    }
}
