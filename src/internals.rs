//! Internal items for tests and benchmarks. No part of the public API: they change without notice.

pub use cmgsim_core::{base, engine, model, terms};

/// Of `analysis`.
pub mod analysis {
    /// Of `analysis::interval`.
    pub mod interval {
        pub use crate::analysis::interval::{interval, paired, t_quantile, welch};
    }
}

/// Of `catalogue`.
pub mod catalogue {
    pub use crate::catalogue::{Catalogue, Parameter, Provenance};
}

/// Of `experiment`.
pub mod experiment {
    pub use crate::experiment::{Follow, Observed, Study, run, run_replications};

    /// Of `experiment::estimate`.
    pub mod estimate {
        pub use crate::experiment::estimate::{EVENTS_ERROR, Estimate, estimate};
    }
}

/// Of `report`.
pub mod report {
    /// Of `report::advice`.
    pub mod advice {
        pub use crate::report::advice::advice;
    }

    /// Of `report::format`.
    pub mod format {
        pub use crate::report::format::seconds;
    }

    /// Of `report::html`.
    pub mod html {
        pub use crate::report::html::{StoredRun, one};
    }

    /// Of `report::results_reference`.
    pub mod results_reference {
        pub use crate::report::results_reference::page;
    }

    /// Of `report::summary`.
    pub mod summary {
        pub use crate::report::summary::{brief, details};
    }
}

/// Of `results`.
pub mod results {
    pub use crate::results::{Column, KindGroup};

    /// Of `results::csv`.
    pub mod csv {
        pub use crate::results::csv::to_bytes;
    }

    /// Of `results::json`.
    pub mod json {
        pub use crate::results::json::{summary, summary_schema};
    }

    /// Of `results::parquet`.
    #[cfg(feature = "parquet")]
    pub mod parquet {
        pub use crate::results::parquet::to_bytes;
    }

    /// Of `results::read`.
    pub mod read {
        pub use crate::results::read::{FILES, Files, ReadError, run};
    }

    /// Of `results::table`.
    pub mod table {
        pub use crate::results::table::{Cell, Kind, Table};
    }

    /// Of `results::tables`.
    pub mod tables {
        pub use crate::results::tables::all;

        /// Of `results::tables::run`.
        pub mod run {
            pub use crate::results::tables::run::{
                checks, cost, deployments, flows, latency, latency_distribution, stations,
                time_series,
            };
        }
    }
}

/// Of `scenario`.
pub mod scenario {
    pub use crate::scenario::{LoadRequest, ScenarioOrigin, load};

    /// Of `scenario::preset`.
    pub mod preset {
        pub use crate::scenario::preset::{ALL, text};
    }

    /// Of `scenario::schema`.
    pub mod schema {
        pub use crate::scenario::schema::json_schema;
    }

    /// Of `scenario::starter`.
    pub mod starter {
        pub use crate::scenario::starter::{Answers, full, short};
    }
}

/// Of `study`.
pub mod study {
    /// Of `study::baseline`.
    pub mod baseline {
        /// Of `study::baseline::reference`.
        pub mod reference {
            pub use crate::study::baseline::reference::{SERVERS, distributions, queue};
        }
    }

    /// Of `study::sweep`.
    pub mod sweep {
        /// Of `study::sweep::journal`.
        pub mod journal {
            pub use crate::study::sweep::journal::{Journal, header};
        }
    }

    /// Of `study::validation`.
    pub mod validation {
        pub use crate::study::validation::SCENARIOS;
    }
}

/// Of `trace`.
pub mod trace {
    pub use crate::trace::{LogWanted, Value, Wanted};

    /// Of `trace::perfetto`.
    pub mod perfetto {
        pub use crate::trace::perfetto::{Group, Span, Track, trace_event_json};
    }
}
