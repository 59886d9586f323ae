//! Tables of one run.

use crate::results::cost::bytes_per_client_30_days;
use crate::results::table::{Alike, Builder, Civil, Kind, Table, Value};
use crate::results::{
    ComplianceCurve, Latency, RequestCounts, RunResult, Series, StormCloseUp, TimeSeries,
};

/// A table of a run, whose rows say which replication they are of.
fn of_run<R: Copy>(
    name: &'static str,
    row: &'static str,
    result: &RunResult,
    rows: impl IntoIterator<Item = R>,
) -> Builder<R> {
    let scenario = &result.scenario;
    Builder::new(name, "run", row, rows).of(scenario).column(
        "replication",
        "",
        "which replication under this seed, from 0",
        |_| scenario.replication,
    )
}

/// `time_series`: one row a bin.
pub fn timeseries(result: &RunResult) -> Table {
    let (series, scenario) = (&result.series, &result.scenario);
    let bins = series.start_s.iter().copied().enumerate();
    let mut table = of_run("time_series", "a bin of time", result, bins)
        .column("time_civil", "", "start of the bin, in the scenario's time zone", |(_, start)| {
            Civil(scenario.civil_seconds(start))
        })
        .column("time_s", "s", "start of the bin, after the start of the measured period", |bin| {
            bin.1
        });
    for one in &TimeSeries::WHOLE {
        table = table.series(one, series);
    }
    for one in &TimeSeries::LATENCY {
        table = table.series(one, series);
    }
    for one in &TimeSeries::PARTS {
        let columns = (one.get)(series).iter().map(|column| (&column.name, &column.values));
        table = table.each(one.name, one.unit, one.meaning, columns, |(bin, _), values| {
            values.get(bin).copied()
        });
    }
    let milestones = ComplianceCurve::MILESTONES
        .map(|one| (table.describe(one.name, Kind::Number, one.unit, one.meaning), one));
    for curve in &series.compliance {
        for (described, one) in &milestones {
            let values = (one.get)(curve);
            table.fill(*described, Some(&curve.name), |(bin, _)| values.get(bin).copied());
        }
    }
    table.finish()
}

/// A row of a series: its place and its start.
type Row = (usize, f64);

impl Builder<Row> {
    /// The column of a series.
    fn series<S, V: Copy>(self, series: &Series<S, Vec<V>>, of: &S) -> Self
    where
        Option<V>: Value,
    {
        let values = (series.get)(of);
        let value = |(place, _): Row| values.get(place).copied();
        self.column(series.name, series.unit, series.meaning, value)
    }
}

/// `latency`: of all requests, by kind (those of the notification channel too), and by cohort or
/// open source.
pub fn latency(result: &RunResult) -> Table {
    type Row<'a> = (&'a str, &'a str, &'a RequestCounts, &'a Latency);
    let all: Row<'_> = ("all", "requests", &result.requests, &result.latency);
    let kinds = result
        .kinds
        .iter()
        .map(|one| -> Row<'_> { ("kind", one.kind.name(), &one.requests, &one.latency) });
    let origins = result.origins.iter().map(|one| -> Row<'_> {
        let of = if one.clients > 0 { "cohort" } else { "source" };
        (of, &one.name, &one.requests, &one.latency)
    });
    let rows = std::iter::once(all).chain(kinds).chain(origins);
    let of = "what the row is of: `all`, a `kind` of request, a `cohort`, an open `source`";
    of_run("latency", "all requests, a kind of request, or who makes them", result, rows)
        .column("of", "", of, |row| row.0)
        .column("name", "", "name of the kind, cohort or source", |row| row.1)
        .column("issued", "count", "requests begun", |row| row.2.issued)
        .column("completed", "count", "requests answered", |row| row.2.completed)
        .column("failed", "count", "requests given up after the last attempt", |row| row.2.failed)
        .column("abandoned", "count", "requests dropped as the client went away", |row| {
            row.2.abandoned
        })
        .column("attempts", "count", "attempts begun, retries included", |row| row.2.attempts)
        .column("failed_attempts", "count", "attempts that failed", |row| row.2.failed_attempts)
        .column("completed_per_s", "1/s", "requests answered", |row| row.2.throughput_per_s)
        .latency("latency_s", "latencies, first attempt to answer,", |row| *row.3)
        .finish()
}

/// `latency_distribution`: the share of requests that was answered within a time.
pub fn latency_distribution(result: &RunResult) -> Table {
    let points = result.latency_distribution.iter().copied();
    of_run("latency_distribution", "a point of the distribution of latency", result, points)
        .column("latency_s", "s", "a latency; rises from row to row", |point| point.0)
        .column("cdf", "share", "answered requests that took no longer", |point| point.1)
        .finish()
}

