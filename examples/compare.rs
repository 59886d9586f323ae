//! Compares policy polling once and twice per hour, with the same random numbers in both variants.
//! Run it with `cargo run --example compare`.

use cmgsim::{CompareOptions, Error, Replications, Scenario};

fn main() -> Result<(), Error> {
    let hourly = Scenario::load("quickstart")?.with("cohort.*.clients=200")?;
    let twice = hourly.with("client.policy_poll.interval=\"30min\"")?;
    let replications = Replications::of(5);
    let options = CompareOptions { replications, ..CompareOptions::default() };
    let found = hourly.compare(&twice, &options)?.comparison;

    println!(
        "{} replications, joint confidence level of the intervals {:.0} %",
        found.replications,
        100.0 * found.confidence
    );
    for name in [
        "policy_age_mean_s",
        "throughput_per_s",
        "latency_p95_s",
        "egress_per_existing_client_bytes",
    ] {
        let Some(metric) = found.metric(name) else { continue };
        let (Some(before), Some(after)) = (metric.first_mean, metric.second_mean) else { continue };
        let half_width = metric.half_width.unwrap_or(f64::NAN);
        println!(
            "{name}: {before:.3} -> {after:.3}, difference {:.3} +- {half_width:.3}: {}",
            after - before,
            metric.change.word()
        );
    }
    Ok(())
}
