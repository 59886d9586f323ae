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
//! let limits = cmgsim::published_limits();
//! let result = experiment::run(&scenario.config, &ScenarioInfo::default(), &limits, &())
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
//! | [`report`] | from results to tables and pictures |
//! | [`experiment`] | runs models |
//! | [`cli`] | verbs, streams, exit codes |

pub mod catalogue;
pub mod cli;
pub mod experiment;
pub mod report;
pub mod results;
pub mod scenario;

#[doc(inline)]
pub use cmgsim_core::{base, engine, model};

use catalogue::{Catalogue, Provenance};
use experiment::checks::{Published, PublishedLimits};

/// The published numbers of the catalogue that every run is compared with.
pub fn published_limits() -> PublishedLimits {
    let catalogue = Catalogue::builtin();
    let published = |path: &str| {
        let (figure, source) = catalogue.limit(path);
        Published { figure, source: source.to_owned() }
    };
    let is_published = |row: &&catalogue::Parameter| row.provenance == Provenance::Published;
    let sizes = catalogue.parameters().iter().filter(is_published).filter_map(|row| {
        let size = row.path.strip_prefix("size.")?.strip_suffix(".connection_limit")?;
        Some((size.to_owned(), published(&row.path)))
    });
    PublishedLimits {
        connections: sizes.collect(),
        instances_per_connection_point: published("limit.instances_per_connection_point"),
        ports: published("limit.ports"),
        clients_per_management_point: published("limit.clients_per_management_point"),
        clients_per_site: published("limit.clients_per_site"),
        management_points_per_site: published("limit.management_points_per_site"),
        recommended: published("limit.recommended"),
        clients_per_shared_update_point: published("limit.clients_per_shared_update_point"),
        clients_per_update_point: published("limit.clients_per_update_point"),
        clients_per_distribution_point: published("limit.clients_per_distribution_point"),
        clients_per_hierarchy: published("limit.clients_per_hierarchy"),
        requests_per_second_for_a_file: published("limit.requests_per_second_for_a_file"),
        outbound_critical_percent: published("limit.outbound_critical_percent"),
        egress_per_client_megabytes: published("limit.egress_per_client_megabytes"),
    }
}
