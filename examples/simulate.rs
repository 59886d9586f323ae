//! Simulates a working day of a tenant with few clients, and prints how long they wait and how many
//! connections each VM instance has: `cargo run --example simulate`.

use cmgsim::{Error, Scenario};

fn main() -> Result<(), Error> {
    let scenario = Scenario::load("quickstart")?.with("cohort.*.clients=500")?;
    let result = scenario.simulate(1)?;

    println!("{}: {} clients", result.scenario.name, result.scenario.clients);
    println!(
        "{} requests answered; half within {:.0} ms, 95 % within {:.0} ms",
        result.requests.completed,
        1e3 * result.latency.p50,
        1e3 * result.latency.p95,
    );
    for instance in &result.instances {
        println!(
            "instance {}/{}: {:.0} connections on average, {} at most, {} supported",
            instance.gateway,
            instance.number,
            instance.connections_mean,
            instance.connections_peak,
            instance.connection_limit,
        );
    }
    Ok(())
}
