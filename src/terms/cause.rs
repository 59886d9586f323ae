//! Why attempts fail.

use super::named::serde_by_name;

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

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::NoInstance => "no_instance",
            Cause::ConnectTimeout => "connect_timeout",
            Cause::NoConnectionPoint => "no_connection_point",
            Cause::NoPort => "no_free_port",
            Cause::QueueFull => "queue_full",
            Cause::QueueTimeout => "queue_timeout",
            Cause::Reset => "reset",
            Cause::Moved => "moved",
            Cause::Timeout => "timeout",
            Cause::ServerError => "server_error",
            Cause::ServerDown => "server_down",
            Cause::NoServer => "no_server",
            Cause::Unauthorised => "unauthorised",
            Cause::NoContent => "no_content",
            Cause::NoRevocationList => "no_revocation_list",
            Cause::ClientCertificate => "client_certificate",
            Cause::ServerCertificate => "server_certificate",
            Cause::IdentityProvider => "identity_provider",
        }
    }

    /// What it means, in a phrase.
    pub const fn meaning(self) -> &'static str {
        match self {
            Cause::NoInstance => "the load balancer knew no healthy instance",
            Cause::ConnectTimeout => "sent to a dead instance before the probes noticed",
            Cause::NoConnectionPoint => "no connection point connected to the instance",
            Cause::NoPort => "no free TCP port on the connection point",
            Cause::QueueFull => "a server's queue was full (503)",
            Cause::QueueTimeout => "dropped from a server's queue",
            Cause::Reset => "its instance or connection point went away",
            Cause::Moved => "the client moved to another network",
            Cause::Timeout => "no answer within the client's time-out",
            Cause::ServerError => "the site system answered with an error",
            Cause::ServerDown => "the site system was away",
            Cause::NoServer => "no site system of the role serves the client there",
            Cause::Unauthorised => "the gateway did not accept the token (401)",
            Cause::NoContent => "no source had the content for the client there",
            Cause::NoRevocationList => {
                "the client could not reach the revocation list of the server's certificate (0x2f8f)"
            }
            Cause::ClientCertificate => {
                "the gateway could not reach the revocation list of client certificates (403.13)"
            }
            Cause::ServerCertificate => "the gateway's server certificate had expired",
            Cause::IdentityProvider => "the management point could not reach the identity provider",
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

serde_by_name!(Cause);
