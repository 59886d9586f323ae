//! Typed identifiers, one type per kind of entity, and vectors indexed by them.

use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// An identifier of one kind of entity.
pub trait Id: Copy + Eq {
    /// Returns the identifier of the entity at `index`. The caller ensures that `index` fits the
    /// representation; the scenario limits guarantee it.
    fn from_index(index: usize) -> Self;
    /// Returns the position of the entity in its vector.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($repr:ty)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $repr);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                debug_assert!(index <= <$repr>::MAX as usize);
                $name(index as $repr)
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

ids! {
    /// Identifier of a client, unique across all cohorts.
    ClientId(u32),
    /// Identifier of a cohort, a group of clients with the same settings.
    CohortId(u16),
    /// Identifier of a cloud management gateway.
    GatewayId(u16),
    /// Identifier of a VM instance, unique across all gateways.
    InstanceId(u16),
    /// Identifier of a CMG connection point.
    ConnectionPointId(u16),
    /// Identifier of a primary site.
    SiteId(u16),
    /// Identifier of a site system that serves requests: a management point or a software update
    /// point.
    SiteSystemId(u16),
    /// Identifier of a distribution point.
    DistributionPointId(u16),
    /// Identifier of a shared line: a WAN or internet line, or the connection of a VPN.
    LineId(u16),
    /// Identifier of a VPN.
    VpnId(u16),
    /// Identifier of a boundary group that is associated with a gateway.
    BoundaryGroupId(u16),
    /// Identifier of a deployment.
    DeploymentId(u16),
    /// Identifier of a client notification.
    NotificationId(u16),
    /// Identifier of a station, unique across all components.
    StationId(u16),
    /// Identifier of an open source of requests.
    SourceId(u16),
    /// Identifier of the origin of a request: cohorts come first, then open sources.
    OriginId(u32),
    /// Identifier of a disruption in the scenario.
    DisruptionId(u16),
    /// Identifier of an attempt at a request. It is reused after the work of the attempt has left
    /// every station.
    AttemptId(u32),
}

/// Identifier of a request of a client or an open source, valid from the first attempt to the
/// outcome and then reused. The stored value starts at 1, so that an `Option<RequestId>` in each
/// client needs no extra memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(NonZeroU32);

impl Id for RequestId {
    fn from_index(index: usize) -> Self {
        debug_assert!(index < u32::MAX as usize);
        RequestId(NonZeroU32::MIN.saturating_add(index as u32))
    }
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A vector indexed by one kind of identifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub struct IdVec<I, T> {
    items: Vec<T>,
    kind: PhantomData<fn(I)>,
}

impl<I: Id, T> IdVec<I, T> {
    /// Creates an empty vector.
    pub const fn new() -> Self {
        IdVec { items: Vec::new(), kind: PhantomData }
    }

    /// Appends an entity and returns its identifier.
    pub fn push(&mut self, item: T) -> I {
        self.items.push(item);
        I::from_index(self.items.len() - 1)
    }

    /// Returns the number of entities.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether the vector is empty.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the entity with this identifier; `None` if it does not exist.
    pub fn get(&self, id: I) -> Option<&T> {
        self.items.get(id.index())
    }

    /// Iterates over all identifiers in order. The iterator borrows nothing, so the caller can
    /// change entities during the iteration.
    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.items.len()).map(I::from_index)
    }

    /// Iterates over the entities in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// Iterates over mutable references to the entities in order.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Iterates over pairs of identifier and entity in order.
    pub fn entries(&self) -> impl Iterator<Item = (I, &T)> {
        self.items.iter().enumerate().map(|(index, item)| (I::from_index(index), item))
    }
}

impl<I: Id, T> Default for IdVec<I, T> {
    fn default() -> Self {
        IdVec::new()
    }
}

impl<I: Id, T> From<Vec<T>> for IdVec<I, T> {
    fn from(items: Vec<T>) -> Self {
        IdVec { items, kind: PhantomData }
    }
}

impl<I: Id, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<S: IntoIterator<Item = T>>(items: S) -> Self {
        Vec::from_iter(items).into()
    }
}

impl<I: Id, T> Index<I> for IdVec<I, T> {
    type Output = T;
    fn index(&self, id: I) -> &T {
        &self.items[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IdVec<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.items[id.index()]
    }
}
