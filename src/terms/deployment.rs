//! Deployments: what they are for, and what their clients do one after the other.

use super::named::serde_by_name;

/// Whether clients must install a deployment, or their users may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeploymentPurpose {
    /// Every client installs it.
    #[default]
    Required,
    /// Users choose it.
    Available,
}

impl DeploymentPurpose {
    /// Both.
    pub const ALL: [DeploymentPurpose; 2] =
        [DeploymentPurpose::Required, DeploymentPurpose::Available];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            DeploymentPurpose::Required => "required",
            DeploymentPurpose::Available => "available",
        }
    }
}

impl std::fmt::Display for DeploymentPurpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

serde_by_name!(DeploymentPurpose);

/// What a client that is not done yet is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum DeploymentStep {
    /// It does not have the policy.
    #[default]
    Policy,
    /// Its scan has not begun: the deployment's delay, or the pause after a scan that failed.
    ScanDelay,
    /// It scans.
    Scan,
    /// It will ask, or asks, where the content is.
    ContentLocation,
    /// It asks a gateway for access to the content.
    ContentAccess,
    /// It downloads.
    Download,
    /// It has the content: the deadline and its delay, and installing itself.
    Installation,
}

impl DeploymentStep {
    /// All of them, in order.
    pub const ALL: [DeploymentStep; 7] = [
        DeploymentStep::Policy,
        DeploymentStep::ScanDelay,
        DeploymentStep::Scan,
        DeploymentStep::ContentLocation,
        DeploymentStep::ContentAccess,
        DeploymentStep::Download,
        DeploymentStep::Installation,
    ];

    /// Its name in files, which never changes.
    pub const fn name(self) -> &'static str {
        match self {
            DeploymentStep::Policy => "policy",
            DeploymentStep::ScanDelay => "scan delay",
            DeploymentStep::Scan => "scan",
            DeploymentStep::ContentLocation => "content location",
            DeploymentStep::ContentAccess => "content access",
            DeploymentStep::Download => "download",
            DeploymentStep::Installation => "installation",
        }
    }

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            DeploymentStep::Policy => "policy",
            DeploymentStep::ScanDelay => "scan delay",
            DeploymentStep::Scan => "scan",
            DeploymentStep::ContentLocation => "content location",
            DeploymentStep::ContentAccess => "content access",
            DeploymentStep::Download => "download",
            DeploymentStep::Installation => "installation",
        }
    }
}

impl std::fmt::Display for DeploymentStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}

serde_by_name!(DeploymentStep);