/// `stations`: one row each.
pub fn stations(result: &RunResult) -> Table {
    of_run("stations", "a station: servers and a queue", result, &result.stations)
        .column("station", "", "name: `main/0`, `cp-1`, `mp-1 database`", |one| &*one.name)
        .column("role", "", "what it is part of", |one| one.role.name())
        .column("servers", "count", "servers; none if unlimited", |one| one.servers)
        .or("unlimited")
        .column("arrivals", "count", "jobs that came", |one| one.arrivals)
        .column("refused", "count", "refused as the queue was full", |one| one.refused)
        .column("left", "count", "left the queue unserved", |one| one.left)
        .column("cleared", "count", "lost by a crash", |one| one.cleared)
        .column("completed", "count", "served", |one| one.completed)
        .column("delayed_share", "share", "admitted jobs that had to wait", |one| one.delayed_share)
        .column("completed_per_s", "1/s", "served", |one| one.throughput_per_s)
        .column("utilisation", "share", BUSY, |one| one.utilisation)
        .column("utilisation_peak_share", "share", PEAK, |one| one.utilisation_peak_share)
        .column("queue_length_mean", "count", "mean jobs waiting", |one| one.queue_length_mean)
        .column("in_system_mean", "count", "mean jobs waiting and in service", |one| {
            one.in_system_mean
        })
        .column("in_system_peak", "count", "most jobs present at once", |one| one.in_system_peak)
        .latency("wait_s", "waiting times of served jobs", |one| one.wait)
        .latency("stay_s", "waiting and service times of served jobs", |one| one.stay)
        .column("little_gap_share", "share", gap("Little's law"), |one| one.little_gap_share)
        .column("utilisation_gap_share", "share", gap("the utilisation law"), |one| {
            one.utilisation_gap_share
        })
        .finish()
}

const BUSY: &str = "busy servers by servers, on average; of unlimited servers the mean busy ones";
const PEAK: &str = "the same in the busiest of the minutes from the start of the measured period";

fn gap(law: &str) -> String {
    format!("relative difference of the two sides of {law} over the same jobs")
}

/// `checks`: simulated against published numbers.
pub fn checks(result: &RunResult) -> Table {
    of_run("checks", "a published number", result, &result.checks)
        .column("check", "", "what is compared", |one| &*one.what)
        .column("part", "", "which part", |one| &*one.part)
        .column("simulated", "by `unit`", "the simulated figure", |one| one.simulated)
        .column("limit", "by `unit`", "the published figure, or the scenario's own", |one| {
            one.limit
        })
        .column("published", "by `unit`", "the published figure", |one| one.published)
        .column("unit", "", "unit of the three", |one| &*one.unit)
        .column(
            "verdict",
            "",
            "`within`, `close` (by a fifth), `exceeded`, `below`, `above estimate`",
            |one| one.verdict.word(),
        )
        .column("published_in", "", "document and date", |one| &*one.source)
        .column("note", "", "what it means", |one| &*one.note)
        .column(
            "scaled_by",
            "",
            "why the limit is not the published number; empty if it is",
            |one| &*one.scaled_by,
        )
        .column("kind", "", "name of what is compared, which never changes", |one| one.kind.name())
        .finish()
}

/// `flows`: bytes by flow, and what that is per client in 30 days.
pub fn flows(result: &RunResult) -> Table {
    let (flows, measured) = (&result.flows, result.scenario.duration_s);
    let (existing, online) = (flows.gateway_clients_existing as f64, flows.gateway_clients_mean);
    of_run("flows", "a flow of bytes", result, result.flows.named())
        .column("flow", "", "from where to where", |(flow, _)| flow)
        .column("bytes", "B", "bytes in the measured period", |(_, bytes)| bytes)
        .column(
            "per_existing_client_30_days_bytes",
            "B",
            "the same in 30 days per existing client of cohorts that use a gateway, on or off",
            |(_, bytes)| bytes_per_client_30_days(bytes, existing, measured),
        )
        .column(
            "per_online_client_30_days_bytes",
            "B",
            "the same per client that is on and uses a gateway, averaged over time",
            |(_, bytes)| bytes_per_client_30_days(bytes, online, measured),
        )
        .finish()
}

/// `cost`: the bill of 30 days.
pub fn cost(result: &RunResult) -> Table {
    let prices = &result.scenario.prices;
    of_run("cost", "a line of the bill of 30 days", result, &result.cost.lines)
        .column("line", "", "what is paid for", |one| &*one.what)
        .column("quantity_per_month", "by `unit`", "how much in 30 days", |one| {
            one.quantity_per_month
        })
        .column("free_per_month", "by `unit`", "how much of it costs nothing", |one| {
            one.free_per_month
        })
        .column("unit", "", "unit of the quantity", |one| &*one.unit)
        .column("unit_price", "currency", "price of a unit; none if not priced", |one| {
            one.unit_price
        })
        .column("price_key", "", "the scenario's key of that price", |one| &*one.price_key)
        .column("cost_per_month", "currency", "cost in 30 days; none if not priced", |one| {
            one.per_month
        })
        .column("share", "share", "its share of the bill; none if not priced", |one| one.share)
        .column("currency", "", "currency of the price book", |_| &*prices.currency)
        .column("prices_of", "", "as of when its prices are", |_| &*prices.date)
        .column("prices_are_examples", "", "whether they are unverified examples", |_| {
            prices.is_example
        })
        .finish()
}

