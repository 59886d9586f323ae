//! Tables of one run.

use crate::results::table::{Alike, Builder, Civil, Kind, Table, Value};
use crate::results::{
    ComplianceCurve, FlowResult, Latency, LineResult, LinkResult, ReconnectionStorm, RequestCounts,
    RunResult, Series, TimeSeries,
};
use crate::terms::{Direction, Money, RequestKind};

/// Starts a table of a run, whose rows state the replication.
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
        "number of the replication, from 0",
        |_| scenario.replication,
    )
}

/// `time_series`: one row per interval.
pub fn time_series(result: &RunResult) -> Table {
    let (series, scenario) = (&result.series, &result.scenario);
    let bins = series.start_s.iter().copied().enumerate();
    let mut table = of_run("time_series", "an interval of the time series", result, bins)
        .column(
            "time_civil",
            "",
            "start of the interval, in the scenario's time zone",
            |(_, start)| Civil(scenario.civil_seconds(start)),
        )
        .column(
            "time_s",
            "s",
            "start of the interval, from the start of the measured period",
            |bin| bin.1,
        );
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

/// Row of a series: its index and start time.
type Row = (usize, f64);

impl Builder<Row> {
    /// Adds the column of a series.
    fn series<S, V: Copy>(self, series: &Series<S, Vec<V>>, of: &S) -> Self
    where
        Option<V>: Value,
    {
        let values = (series.get)(of);
        let value = |(index, _): Row| values.get(index).copied();
        self.column(series.name, series.unit, series.meaning, value)
    }
}

/// `latency`: one row for all requests, and one per kind (including those of the notification
/// channel), cohort and open source.
pub fn latency(result: &RunResult) -> Table {
    type Row<'a> = (&'a str, &'a str, &'a RequestCounts, &'a Latency);
    let all: Row<'_> = ("all", "requests", &result.requests, &result.latency);
    let kinds = result
        .kinds
        .iter()
        .map(|one| -> Row<'_> { (group(one.kind), one.kind.name(), &one.requests, &one.latency) });
    let origins = result.origins.iter().map(|one| -> Row<'_> {
        let of = if one.clients > 0 { "cohort" } else { "source" };
        (of, &one.name, &one.requests, &one.latency)
    });
    let rows = std::iter::once(all).chain(kinds).chain(origins);
    let groups = "group of requests: `all`, a `kind`, a `cohort`, an open `source`, `channel` \
                  (notification channels) or `download` (content); `all` excludes the last two";
    of_run("latency", "all requests, a kind of request, a cohort or an open source", result, rows)
        .column("group", "", groups, |row| row.0)
        .column("name", "", "name of the kind of request, cohort or source", |row| row.1)
        .column("issued", "count", "requests issued in the measured period", |row| row.2.issued)
        .column("completed", "count", "requests completed", |row| row.2.completed)
        .column("failed", "count", "requests failed: the last attempt failed", |row| row.2.failed)
        .column(
            "abandoned",
            "count",
            "requests abandoned: the client shut down or left the network",
            |row| row.2.abandoned,
        )
        .column("attempts", "count", "attempts started, retries included", |row| row.2.attempts)
        .column("failed_attempts", "count", "attempts that failed", |row| row.2.failed_attempts)
        .column("throughput_per_s", "1/s", "requests completed per second", |row| {
            row.2.throughput_per_s
        })
        .latency("latency", "latency (first attempt to response)", |row| *row.3)
        .finish()
}

/// Returns the group of a kind in `latency`. Kinds that are counted separately form a group of
/// their own.
fn group(kind: RequestKind) -> &'static str {
    match kind {
        kind if kind.is_of_channel() => "channel",
        kind if kind.is_counted_apart() => "download",
        _ => "kind",
    }
}

/// `latency_distribution`: one row per point of the cumulative distribution of latency.
pub fn latency_distribution(result: &RunResult) -> Table {
    let points = result.latency_distribution.iter().copied();
    of_run(
        "latency_distribution",
        "a point of the cumulative distribution of latency",
        result,
        points,
    )
    .column("latency_s", "s", "latency, in ascending order", |point| point.0)
    .column("cdf", "share", "share of completed requests with at most this latency", |point| {
        point.1
    })
    .finish()
}

