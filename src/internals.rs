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

/// Re-exports from `calibrate`.
pub mod calibrate {
    pub use crate::calibrate::{back_test, estimate, fit};
}

/// Re-exports from `catalogue`.
pub mod catalogue {
    pub use crate::catalogue::{Catalogue, Parameter, Provenance};
}

/// Re-exports from `cli`.
pub mod cli {
    pub use crate::cli::dask::{Connect, ConnectedCluster};
    pub use crate::cli::run_in_package;
    pub use crate::cli::sweep::in_folder::{InFolderError, sweep_in_folder};
}

/// Re-exports from `experiment`.
pub mod experiment {
    pub use crate::experiment::{Follow, Observed, RowSink, Study, run, run_replications};

    /// Re-exports from `experiment::estimate`.
    pub mod estimate {
        pub use crate::experiment::estimate::{EVENTS_ERROR, Estimate, estimate};
    }
}

/// Re-exports from `logs`.
pub mod logs {
    pub use crate::logs::{
        Activity, Class, ClassTally, ClientHour, ClientKey, Distinct, ERRORS_MAX, HOURS_OF_WEEK,
        Histogram, HourTally, Input, InputError, LogReader, NoClients, Progress, RETRY_GAP_MAX_S,
        Retries, Rules, RulesError, SEQUENCE_GAP_S, ServerMinute, ServerObservation, ServerTally,
        Tallies, expand, read_inputs, summarise,
    };

    /// Re-exports from `logs::hold_out`.
    pub mod hold_out {
        pub use crate::logs::hold_out::HoldOut;
    }

    /// Re-exports from `logs::iis`.
    pub mod iis {
        pub use crate::logs::iis::{Day, FieldSet, Row};
    }

    /// Re-exports from `logs::requests`.
    pub mod requests {
        pub use crate::logs::requests::HttpRequest;
    }
}

/// Re-exports from `report`.
pub mod report {
    pub use crate::report::{calibration, comparison, sensitivity, sizing, sweep};

    /// Re-exports from `report::chart`.
    pub mod chart {
        pub use crate::report::chart::{
            AnyDrawing, Axis, AxisUnit, Drawing, Heading, Limit, LineChart, Look, all, both,
            differences, png, svg, sweep, tornado,
        };
    }

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
        pub use crate::report::html::{StoredRun, Study, one, page};
    }

    /// Re-exports from `report::results_reference`.
    pub mod results_reference {
        pub use crate::report::results_reference::page;
    }

    /// Re-exports from `report::summary`.
    pub mod summary {
        pub use crate::report::summary::{brief, details, verdict_alone};
    }
}

/// Re-exports from `results`.
pub mod results {
    pub use crate::results::sweep::as_number;
    pub use crate::results::{Column, KindGroup, calibration};

    /// Re-exports from `results::bill`.
    pub mod bill {
        pub use crate::results::bill::{
            BilledQuantities, BilledRun, BilledTraffic, bill, in_tiers, lines,
        };
    }

    /// Re-exports from `results::metric`.
    pub mod metric {
        pub use crate::results::metric::metrics;
    }

    /// Re-exports from `results::csv`.
    pub mod csv {
        pub use crate::results::csv::to_bytes;
    }

    /// Re-exports from `results::json`.
    pub mod json {
        pub use crate::results::json::{comparison, sizing, summary, summary_schema};
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

    /// Re-exports from `results::store`.
    pub mod store {
        pub use crate::results::store::StoreError;
    }

    /// Re-exports from `results::table`.
    pub mod table {
        pub use crate::results::table::{Cell, Column, Description, Kind, Table};
    }

    /// Re-exports from `results::tables`.
    pub mod tables {
        pub use crate::results::tables::{all, of_run, sensitivity, study, sweep};

        /// Re-exports from `results::tables::run`.
        pub mod run {
            pub use crate::results::tables::run::{
                bill, checks, cost, deployments, flows, latency, latency_distribution, stations,
                time_series,
            };
        }
    }
}

/// Re-exports from `scenario`.
pub mod scenario {
    pub use crate::scenario::{LoadRequest, ScenarioOrigin, load, units};

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
        pub use crate::study::sweep::factor::Factor;
        pub use crate::study::sweep::{Sweep, SweepRequest};

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

    /// Re-exports from `trace::site_log`.
    pub mod site_log {
        pub use crate::trace::site_log::SiteTruth;
    }
}
