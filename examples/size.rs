//! Finds the cheapest gateway for a small tenant whose requests must complete within one second,
//! even while a component is down. Run it with `cargo run --example size`.

use cmgsim::{Error, Scenario, SizingOptions};

const TENANT: &str = r#"
schema = 1
start = "2026-11-23T08:00"
duration = "4h"
[gateway.main]
[connection_point.cp]
gateway = "main"
[management_point.mp]
[cohort.remote]
clients = 300
[slo]
latency_p95_s = "1 s"
failure_share = "1%"
"#;

fn main() -> Result<(), Error> {
    let tenant = Scenario::parse(TENANT)?;
    let options = SizingOptions {
        find: vec![
            "gateway.main.instances=1..4".to_owned(),
            "connection_point.cp.count=1..2".to_owned(),
        ],
        ..SizingOptions::default()
    };
    let found = tenant.size(&options)?.sizing;

    println!("{} of {} designs simulated", found.simulated, found.space);
    match &found.answer {
        Some(design) => {
            for (dimension, value) in found.dimensions.iter().zip(&design.values) {
                println!("{} = {value}", dimension.path);
            }
            println!("cost per month: {:.0} {}", design.cost, found.scenario.prices.currency);
        }
        None => println!("no design meets the objectives"),
    }
    Ok(())
}