/// `stations`: one row per station.
pub fn stations(result: &RunResult) -> Table {
    of_run("stations", "a station: a queue and its servers", result, &result.stations)
        .column("station", "", "name: `main/0`, `cp-1`, `mp-1 database`", |one| &*one.name)
        .column("role", "", "component that the station belongs to", |one| one.role.name())
        .column("servers", "count", "number of servers; no value if unlimited", |one| one.servers)
        .or("unlimited")
        .column("arrivals", "count", "jobs that arrived", |one| one.arrivals)
        .column("refused", "count", "jobs refused because the queue was full", |one| one.refused)
        .column("abandoned", "count", "jobs that left the queue before service", |one| {
            one.abandoned
        })
        .column("lost_in_outage", "count", "jobs lost because the component failed", |one| {
            one.lost_in_outage
        })
        .column("completed", "count", "jobs served", |one| one.completed)
        .column("delayed_share", "share", "share of admitted jobs that waited", |one| {
            one.delayed_share
        })
        .column("throughput_per_s", "1/s", "jobs served per second", |one| one.throughput_per_s)
        .column("utilisation_mean_share", "share", BUSY, |one| one.utilisation_mean_share)
        .column("utilisation_peak_share", "share", PEAK, |one| one.utilisation_peak_share)
        .column("queue_length_mean", "count", "mean number of jobs waiting", |one| {
            one.queue_length_mean
        })
        .column("in_system_mean", "count", "mean number of jobs waiting and in service", |one| {
            one.in_system_mean
        })
        .column("in_system_peak", "count", "maximum number of jobs waiting and in service", |one| {
            one.in_system_peak
        })
        .latency("wait", "waiting time of served jobs", |one| one.wait)
        .latency("response", "response time (waiting plus service) of served jobs", |one| {
            one.response
        })
        .column("little_gap_share", "share", gap("Little's law"), |one| one.little_gap_share)
        .column("utilisation_gap_share", "share", gap("the utilisation law"), |one| {
            one.utilisation_gap_share
        })
        .finish()
}

const BUSY: &str =
    "mean share of servers that are busy; with unlimited servers, the mean number of busy servers";
const PEAK: &str =
    "utilisation in the busiest minute; minutes begin at the start of the measured period";

fn gap(equation: &str) -> String {
    format!("relative difference between the two sides of {equation}, computed for the same jobs")
}

/// `checks`: one row per comparison with a published number.
pub fn checks(result: &RunResult) -> Table {
    of_run("checks", "a comparison with a published number", result, &result.checks)
        .column("check", "", "quantity that is compared", |one| &*one.check)
        .column("component", "", "component that the check is for", |one| &*one.component)
        .column("simulated", "by `unit`", "simulated value", |one| one.simulated)
        .column(
            "limit",
            "by `unit`",
            "limit: the published number, scaled as `scaled_by` states, or a scenario value",
            |one| one.limit,
        )
        .column("published", "by `unit`", "published number", |one| one.published)
        .column("unit", "", "unit of `simulated`, `limit` and `published`", |one| &*one.unit)
        .column(
            "verdict",
            "",
            "`within`, `close` (above 80 % of the limit), `exceeded`, `below`, `above estimate`",
            |one| one.verdict.word(),
        )
        .column("published_in", "", "document and its date", |one| &*one.published_in)
        .column("note", "", "remark on the limit, such as the consequence of exceeding it", |one| {
            &*one.note
        })
        .column(
            "scaled_by",
            "",
            "reason why the limit differs from the published number; empty if it does not",
            |one| &*one.scaled_by,
        )
        .column("kind", "", "stable name of the check", |one| one.kind.name())
        .finish()
}

/// `flows`: one row per flow of bytes, in total, per client in 30 days, and at busy times.
pub fn flows(result: &RunResult) -> Table {
    let scenario = &result.scenario;
    of_run("flows", "a flow of bytes", result, &result.network.flows)
        .column("flow", "", "sender, receiver and network", FlowResult::name)
        .column("bytes", "B", "bytes sent in the measured period", |one| one.bytes)
        .column(
            "per_existing_client_30_days_bytes",
            "B",
            "bytes in 30 days per client (online or offline) in cohorts that use the network of \
             the flow (for the flows of gateways: a gateway)",
            |one| one.per_existing_client_30_days_bytes,
        )
        .column(
            "per_online_client_30_days_bytes",
            "B",
            "bytes in 30 days divided by the mean number of online clients that use the network \
             of the flow (for the flows of gateways: a gateway)",
            |one| one.per_online_client_30_days_bytes,
        )
        .column("from", "", "sender", |one| one.from.name())
        .column("to", "", "receiver", |one| one.to.name())
        .column("via", "", "network", |one| one.via.name())
        .column(
            "existing_clients",
            "count",
            "number of clients (online or offline) in cohorts that use the network of the flow",
            |one| one.existing_clients,
        )
        .column(
            "online_clients_mean",
            "count",
            "mean number of online clients that use the network of the flow",
            |one| one.online_clients_mean,
        )
        .column("peak_mbit_per_s", "Mbit/s", "rate in the busiest minute", |one| {
            one.peak_mbit_per_s
        })
        .column("peak_civil", "", "start of that minute, in the scenario's time zone", |one| {
            one.peak_start_s.map(|start| Civil(scenario.civil_seconds(start)))
        })
        .column(
            "p95_mbit_per_s",
            "Mbit/s",
            "95th percentile of the mean rates of all periods of five minutes; no value if the \
             measured period is shorter",
            |one| one.p95_mbit_per_s,
        )
        .finish()
}

