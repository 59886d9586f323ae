//! cmgsim: a discrete-event simulator of Configuration Manager's cloud management gateway (CMG) at
//! scale.
//!
//! A scenario file says how many clients roam where, how many VM instances, connection points and
//! management points serve them, and what goes wrong when. It is compiled to a checked
//! [`model::Config`]; a [`model::World`] simulates one replication of it; [`experiment`] runs
//! worlds and folds what they recorded into [`results`]; [`report`] draws tables and charts from
//! results. The program `cmgsim` is [`cli`] and nothing else.
//!
//! ```
//! use cmgsim::experiment;
//! use cmgsim::results::ScenarioInfo;
//! use cmgsim::scenario::{LoadRequest, ScenarioOrigin, load};
//!
//! let origin = ScenarioOrigin::Preset("quickstart".to_owned());
//! let overrides = vec!["cohort.*.clients=100".to_owned(), "duration=\"5h\"".to_owned()];
//! let scenario = load(&LoadRequest { origin, overrides }).expect("it is valid");
//! let result = experiment::run(&scenario.config, &ScenarioInfo::default(), &())
//!     .expect("its books balance");
//! assert_eq!(result.gateways[0].instances, 2);
//! assert!(result.requests.completed > 1_000 && result.latency.p95 < 1.0);
//! ```
//!
//! The rooms, from the ground up; each uses only rooms named before it, and a test checks that:
//!
//! | room | what is in it |
//! |---|---|
//! | [`base`] | time, units, identifiers |
//! | [`engine`] | event calendar, random streams, laws, stations, tallies: queueing |
//! | [`model`] | the CMG world: clients, gateways, connection points, sites, disruptions |
//! | [`catalogue`] | every default with its range and where it comes from |
//! | [`scenario`] | from text to [`model::Config`], with every problem of the text at once |
//! | [`results`] | what a run found, and the files that hold it |
//! | [`trace`] | what happened to single requests, and the log of events |
//! | [`report`] | from results to tables and pictures |
//! | [`experiment`] | runs models |
//! | [`cli`] | verbs, streams, exit codes |

pub mod analysis;
pub mod catalogue;
pub mod cli;
pub mod experiment;
pub mod report;
pub mod results;
pub mod scenario;
pub mod study;
pub mod trace;

#[doc(inline)]
pub use cmgsim_core::{base, engine, model, terms};
