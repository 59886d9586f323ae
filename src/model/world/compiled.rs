//! The event loop, compiled here for each recorder.
//!
//! A generic function is compiled in the package that calls it, with that package's optimisation.
//! These are compiled in this one, and everything that they call with them.

use super::World;
use crate::model::config::Config;
use crate::model::follow::Follower;
use crate::model::recorder::{Nothing, Statistics};

/// A recorder whose world is compiled in this package. Methods of [`World`] with the same purpose
/// are the way to call these.
pub trait Compiled: Sized {
    /// Builds a world at time zero: [`World::build`].
    fn build<'c>(
        config: &'c Config,
        replication: u32,
        recorder: Self,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Option<World<'c, Self>>;

    /// Simulates a budget of work: [`World::run_events`].
    fn run_events(world: &mut World<'_, Self>, budget: u64) -> bool;

    /// Ends the last bin and minute: [`World::finish`].
    fn finish(world: &mut World<'_, Self>);
}

macro_rules! compiled {
    ($($recorder:ty),*) => {$(
        impl Compiled for $recorder {
            #[inline(never)]
            fn build<'c>(
                config: &'c Config,
                replication: u32,
                recorder: Self,
                go_on: &mut dyn FnMut(u64) -> bool,
            ) -> Option<World<'c, Self>> {
                World::build_here(config, replication, recorder, go_on)
            }

            #[inline(never)]
            fn run_events(world: &mut World<'_, Self>, budget: u64) -> bool {
                world.run_events_here(budget)
            }

            #[inline(never)]
            fn finish(world: &mut World<'_, Self>) {
                world.finish_here();
            }
        }
    )*};
}

compiled!(Nothing, Statistics, Follower);
