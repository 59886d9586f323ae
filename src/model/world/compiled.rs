//! The event loop, compiled in this package for each recorder.
//!
//! The compiler instantiates a generic function in the package that calls it, with the optimisation
//! level of that package. The functions of the event loop, and everything that they call, are
//! therefore instantiated here.

use super::World;
use crate::model::config::Config;
use crate::model::recorder::{NoRecorder, Recorder, Statistics};
use crate::model::recording::Recording;

/// A recorder whose world is compiled in this package. Callers use the methods of [`World`] with
/// the same names.
pub trait Compiled: Sized {
    /// Builds a world at time zero; see [`World::build`].
    fn build<'c>(
        config: &'c Config,
        replication: u32,
        recorder: Self,
        should_continue: &mut dyn FnMut(u64) -> bool,
    ) -> Option<World<'c, Self>>;

    /// Simulates a budget of work; see [`World::run_events`].
    fn run_events(world: &mut World<'_, Self>, budget: u64) -> bool;

    /// Ends the last bin and minute; see [`World::finish`].
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

/// Public entry points to the functions compiled for each recorder.
impl<'c, R: Recorder> World<'c, R> {
    /// Creates the world of a replication at time zero.
    pub fn new(config: &'c Config, replication: u32, recorder: R) -> Self {
        World::build(config, replication, recorder, &mut |_| true)
            .expect("the callback never stops the build")
    }

    /// Creates a world like [`World::new`], but regularly calls `should_continue` with the memory
    /// used so far, because building a large population takes time. Returns `None` if
    /// `should_continue` returns false.
    pub fn build(
        config: &'c Config,
        replication: u32,
        recorder: R,
        should_continue: &mut dyn FnMut(u64) -> bool,
    ) -> Option<Self> {
        R::build(config, replication, recorder, should_continue)
    }

    /// Simulates until `budget` units of work are done. Units of work are events, requests that
    /// events issue, and searches through a fixed number of clients. Returns true if the end of the
    /// scenario is reached.
    pub fn run_events(&mut self, budget: u64) -> bool {
        R::run_events(self, budget)
    }

    /// Ends the last bin and the last minute, even if they are incomplete. Call this function once,
    /// when the simulation has stopped.
    pub fn finish(&mut self) {
        R::finish(self);
    }
}
