//! Causes of failed attempts.

use super::named::named_enum;

named_enum! {
    /// The cause of a failed attempt.
    Cause {
        /// The load balancer had no healthy instance.
        NoInstance: "no_instance", "the load balancer had no healthy instance";
        /// The instance that the load balancer selected did not respond.
        ConnectTimeout: "connect_timeout",
            "sent to a failed instance before the probes detected the failure";
        /// No connection point was connected to the instance.
        NoConnectionPoint: "no_connection_point",
            "no connection point was connected to the instance";
        /// The connection point had no free TCP port.
        NoPort: "no_free_port", "no free TCP port on the connection point";
        /// The queue of a server was full.
        QueueFull: "queue_full", "a server's queue was full (503)";
        /// The server dropped the request after the timeout of its queue.
        QueueTimeout: "queue_timeout", "waited in a server's queue longer than the queue timeout";
        /// The instance or connection point failed during the attempt.
        Reset: "reset", "the instance or connection point failed during the attempt";
        /// The client moved to another network.
        Moved: "moved", "the client moved to another network";
        /// The client received no response within its timeout.
        Timeout: "timeout", "no response within the client's timeout";
        /// The site system returned an error.
        ServerError: "server_error", "the site system returned an error";
        /// The site system was down.
        ServerDown: "server_down", "the site system was down";
        /// No site system of the required role serves the client at its location.
        NoServer: "no_server", "no site system of the role serves the client at its location";
        /// The gateway did not accept the token of the client.
        Unauthorised: "unauthorised", "the gateway did not accept the token (401)";
        /// No source had the content for the client at its location.
        NoContent: "no_content", "no source had the content for the client at its location";
        /// The client could not fetch the revocation list for the server certificate.
        NoRevocationList: "no_revocation_list",
            "the client could not reach the revocation list of the server's certificate (0x2f8f)";
        /// The gateway could not fetch the revocation list for the client certificate.
        ClientCertificate: "client_certificate",
            "the gateway could not reach the revocation list of client certificates (403.13)";
        /// The server certificate of the gateway had expired.
        ServerCertificate: "server_certificate", "the gateway's server certificate had expired";
        /// The management point could not validate the token with the identity provider.
        IdentityProvider: "identity_provider",
            "the management point could not reach the identity provider";
    }
}
