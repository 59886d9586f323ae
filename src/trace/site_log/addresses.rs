//! Addresses in simulated logs. They are private, distinct, and depend only on the number of the
//! component or the client.
//!
//! | what | addresses |
//! |---|---|
//! | site systems | 192.168.0.1 to 192.168.255.254 |
//! | connection points | 10.0.0.1 to 10.0.127.255 |
//! | open sources that send to a site system directly | 10.0.128.0 to 10.0.255.255 |
//! | clients that send to a site system directly | 10.1.0.0 to 10.255.255.255 |
//!
//! Numbers beyond the end of a range continue at its start, so that more than 16,711,680 clients
//! share addresses.

use std::net::Ipv4Addr;

use crate::base::Id;
use crate::base::ids::{ConnectionPointId, SiteSystemId};
use crate::model::request::Origin;

/// An address range: the first address and the number of addresses.
type Range = (u32, u32);

const SYSTEMS: Range = (0xc0a8_0001, 0xfffe);
const POINTS: Range = (0x0a00_0001, 0x7fff);
const SOURCES: Range = (0x0a00_8000, 0x8000);
const CLIENTS: Range = (0x0a01_0000, 0x00ff_0000);

/// Returns the address of a site system.
pub(super) fn of_system(id: SiteSystemId) -> Ipv4Addr {
    nth(SYSTEMS, id.index())
}

/// Returns the address that the log shows for a request: the connection point, if the request
/// passed one, otherwise the client or the open source.
pub(super) fn of_origin(point: Option<ConnectionPointId>, origin: Origin) -> Ipv4Addr {
    match (point, origin) {
        (Some(point), _) => nth(POINTS, point.index()),
        (None, Origin::Client(client)) => nth(CLIENTS, client.index()),
        (None, Origin::Source(source)) => nth(SOURCES, source.index()),
    }
}

fn nth((first, count): Range, index: usize) -> Ipv4Addr {
    // The remainder is less than `count`, so it fits.
    Ipv4Addr::from_bits(first + (index % count as usize) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{ClientId, SourceId};

    #[test]
    fn addresses_are_private_and_distinct() {
        let client = |id| of_origin(None, Origin::Client(ClientId(id)));
        assert_eq!(client(0).to_string(), "10.1.0.0");
        assert_eq!(client(16_711_679).to_string(), "10.255.255.255");
        assert_eq!(client(16_711_680), client(0));
        let point = of_origin(Some(ConnectionPointId(0)), Origin::Client(ClientId(5)));
        assert_eq!(point.to_string(), "10.0.0.1");
        let source = of_origin(None, Origin::Source(SourceId(1)));
        assert_eq!(source.to_string(), "10.0.128.1");
        assert_eq!(of_system(SiteSystemId(255)).to_string(), "192.168.1.0");
        for address in [client(0), client(16_711_679), point, source, of_system(SiteSystemId(9))] {
            assert!(address.is_private());
        }
    }
}
