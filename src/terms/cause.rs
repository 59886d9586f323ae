//! Why attempts fail.

use super::named::named_enum;

named_enum! {
    /// Why an attempt failed.
    Cause {
        /// The load balancer knew no healthy instance.
        NoInstance: "no_instance", "the load balancer knew no healthy instance";
        /// The instance the connection went to did not answer.
        ConnectTimeout: "connect_timeout", "sent to a dead instance before the probes noticed";
        /// The instance had no connected connection point.
        NoConnectionPoint: "no_connection_point", "no connection point connected to the instance";
        /// The connection point had no free port.
        NoPort: "no_free_port", "no free TCP port on the connection point";
        /// A queue was full.
        QueueFull: "queue_full", "a server's queue was full (503)";
        /// The server dropped it after its queue time-out.
        QueueTimeout: "queue_timeout", "dropped from a server's queue";
        /// Its instance or connection point went away.
        Reset: "reset", "its instance or connection point went away";
        /// The client moved to another network.
        Moved: "moved", "the client moved to another network";
        /// The client waited too long.
        Timeout: "timeout", "no answer within the client's time-out";
        /// The site system answered with an error.
        ServerError: "server_error", "the site system answered with an error";
        /// The site system is away.
        ServerDown: "server_down", "the site system was away";
        /// No site system of the role serves the client where it is.
        NoServer: "no_server", "no site system of the role serves the client there";
        /// The gateway does not accept the client's token.
        Unauthorised: "unauthorised", "the gateway did not accept the token (401)";
        /// No source has the content for the client where it is.
        NoContent: "no_content", "no source had the content for the client there";
        /// The client could not fetch the revocation list of the server's certificate.
        NoRevocationList: "no_revocation_list",
            "the client could not reach the revocation list of the server's certificate (0x2f8f)";
        /// The gateway could not fetch the revocation list of the client's certificate.
        ClientCertificate: "client_certificate",
            "the gateway could not reach the revocation list of client certificates (403.13)";
        /// The server certificate of the gateway has expired.
        ServerCertificate: "server_certificate", "the gateway's server certificate had expired";
        /// The management point could not ask the identity provider about the client's token.
        IdentityProvider: "identity_provider",
            "the management point could not reach the identity provider";
    }
}
