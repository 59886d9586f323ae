//! Defines the workloads, their sizes, the engines, and the report of a child process.

use serde::{Deserialize, Serialize};

use crate::stopwatch::Elapsed;
use crate::theory;

/// Seed of every engine.
pub const SEED: u64 = 1;

/// Number of servers of the M/M/16 queue.
pub const SERVERS: u32 = 16;
/// Arrivals per second; the mean service time is one second.
pub const ARRIVAL_RATE: f64 = 0.9 * SERVERS as f64;
pub const MEAN_SERVICE_SECONDS: f64 = 1.0;

/// Mean delay of the hold model.
pub const MEAN_HOLD_SECONDS: f64 = 3600.0;

/// Number of clients of the polling model, and their mean think time between two requests.
pub const CLIENTS: u32 = 100_000;
pub const MEAN_THINK_SECONDS: f64 = 600.0;

/// Station on the path of a request of the polling model.
#[derive(Clone, Copy, Debug)]
pub struct StationSize {
    pub servers: u32,
    pub mean_service_seconds: f64,
}

/// Gateway, connection point and management point, in the order of the request path.
pub const STATIONS: [StationSize; 3] = [
    StationSize { servers: 8, mean_service_seconds: 0.030 },
    StationSize { servers: 4, mean_service_seconds: 0.015 },
    StationSize { servers: 32, mean_service_seconds: 0.140 },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Mm16,
    /// Hold model with this many entities.
    Hold(u32),
    Polling,
}

impl Workload {
    pub const ALL: [Workload; 4] =
        [Workload::Mm16, Workload::Hold(100_000), Workload::Hold(1_000_000), Workload::Polling];

    pub fn name(self) -> &'static str {
        match self {
            Workload::Mm16 => "mm16",
            Workload::Hold(100_000) => "hold-1e5",
            Workload::Hold(_) => "hold-1e6",
            Workload::Polling => "polling",
        }
    }

    pub fn from_name(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|workload| workload.name() == name);
        found.ok_or_else(|| format!("{name:?} is not one of {:?}", Self::ALL.map(Self::name)))
    }

    /// Returns the size of a workload for Rust engines: number of customers, number of events, or
    /// seconds of simulated time.
    pub const fn size(self) -> u32 {
        match self {
            Workload::Mm16 => 2_000_000,
            Workload::Hold(_) => 4_000_000,
            Workload::Polling => 6_000,
        }
    }

    /// Returns a smaller size for Python engines, which would need minutes for the full size.
    pub const fn size_in_python(self) -> u32 {
        match self {
            Workload::Mm16 => 100_000,
            Workload::Hold(_) => 200_000,
            // In 600 simulated seconds, starting the client processes takes only a small part of
            // the time.
            Workload::Polling => 600,
        }
    }

    /// Returns the theoretical check value.
    pub fn expected(self) -> f64 {
        match self {
            Workload::Mm16 => theory::mean_wait(SERVERS, ARRIVAL_RATE, MEAN_SERVICE_SECONDS),
            Workload::Hold(_) => 1.0,
            Workload::Polling => {
                theory::mean_response(f64::from(CLIENTS), MEAN_THINK_SECONDS, &STATIONS)
            }
        }
    }

    /// Returns the tolerance of the check value, at least three standard errors for this size.
    pub fn tolerance(self, engine: Engine) -> f64 {
        match (self, engine.is_python()) {
            // Waiting times are correlated over about 50 s and have a squared coefficient of
            // variation of 2.3. The standard error is therefore 2.8 % for 2,000,000 customers
            // (139,000 simulated seconds) and 12.5 % for 100,000 customers (6,900 s).
            (Workload::Mm16, false) => 0.085,
            (Workload::Mm16, true) => 0.38,
            (Workload::Hold(_), _) => 0.02,
            (Workload::Polling, false) => 0.02,
            (Workload::Polling, true) => 0.10,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Bare,
    /// Bare loop with a sorted array that only the M/M/16 queue can use.
    BareArray,
    Cmgsim,
    /// cmgsim with hand-written stations that do the same work as the stations of the other
    /// engines.
    CmgsimByHand,
    /// cmgsim with its own keyed random streams.
    CmgsimStreams,
    Desque,
    Ixa,
    Nexosim,
    SimuDes,
    Simul,
    Simulacra,
    Simpy,
    Ciw,
}

impl Engine {
    pub const ALL: [Engine; 13] = [
        Engine::Bare,
        Engine::BareArray,
        Engine::Cmgsim,
        Engine::CmgsimByHand,
        Engine::CmgsimStreams,
        Engine::Desque,
        Engine::Ixa,
        Engine::Nexosim,
        Engine::SimuDes,
        Engine::Simul,
        Engine::Simulacra,
        Engine::Simpy,
        Engine::Ciw,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Engine::Bare => "bare",
            Engine::BareArray => "bare-array",
            Engine::Cmgsim => "cmgsim",
            Engine::CmgsimByHand => "cmgsim-by-hand",
            Engine::CmgsimStreams => "cmgsim-streams",
            Engine::Desque => "desque",
            Engine::Ixa => "ixa",
            Engine::Nexosim => "nexosim",
            Engine::SimuDes => "simu-des",
            Engine::Simul => "simul",
            Engine::Simulacra => "simulacra",
            Engine::Simpy => "simpy",
            Engine::Ciw => "ciw",
        }
    }

    pub fn from_name(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|engine| engine.name() == name);
        found.ok_or_else(|| format!("{name:?} is not one of {:?}", Self::ALL.map(Self::name)))
    }

    pub fn is_python(self) -> bool {
        matches!(self, Engine::Simpy | Engine::Ciw)
    }

    /// Returns whether the engine can run the workload. The array holds only the 16
    /// departures of the M/M/16 queue. Ciw has nodes and customers, but no delays outside nodes.
    /// At every event it scans all customers at a node, which would take hours with 100,000
    /// thinking clients.
    pub fn can(self, workload: Workload) -> bool {
        !matches!(self, Engine::Ciw | Engine::BareArray) || workload == Workload::Mm16
    }
}

/// Result of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Simulated {
    pub events: u64,
    /// Time of the simulation, including set-up; the hold model excludes the set-up.
    pub time: Elapsed,
    pub check: f64,
}

/// Report that a child process prints as one line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    pub engine: String,
    pub workload: String,
    pub events: u64,
    pub seconds: f64,
    pub cpu_seconds: f64,
    pub check: f64,
}

impl Measurement {
    pub fn new(engine: Engine, workload: Workload, simulated: Simulated) -> Self {
        Measurement {
            engine: engine.name().to_owned(),
            workload: workload.name().to_owned(),
            events: simulated.events,
            seconds: simulated.time.seconds,
            cpu_seconds: simulated.time.cpu_seconds,
            check: simulated.check,
        }
    }
}
