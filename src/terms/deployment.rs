//! Deployments: what they are for, and what their clients do one after the other.

use super::named::named_enum;

named_enum! {
    /// Whether clients must install a deployment, or their users may.
    #[derive(Default)]
    DeploymentPurpose {
        /// Every client installs it.
        #[default]
        Required: "required";
        /// Users choose it.
        Available: "available";
    }
}

named_enum! {
    /// What a client that is not done yet is at.
    #[derive(Default)]
    DeploymentStep {
        /// It does not have the policy.
        #[default]
        Policy: "policy";
        /// Its scan has not begun: the deployment's delay, or the pause after a scan that failed.
        ScanDelay: "scan delay";
        /// It scans.
        Scan: "scan";
        /// It will ask, or asks, where the content is.
        ContentLocation: "content location";
        /// It asks a gateway for access to the content.
        ContentAccess: "content access";
        /// It downloads.
        Download: "download";
        /// It has the content: the deadline and its delay, and installing itself.
        Installation: "installation";
    }
}
