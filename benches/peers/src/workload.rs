//! What is simulated, how much of it, by whom, and what a child reports.

use serde::{Deserialize, Serialize};

use crate::stopwatch::Elapsed;
use crate::theory;

/// The seed of every engine.
pub const SEED: u64 = 1;

/// Servers of the M/M/16 queue.
pub const SERVERS: u32 = 16;
/// Arrivals a second; the mean service takes a second.
pub const ARRIVAL_RATE: f64 = 0.9 * SERVERS as f64;
pub const MEAN_SERVICE_SECONDS: f64 = 1.0;

/// Mean delay of the hold model.
pub const MEAN_HOLD_SECONDS: f64 = 3600.0;

/// Clients of the polling model and how long each thinks between two requests.
pub const CLIENTS: u32 = 100_000;
pub const MEAN_THINK_SECONDS: f64 = 600.0;

/// A station that a request of the polling model goes through.
#[derive(Clone, Copy, Debug)]
pub struct StationSize {
    pub servers: u32,
    pub mean_service_seconds: f64,
}

/// Gateway, connection point, management point, in the order a request meets them.
pub const STATIONS: [StationSize; 3] = [
    StationSize { servers: 8, mean_service_seconds: 0.030 },
    StationSize { servers: 4, mean_service_seconds: 0.015 },
    StationSize { servers: 32, mean_service_seconds: 0.140 },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Mm16,
    /// With so many entities.
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

    /// How much a Rust engine simulates: customers, events, seconds of simulated time.
    pub const fn size(self) -> u32 {
        match self {
            Workload::Mm16 => 2_000_000,
            Workload::Hold(_) => 4_000_000,
            Workload::Polling => 6_000,
        }
    }

    /// The same for an engine in Python, which would take minutes for that.
    pub const fn size_in_python(self) -> u32 {
        match self {
            Workload::Mm16 => 100_000,
            Workload::Hold(_) => 200_000,
            // Long enough that starting the clients' processes is a small part of it.
            Workload::Polling => 600,
        }
    }

    /// What the check value should be.
    pub fn expected(self) -> f64 {
        match self {
            Workload::Mm16 => theory::mean_wait(SERVERS, ARRIVAL_RATE, MEAN_SERVICE_SECONDS),
            Workload::Hold(_) => 1.0,
            Workload::Polling => {
                theory::mean_response(f64::from(CLIENTS), MEAN_THINK_SECONDS, &STATIONS)
            }
        }
    }

    /// How far off the check value may be: three standard errors of a run of that size or more.
    pub fn tolerance(self, engine: Engine) -> f64 {
        match (self, engine.is_python()) {
            // Waits are correlated over some 50 s and have a squared coefficient of variation
            // of 2.3, so that 139,000 s leave a standard error of 2.8 %, 6,900 s one of 12.5 %.
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
    /// With a list that only this workload can use.
    BareArray,
    Cmgsim,
    /// With stations written by hand, which do what the other engines' do.
    CmgsimByHand,
    /// With its own random streams.
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

    /// The array holds sixteen events. Ciw has nodes and customers but no bare delays, and looks
    /// through everybody present at a node at every event there: with 100,000 thinking clients
    /// that would take hours.
    pub fn can(self, workload: Workload) -> bool {
        !matches!(self, Engine::Ciw | Engine::BareArray) || workload == Workload::Mm16
    }
}

/// What an engine did.
#[derive(Clone, Copy, Debug)]
pub struct Simulated {
    pub events: u64,
    /// Around the simulation only.
    pub time: Elapsed,
    pub check: f64,
}

/// The line of JSON that a child prints.
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
