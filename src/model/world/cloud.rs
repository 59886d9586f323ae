//! The gateways and their VM instances.

use crate::base::ids::{GatewayId, InstanceId};
use crate::base::{IdVec, SimTime};
use crate::model::gateway::{Gateway, Instance};
use crate::model::tallied::Tallied;

/// All gateways and their instances.
#[derive(Debug, Default)]
pub(super) struct Cloud {
    pub(super) gateways: IdVec<GatewayId, Gateway>,
    pub(super) instances: IdVec<InstanceId, Instance>,
}

impl Tallied for Cloud {
    fn reset(&mut self, now: SimTime) {
        let Cloud { gateways, instances } = self;
        gateways.reset(now);
        instances.reset(now);
    }
}
