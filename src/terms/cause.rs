//! Why attempts fail.

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// The load balancer knew no healthy instance.
    NoInstance,
    /// The instance the connection went to did not answer.
    ConnectTimeout,
    /// The instance had no connected connection point.
    NoConnectionPoint,
    /// The connection point had no free port.
    NoPort,
    /// A queue was full.
    QueueFull,
    /// The server dropped it after its queue time-out.
    QueueTimeout,
    /// Its instance or connection point went away.
    Reset,
    /// The client moved to another network.
    Moved,
    /// The client waited too long.
    Timeout,
    /// The site system answered with an error.
    ServerError,
    /// The site system is away.
    ServerDown,
    /// No site system of the role serves the client where it is.
    NoServer,
    /// The gateway does not accept the client's token.
    Unauthorised,
    /// No source has the content for the client where it is.
    NoContent,
    /// The client could not fetch the revocation list of the server's certificate.
    NoRevocationList,
    /// The gateway could not fetch the revocation list of the client's certificate.
    ClientCertificate,
    /// The server certificate of the gateway has expired.
    ServerCertificate,
    /// The management point could not ask the identity provider about the client's token.
    IdentityProvider,
}

impl Cause {
    /// Every cause, in order.
    pub const ALL: [Cause; 18] = [
        Cause::NoInstance,
        Cause::ConnectTimeout,
        Cause::NoConnectionPoint,
        Cause::NoPort,
        Cause::QueueFull,
        Cause::QueueTimeout,
        Cause::Reset,
        Cause::Moved,
        Cause::Timeout,
        Cause::ServerError,
        Cause::ServerDown,
        Cause::NoServer,
        Cause::Unauthorised,
        Cause::NoContent,
        Cause::NoRevocationList,
        Cause::ClientCertificate,
        Cause::ServerCertificate,
        Cause::IdentityProvider,
    ];

    /// Name in results, and what it means.
    pub const fn describe(self) -> (&'static str, &'static str) {
        match self {
            Cause::NoInstance => ("no_instance", "the load balancer knew no healthy instance"),
            Cause::ConnectTimeout => {
                ("connect_timeout", "sent to a dead instance before the probes noticed")
            }
            Cause::NoConnectionPoint => {
                ("no_connection_point", "no connection point connected to the instance")
            }
            Cause::NoPort => ("no_free_port", "no free TCP port on the connection point"),
            Cause::QueueFull => ("queue_full", "a server's queue was full (503)"),
            Cause::QueueTimeout => ("queue_timeout", "dropped from a server's queue"),
            Cause::Reset => ("reset", "its instance or connection point went away"),
            Cause::Moved => ("moved", "the client moved to another network"),
            Cause::Timeout => ("timeout", "no answer within the client's time-out"),
            Cause::ServerError => ("server_error", "the site system answered with an error"),
            Cause::ServerDown => ("server_down", "the site system was away"),
            Cause::NoServer => ("no_server", "no site system of the role serves the client there"),
            Cause::Unauthorised => ("unauthorised", "the gateway did not accept the token (401)"),
            Cause::NoContent => ("no_content", "no source had the content for the client there"),
            Cause::NoRevocationList => (
                "no_revocation_list",
                "the client could not reach the revocation list of the server's certificate (0x2f8f)",
            ),
            Cause::ClientCertificate => (
                "client_certificate",
                "the gateway could not reach the revocation list of client certificates (403.13)",
            ),
            Cause::ServerCertificate => {
                ("server_certificate", "the gateway's server certificate had expired")
            }
            Cause::IdentityProvider => {
                ("identity_provider", "the management point could not reach the identity provider")
            }
        }
    }
}
