//! Compares the engine of cmgsim with other discrete-event simulators on the same workloads.
//!
//! Without arguments, the program runs several rounds and prints tables. In each round, every
//! engine simulates each workload that it supports in a separate process. `run ENGINE WORKLOAD` is
//! the command of such a process. A bare loop (module `bare`) is a hand-written loop for one
//! workload, without a framework. `lists` compares event lists that these loops can use. `models`
//! compares the gateway model with the bare loops of the M/M/16 queue.

// `forbid` is not possible, because ixa's macros generate code that allows `unsafe_code`.
#![deny(unsafe_code)]

mod bare;
mod by_hand_peer;
mod cmgsim_peer;
mod desque_peer;
mod ixa_peer;
mod models;
mod nexosim_peer;
mod python;
mod runner;
mod simu_des_peer;
mod simul_peer;
mod simulacra_peer;
mod stopwatch;
mod tables;
mod theory;
mod workload;

use std::process::ExitCode;

use runner::Options;
use workload::{Engine, Measurement, Simulated, Workload};

const USAGE: &str = "usage: peers [--rounds N] [--only WORKLOAD] [--no-python]
       peers run ENGINE WORKLOAD
       peers lists
       peers models";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["run", engine, workload] => run(engine, workload),
        ["lists"] => {
            compare_lists();
            Ok(())
        }
        ["models"] => {
            models::compare();
            Ok(())
        }
        options => parse(options).and_then(|options| runner::compare(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("peers: {message}");
            ExitCode::FAILURE
        }
    }
}

fn parse(words: &[&str]) -> Result<Options, String> {
    let mut options = Options { rounds: 3, only: None, has_python: true };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--no-python" => options.has_python = false,
            "--rounds" => {
                let rounds = words.next().and_then(|number| number.parse().ok());
                options.rounds = rounds.filter(|rounds| *rounds > 0).ok_or(USAGE)?;
            }
            "--only" => {
                let name = words.next().ok_or(USAGE)?;
                options.only = Some(Workload::from_name(name)?);
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(options)
}

/// Runs one engine on one workload and prints one line of JSON.
fn run(engine: &str, workload: &str) -> Result<(), String> {
    let engine = Engine::from_name(engine)?;
    let workload = Workload::from_name(workload)?;
    let simulated = simulate(engine, workload)?;
    let measurement = Measurement::new(engine, workload, simulated);
    println!("{}", serde_json::to_string(&measurement).map_err(|error| error.to_string())?);
    Ok(())
}

fn simulate(engine: Engine, workload: Workload) -> Result<Simulated, String> {
    match engine {
        Engine::Bare => Ok(bare::simulate(workload)),
        Engine::BareArray => Ok(bare::simulate_in_array(workload)),
        Engine::Cmgsim => Ok(cmgsim_peer::simulate(workload)),
        Engine::CmgsimByHand => Ok(by_hand_peer::simulate(workload)),
        Engine::CmgsimStreams => Ok(cmgsim_peer::simulate_with_streams(workload)),
        Engine::Desque => desque_peer::simulate(workload),
        Engine::Ixa => Ok(ixa_peer::simulate(workload)),
        Engine::Nexosim => nexosim_peer::simulate(workload),
        Engine::SimuDes => Ok(simu_des_peer::simulate(workload)),
        Engine::Simul => simul_peer::simulate(workload),
        Engine::Simulacra => Ok(simulacra_peer::simulate(workload)),
        Engine::Simpy | Engine::Ciw => Err("run a Python engine with its script".to_owned()),
    }
}

fn compare_lists() {
    println!("| list | workload | million events per second of CPU time |\n|---|---|---:|");
    for workload in Workload::ALL {
        for (list, simulated) in bare::simulate_all(workload) {
            let rate = simulated.events as f64 / simulated.time.cpu_seconds / 1e6;
            println!("| {list} | {} | {rate:.1} |", workload.name());
        }
    }
}
