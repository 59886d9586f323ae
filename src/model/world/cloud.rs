//! The gateways and their VM instances.

use crate::base::IdVec;
use crate::base::ids::{GatewayId, InstanceId};
use crate::model::gateway::{Gateway, Instance};

/// All gateways, and the instances of all of them.
#[derive(Debug, Default)]
pub(super) struct Cloud {
    pub(super) gateways: IdVec<GatewayId, Gateway>,
    pub(super) instances: IdVec<InstanceId, Instance>,
}
