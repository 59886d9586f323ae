//! The event loop, compiled here for each recorder.
//!
//! A generic function is compiled in the package that calls it, with that package's optimisation.
//! These are compiled in this one, and everything that they call with them.

use super::World;
use crate::model::config::Config;
use crate::model::recorder::{NoRecorder, Recorder, Statistics};
use crate::model::recording::Recording;

/// A recorder whose world is compiled in this package. Methods of [`World`] with the same purpose
/// are the way to call these.
pub trait Compiled: Sized {
    /// Builds a world at time zero: [`World::build`].
    fn build<'c>(
        config: &'c Config,
        replication: u32,
        recorder: Self,
        should_continue: &mut dyn FnMut(u64) -> bool,
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
                should_continue: &mut dyn FnMut(u64) -> bool,
            ) -> Option<World<'c, Self>> {
                World::build_here(config, replication, recorder, should_continue)
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

compiled!(NoRecorder, Statistics, Recording);

/// What is compiled for each recorder is called by these.
impl<'c, R: Recorder> World<'c, R> {
    /// Replication `replication` of a scenario at time zero.
    pub fn new(config: &'c Config, replication: u32, recorder: R) -> Self {
        World::build(config, replication, recorder, &mut |_| true).expect("nobody stops it")
    }

    /// The same, but asks now and then, with the memory taken so far, whether to go on: the clients
    /// of a large population take their time. `None` if not.
    pub fn build(
        config: &'c Config,
        replication: u32,
        recorder: R,
        should_continue: &mut dyn FnMut(u64) -> bool,
    ) -> Option<Self> {
        R::build(config, replication, recorder, should_continue)
    }

    /// Simulates until `budget` of work is done: events, requests issued by them, and clients
    /// looked through. True if the end of the scenario was reached.
    pub fn run_events(&mut self, budget: u64) -> bool {
        R::run_events(self, budget)
    }

    /// Ends the last bin and minute, however short; call once when the simulation has stopped.
    pub fn finish(&mut self) {
        R::finish(self);
    }
}
