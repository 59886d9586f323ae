//! Typed identifiers, one type per kind of entity, and vectors indexed by them.

use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

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
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// A client; the numbering spans all cohorts.
    ClientId(u32),
    /// A cohort of identical clients.
    CohortId(u16),
    /// A cloud management gateway.
    GatewayId(u16),
    /// A VM instance; the numbering spans all gateways.
    InstanceId(u16),
    /// A CMG connection point.
    ConnectionPointId(u16),
    /// A primary site.
    SiteId(u16),
    /// A site system that serves requests: a management point or a software update point.
    SiteSystemId(u16),
    /// A distribution point.
    DistributionPointId(u16),
    /// A boundary group that is associated with a gateway.
    BoundaryGroupId(u16),
    /// A deployment.
    DeploymentId(u16),
    /// A client notification.
    NotificationId(u16),
    /// A station; the numbering spans all components.
    StationId(u16),
    /// An open source of requests.
    SourceId(u16),
    /// The origin of a request: cohorts first, then open sources.
    OriginId(u32),
    /// A disruption of the scenario.
    DisruptionId(u16),
    /// One attempt at a request. It exists until its work has left every station; then its number
    /// is reused.
    AttemptId(u32),
}

/// A request of a client or source, from the first attempt to the outcome. Numbers are reused. The
/// stored value starts at 1, so that an `Option<RequestId>` in each client needs no extra memory.
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
#[derive(Clone, Debug, PartialEq)]
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

    /// Iterates over all identifiers in order. The iterator borrows nothing, so entities can be
    /// changed during the iteration.
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