/// `cost`: one row per item and flow of the cost of a month.
pub fn cost(result: &RunResult) -> Table {
    let prices = &result.scenario.prices;
    of_run("cost", "an item of the cost of a month; egress by flow", result, &result.cost.lines)
        .column("item", "", "name of the item", |one| &*one.item)
        .column("quantity_per_month", "by `unit`", "quantity per month", |one| {
            one.quantity_per_month
        })
        .column("free_per_month", "by `unit`", "quantity free of charge per month", |one| {
            one.free_per_month
        })
        .column("unit", "", "unit of the quantity", |one| &*one.unit)
        .column("unit_price", "currency", "price per unit; no value if not priced", |one| {
            one.unit_price
        })
        .column("price_key", "", "scenario key of the price", |one| &*one.price_key)
        .column("cost_per_month", "currency", "cost per month; no value if not priced", |one| {
            one.cost_per_month
        })
        .column("share", "share", "share of the total cost; no value if not priced", |one| {
            one.share
        })
        .column("currency", "", "currency of the prices", |_| &*prices.currency)
        .column("prices_of", "", "date of the prices", |_| &*prices.date)
        .column("prices_are_examples", "", "whether the prices are unverified examples", |_| {
            prices.is_example
        })
        .finish()
}

/// `bill`: one row per line of the bill of a month, and of the cost of the event.
pub fn bill(result: &RunResult) -> Table {
    let (prices, bill) = (&result.scenario.prices, &result.bill);
    let parts = [("month", &bill.month), ("event", &bill.event)];
    let rows = parts.into_iter().flat_map(|(part, lines)| lines.iter().map(move |one| (part, one)));
    let row = "a line of the bill: item and price tier, for a month (`part` is `month`) and for the \
               traffic of the simulated period beyond normal traffic (`event`)";
    of_run("bill", row, result, rows)
        .column("part", "", "`month` or `event`", |(part, _)| part)
        .column("item", "", "name of the item", |(_, one)| &*one.item)
        .column("tier", "", "tier of the price; empty without tiers", |(_, one)| &*one.tier)
        .column("quantity", "by `unit`", "quantity", |(_, one)| one.quantity)
        .column("unit", "", "unit of the quantity", |(_, one)| &*one.unit)
        .column("unit_price", "currency", "price per unit; no value if not priced", |(_, one)| {
            one.unit_price
        })
        .column("amount", "currency", "quantity times price, to a millionth", |(_, one)| {
            one.amount.map(Money::get)
        })
        .column("price_key", "", "scenario key of the price", |(_, one)| &*one.price_key)
        .column(
            "provenance",
            "",
            "origin of the price: `price book`, `scenario` or `assumed`",
            |(_, one)| one.provenance.name(),
        )
        .column("currency", "", "currency of the prices", |_| &*prices.currency)
        .column("region", "", "Azure region of the prices", |_| {
            prices.region.as_deref().unwrap_or_default()
        })
        .column("prices_of", "", "date of the prices", |_| &*prices.date)
        .column("source", "", "source of the prices", |_| {
            prices.source.as_deref().unwrap_or_default()
        })
        .finish()
}

/// `reconnection_storm`: one row per step around the disruption with the most lost connections.
pub fn storm(result: &RunResult) -> Table {
    let (none, scenario) = (ReconnectionStorm::default(), &result.scenario);
    let storm = result.storm.as_ref().unwrap_or(&none);
    let rows = storm.start_s.iter().copied().enumerate();
    let row = "a time step before, during or after the disruption with the most lost connections; \
               in a long storm, a row covers several steps and contains their maximum";
    let mut table = of_run("reconnection_storm", row, result, rows)
        .column("time_civil", "", "start of the step, in the scenario's time zone", |(_, start)| {
            Civil(scenario.civil_seconds(start))
        })
        .column("time_s", "s", "start of the step, from the start of the measured period", |row| {
            row.1
        });
    for one in &ReconnectionStorm::ALL {
        table = table.series(one, storm);
    }
    table.finish()
}