/// `storm`: one row a step around the disruption that cost the most connections.
pub fn storm(result: &RunResult) -> Table {
    let (none, scenario) = (StormCloseUp::default(), &result.scenario);
    let storm = result.storm.as_ref().unwrap_or(&none);
    let rows = storm.start_s.iter().copied().enumerate();
    let row = "a step around the disruption that cost the most connections; of long storms several \
               steps, with the highest of each";
    let mut table = of_run("storm", row, result, rows)
        .column("time_civil", "", "start of the step, in the scenario's time zone", |(_, start)| {
            Civil(scenario.civil_seconds(start))
        })
        .column(
            "time_s",
            "s",
            "start of the step, after the start of the measured period",
            |row| row.1,
        );
    for one in &StormCloseUp::ALL {
        table = table.series(one, storm);
    }
    table.finish()
}

/// `deployments`: one row each.
pub fn deployments(result: &RunResult) -> Table {
    use crate::results::{DeploymentResult, Milestone};
    let steps: [Alike<DeploymentResult, Milestone>; 3] = [
        ("policy", "had its policy", |one| one.policy),
        ("content", "had its content", |one| one.content),
        ("installed", "had installed it", |one| one.installed),
    ];
    let mut table = of_run("deployments", "a deployment", result, &result.deployments)
        .column("deployment", "", "name in the scenario", |one| &*one.name)
        .column("purpose", "", "`required` or `available`", |one| one.purpose.name())
        .column("targets", "count", "clients it is for", |one| one.targets)
        .column("declined", "count", "clients whose users did not want it", |one| one.declined)
        .column("size_bytes", "B", "what each client needs", |one| one.size_bytes)
        .column("start_s", "s", "its start, after that of the measured period", |one| one.start_s)
        .column("deadline_s", "s", "its deadline, the same way; none if available", |one| {
            one.deadline_s
        });
    for (step, what, of) in steps {
        let quantiles: [Alike<Milestone, Option<f64>>; 3] = [
            ("p50", "half", |step| step.p50_s),
            ("p95", "95 %", |step| step.p95_s),
            ("p99", "99 %", |step| step.p99_s),
        ];
        let meaning = format!("clients that {what}");
        table = table.column(format!("{step}_reached"), "count", meaning, |one| of(one).reached);
        for (quantile, targets, seconds) in quantiles {
            let meaning = format!("from its start until {targets} of the targets {what}");
            let name = format!("{step}_s_{quantile}");
            table = table.column(name, "s", meaning, |one| seconds(&of(one)));
        }
    }
    let sources: [Alike<DeploymentResult, u64>; 4] = [
        ("storage", "the storage of gateways", |one| one.from_storage_bytes),
        ("distribution_points", "distribution points", |one| one.from_distribution_points_bytes),
        ("microsoft_update", "Microsoft Update", |one| one.from_microsoft_update_bytes),
        ("peers", "peers", |one| one.from_peers_bytes),
    ];
    for (source, of_whom, bytes) in sources {
        let meaning = format!("content that came from {of_whom}");
        table = table.column(format!("bytes_from_{source}"), "B", meaning, bytes);
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::csv::to_bytes;
    use crate::results::{Column, DeploymentResult};

    #[test]
    fn what_there_is_too_little_of_is_empty() {
        let mut result = RunResult::default();
        result.series.start_s = vec![0.0, 60.0];
        result.series.gateway_egress = vec![Column { name: "main".into(), values: vec![8.0, 9.0] }];
        for name in ["office", "sales"] {
            let policy = vec![0.0, 0.5];
            let curve = ComplianceCurve { name: name.into(), policy, ..Default::default() };
            result.series.compliance.push(curve);
        }
        result.deployments.push(DeploymentResult::default());
        let series = String::from_utf8(to_bytes(&timeseries(&result))).expect("UTF-8");
        let expected = "gateway_egress_bit_per_s main,policy_share office,content_share office,\
                        installed_share office,policy_share sales,";
        assert!(series.lines().next().expect("a header").contains(expected), "{series}");
        assert!(series.lines().last().expect("a row").ends_with(",9,0.5,,,0.5,,"), "{series}");
        let deployed = String::from_utf8(to_bytes(&deployments(&result))).expect("UTF-8");
        assert!(deployed.ends_with(",0,,0,,,,0,,,,0,,,,0,0,0,0\n"), "{deployed}");
    }
}
