//! Purposes of deployments, and the steps in which clients process them.

use super::named::named_enum;

named_enum! {
    /// Whether a deployment is mandatory.
    #[derive(Default)]
    DeploymentPurpose {
        /// Every targeted client installs the deployment.
        #[default]
        Required: "required";
        /// Users decide whether to install the deployment.
        Available: "available";
    }
}

named_enum! {
    /// The step that a client has reached in a deployment that the client has not completed.
    #[derive(Default)]
    DeploymentStep {
        /// The client does not have the policy yet.
        #[default]
        Policy: "policy";
        /// The client waits before the scan, or before the next scan after a failed one.
        ScanDelay: "scan delay";
        /// The client scans for software updates.
        Scan: "scan";
        /// The client requests the location of the content, or waits to do so.
        ContentLocation: "content location";
        /// The client asks a gateway for access to the content.
        ContentAccess: "content access";
        /// The client downloads the content.
        Download: "download";
        /// The client has the content. It waits for the deadline and the random delay after it, or
        /// installs.
        Installation: "installation";
    }
}
