//! The HTTP requests of Configuration Manager clients: how each request kind appears in the IIS log
//! of a site system. This is the only place that maps kinds to methods, paths and ports.
//!
//! Published sources (Microsoft SupportArticles-docs, if no other):
//!
//! * `CCM_POST /ccm_system/request` with the user agent `ccmhttp`, for a state message: "Track
//!   software update compliance assessment" (12/05/2023). Task sequences send it before they
//!   download policy: "Understand PXE boot in Configuration Manager" (12/05/2023).
//! * `/SMS_MP/.sms_pol?{ID}.SHA256:...` for a policy body, and `/SMS_DP_SMSPKG$/...` for content:
//!   "Using log files to track the software update deployment process" (05/25/2020).
//! * `GET /CCM_STS` for an access token: azure-ccmsetup.md (10/07/2020).
//! * `POST /ClientWebService/Client.asmx` on port 8530, and the user agent `Windows-Update-Agent`
//!   (of reports): IIS log in "Unable to connect to WSUS Administration Website" (12/26/2023).
//! * `ccm_system`, `sms_mp`, `CCM_STS` and `BGB` as endpoints of a management point:
//!   security-and-privacy-for-cloud-management-gateway.md (04/06/2022).
//! * Ports 80 and 443 of a management point, 8530 and 8531 of a software update point:
//!   data-flow.md (04/08/2022).
//!
//! Assumed, because no published log shows them: the requests of all other kinds, all queries
//! except that of a policy body, the path `/bgb/handler.ashx`, and the user agents of the requests
//! above for other kinds. One request of the model is one row, although a real update scan sends
//! about 15 requests, and a real client may send large reports with BITS.

use crate::terms::{RequestKind, Role};

/// A request as the IIS log of a site system shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRequest {
    /// HTTP method.
    pub method: &'static str,
    /// Path without the query.
    pub stem: &'static str,
    /// Query without the question mark; `-` without a query.
    pub query: &'static str,
    /// User agent.
    pub user_agent: &'static str,
}

/// User agent of the messaging component of the client.
const CLIENT: &str = "ccmhttp";
/// User agent of update scans.
const UPDATE_AGENT: &str = "Windows-Update-Agent";

impl HttpRequest {
    /// Returns the request that the log shows for a kind.
    pub const fn of_kind(kind: RequestKind) -> HttpRequest {
        let (method, stem, query) = match kind {
            RequestKind::Location => ("GET", "/SMS_MP/.sms_aut", "MPLIST"),
            RequestKind::PolicyBody => (
                "GET",
                "/SMS_MP/.sms_pol",
                "{00000000-0000-4000-8000-000000000001}.SHA256:0000000000000000",
            ),
            RequestKind::TokenRenewal => ("GET", "/CCM_STS", "-"),
            RequestKind::UpdateScan => ("POST", "/ClientWebService/Client.asmx", "-"),
            RequestKind::ChannelOpen => ("POST", "/bgb/handler.ashx", "RequestType=LogIn"),
            RequestKind::KeepAlive => ("POST", "/bgb/handler.ashx", "RequestType=KeepAlive"),
            // Only an open source can send this kind to a site system.
            RequestKind::ContentDownload => ("GET", "/SMS_DP_SMSPKG$/PKG00001.1", "-"),
            RequestKind::PolicyPoll
            | RequestKind::Heartbeat
            | RequestKind::HardwareInventory
            | RequestKind::SoftwareInventory
            | RequestKind::StateMessage
            | RequestKind::Registration
            | RequestKind::StatusMessage
            | RequestKind::ContentLocation
            | RequestKind::ContentAuthorisation => ("CCM_POST", "/ccm_system/request", "-"),
        };
        let user_agent = match kind {
            RequestKind::UpdateScan => UPDATE_AGENT,
            _ => CLIENT,
        };
        HttpRequest { method, stem, query, user_agent }
    }
}

/// Returns the TCP port of a site system for requests with or without TLS.
pub const fn port(role: Role, is_tls: bool) -> u16 {
    match (role, is_tls) {
        (Role::ManagementPoint, false) => 80,
        (Role::ManagementPoint, true) => 443,
        (Role::SoftwareUpdatePoint, false) => 8530,
        (Role::SoftwareUpdatePoint, true) => 8531,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A space in a field would shift the fields after it.
    #[test]
    fn no_field_is_empty_or_contains_a_space() {
        for kind in RequestKind::ALL {
            let HttpRequest { method, stem, query, user_agent } = HttpRequest::of_kind(kind);
            for field in [method, stem, query, user_agent] {
                assert!(!field.is_empty() && field.bytes().all(|one| one.is_ascii_graphic()));
            }
            assert!(stem.starts_with('/'), "{stem}");
        }
    }

    #[test]
    fn scans_are_distinct_from_requests_to_management_points() {
        let scan = HttpRequest::of_kind(RequestKind::UpdateScan);
        for kind in RequestKind::ALL.into_iter().filter(|kind| *kind != RequestKind::UpdateScan) {
            assert_ne!(HttpRequest::of_kind(kind).stem, scan.stem, "{kind}");
        }
    }
}
