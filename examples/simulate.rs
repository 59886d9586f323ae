//! Simulates a working day of a small tenant and prints the latency of its requests and the
//! connections of each VM instance. Run it with `cargo run --example simulate`.

use cmgsim::{Error, Scenario};

fn main() -> Result<(), Error> {
    let scenario = Scenario::load("quickstart")?.with("cohort.*.clients=500")?;
    let result = scenario.simulate(1)?;

    println!("{}: {} clients", result.scenario.name, result.scenario.clients);
    println!(
        "{} requests completed; latency p50 {:.0} ms, p95 {:.0} ms",
        result.requests.completed,
        1e3 * result.latency.p50,
        1e3 * result.latency.p95,
    );
    for instance in &result.instances {
        println!(
            "instance {}/{}: connections mean {:.0}, peak {}, limit {}",
            instance.gateway,
            instance.number,
            instance.connections_mean,
            instance.connections_peak,
            instance.connection_limit,
        );
    }
    Ok(())
}
