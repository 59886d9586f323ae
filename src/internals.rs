//! Internal items for tests and benchmarks. They are not part of the public API and change without
//! notice.

pub use cmgsim_core::{base, engine, model, terms};

/// Re-exports from `analysis`.
pub mod analysis {
    /// Re-exports from `analysis::interval`.
    pub mod interval {
        pub use crate::analysis::interval::{interval, paired, t_quantile, welch};
    }
}

/// Re-exports from `catalogue`.
pub mod catalogue {
    pub use crate::catalogue::{Catalogue, Parameter, Provenance};
}

/// Re-exports from `experiment`.
pub mod experiment {
    pub use crate::experiment::{Follow, Observed, Study, run, run_replications};

    /// Re-exports from `experiment::estimate`.
    pub mod estimate {
        pub use crate::experiment::estimate::{EVENTS_ERROR, Estimate, estimate};
    }
}

/// Re-exports from `report`.
pub mod report {
    /// Re-exports from `report::advice`.
    pub mod advice {
        pub use crate::report::advice::advice;
    }

    /// Re-exports from `report::format`.
    pub mod format {
        pub use crate::report::format::seconds;
    }

    /// Re-exports from `report::html`.
    pub mod html {
        pub use crate::report::html::{StoredRun, one};
    }

    /// Re-exports from `report::results_reference`.
    pub mod results_reference {
        pub use crate::report::results_reference::page;
    }

    /// Re-exports from `report::summary`.
    pub mod summary {
        pub use crate::report::summary::{brief, details};
    }
}

/// Re-exports from `results`.
pub mod results {
    pub use crate::results::{Column, KindGroup};

    /// Re-exports from `results::csv`.
    pub mod csv {
        pub use crate::results::csv::to_bytes;
    }

    /// Re-exports from `results::json`.
    pub mod json {
        pub use crate::results::json::{summary, summary_schema};
    }

    /// Re-exports from `results::parquet`.
    #[cfg(feature = "parquet")]
    pub mod parquet {
        pub use crate::results::parquet::to_bytes;
    }

    /// Re-exports from `results::read`.
    pub mod read {
        pub use crate::results::read::{FILES, Files, ReadError, run};
    }

    /// Re-exports from `results::table`.
    pub mod table {
        pub use crate::results::table::{Cell, Kind, Table};
    }

    /// Re-exports from `results::tables`.
    pub mod tables {
        pub use crate::results::tables::all;

        /// Re-exports from `results::tables::run`.
        pub mod run {
            pub use crate::results::tables::run::{
                checks, cost, deployments, flows, latency, latency_distribution, stations,
                time_series,
            };
        }
    }
}

/// Re-exports from `scenario`.
pub mod scenario {
    pub use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    /// Re-exports from `scenario::preset`.
    pub mod preset {
        pub use crate::scenario::preset::{ALL, text};
    }

    /// Re-exports from `scenario::schema`.
    pub mod schema {
        pub use crate::scenario::schema::json_schema;
    }

    /// Re-exports from `scenario::starter`.
    pub mod starter {
        pub use crate::scenario::starter::{Answers, full, short};
    }
}

/// Re-exports from `study`.
pub mod study {
    /// Re-exports from `study::baseline`.
    pub mod baseline {
        /// Re-exports from `study::baseline::reference`.
        pub mod reference {
            pub use crate::study::baseline::reference::{SERVERS, distributions, queue};
        }
    }

    /// Re-exports from `study::sweep`.
    pub mod sweep {
        /// Re-exports from `study::sweep::journal`.
        pub mod journal {
            pub use crate::study::sweep::journal::{Journal, header};
        }
    }

    /// Re-exports from `study::validation`.
    pub mod validation {
        pub use crate::study::validation::SCENARIOS;
    }
}

/// Re-exports from `trace`.
pub mod trace {
    pub use crate::trace::{LogWanted, Value, Wanted};

    /// Re-exports from `trace::perfetto`.
    pub mod perfetto {
        pub use crate::trace::perfetto::{Group, Span, Track, trace_event_json};
    }
}