/// `deployments`: one row per deployment.
pub fn deployments(result: &RunResult) -> Table {
    use crate::results::{DeploymentResult, Milestone};
    let steps: [Alike<DeploymentResult, Milestone>; 3] = [
        ("policy", "received the policy", |one| one.policy),
        ("content", "received the content", |one| one.content),
        ("installed", "installed the deployment", |one| one.installed),
    ];
    let mut table = of_run("deployments", "a deployment", result, &result.deployments)
        .column("deployment", "", "name in the scenario", |one| &*one.name)
        .column("purpose", "", "`required` or `available`", |one| one.purpose.name())
        .column("targets", "count", "targeted clients", |one| one.targets)
        .column("declined", "count", "clients whose users declined the deployment", |one| {
            one.declined
        })
        .column("size_bytes", "B", "content size per client", |one| one.size_bytes)
        .column(
            "start_s",
            "s",
            "start of the deployment, from the start of the measured period",
            |one| one.start_s,
        )
        .column(
            "deadline_s",
            "s",
            "deadline, from the start of the measured period; no value for `available`",
            |one| one.deadline_s,
        );
    for (step, what, of) in steps {
        let quantiles: [Alike<Milestone, Option<f64>>; 3] = [
            ("p50", "50 %", |step| step.p50_s),
            ("p95", "95 %", |step| step.p95_s),
            ("p99", "99 %", |step| step.p99_s),
        ];
        let meaning = format!("clients that {what}");
        table = table.column(format!("{step}_reached"), "count", meaning, |one| of(one).reached);
        for (quantile, targets, seconds) in quantiles {
            let meaning =
                format!("time from the deployment's start until {targets} of the targets {what}");
            let name = format!("{step}_{quantile}_s");
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
        let meaning = format!("content downloaded from {of_whom}");
        table = table.column(format!("from_{source}_bytes"), "B", meaning, bytes);
    }
    table.finish()
}

/// `lines`: one row per direction of a shared line.
pub fn lines(result: &RunResult) -> Table {
    let rows = result
        .lines
        .iter()
        .flat_map(|line| line.directions().map(move |(direction, link)| (line, direction, link)));
    let rows: Vec<(&LineResult, Direction, &LinkResult)> = rows.collect();
    of_run("lines", "a direction of a shared line", result, rows)
        .column("line", "", "name of the line or VPN", |row| row.0.name.as_str())
        .column("kind", "", "kind of the line", |row| row.0.kind.name())
        .column("direction", "", "`down` leads to the users of the line", |row| row.1.name())
        .column("bandwidth_bit_per_s", "bit/s", "highest bandwidth during the run", |row| {
            row.2.bandwidth_bit_per_s
        })
        .column("carried_bytes", "B", "bytes carried", |row| row.2.carried_bytes)
        .column("utilisation_mean_share", "share", "mean utilisation", |row| {
            row.2.utilisation_mean_share
        })
        .column("utilisation_peak_share", "share", "utilisation in the busiest minute", |row| {
            row.2.utilisation_peak_share
        })
        .column("time_full_share", "share", "share of minutes with at least 99 %", |row| {
            row.2.time_full_share
        })
        .column("peak_bit_per_s", "bit/s", "mean rate in the busiest minute", |row| {
            row.2.peak_bit_per_s
        })
        .column("p95_bit_per_s", "bit/s", "95th percentile of five-minute means", |row| {
            row.2.p95_bit_per_s
        })
        .column("transfers_mean", "count", "mean number of transfers in progress", |row| {
            row.2.transfers_mean
        })
        .column("transfers_peak", "count", "maximum number of transfers in progress", |row| {
            row.2.transfers_peak
        })
        .column("sessions_mean", "count", "mean number of connected VPN clients", |row| {
            row.0.sessions.as_ref().map(|one| one.mean)
        })
        .column("sessions_peak", "count", "maximum number of connected VPN clients", |row| {
            row.0.sessions.as_ref().map(|one| one.peak)
        })
        .column("sessions_refused", "count", "number of refused VPN sessions", |row| {
            row.0.sessions.as_ref().map(|one| one.refused)
        })
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::csv::to_bytes;
    use crate::results::{Column, DeploymentResult};

    #[test]
    fn missing_values_are_empty_cells() {
        let mut result = RunResult::default();
        result.series.start_s = vec![0.0, 60.0];
        result.series.gateway_egress = vec![Column { name: "main".into(), values: vec![8.0, 9.0] }];
        for name in ["office", "sales"] {
            let policy = vec![0.0, 0.5];
            let curve = ComplianceCurve { name: name.into(), policy, ..Default::default() };
            result.series.compliance.push(curve);
        }
        result.deployments.push(DeploymentResult::default());
        let series = String::from_utf8(to_bytes(&time_series(&result))).expect("UTF-8");
        let expected = "gateway_egress_bit_per_s main,policy_share office,content_share office,\
                        installed_share office,policy_share sales,";
        assert!(series.lines().next().expect("a header").contains(expected), "{series}");
        assert!(series.lines().last().expect("a row").ends_with(",9,0.5,,,0.5,,"), "{series}");
        let deployed = String::from_utf8(to_bytes(&deployments(&result))).expect("UTF-8");
        assert!(deployed.ends_with(",0,,0,,,,0,,,,0,,,,0,0,0,0\n"), "{deployed}");
    }
}
