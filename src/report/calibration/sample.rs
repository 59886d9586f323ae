//! A calibration with all fields, for tests of text and page.

use crate::results::Latency;
use crate::results::calibration::{
    BackTest, BackTestHour, BackTestKind, CalibratedValue, Calibration, Candidate, Compared,
    DistributionFit, NotMeasured, PresenceHour,
};
use crate::results::logs::{KindTraffic, LogSummary, UnreadableLines};

/// Returns the calibration of an invented site.
pub fn calibration() -> Calibration {
    let value = |path: &str, value: &str, previous: &str, low: &str, high: &str| CalibratedValue {
        paths: vec![path.to_owned()],
        value: value.to_owned(),
        previous: previous.to_owned(),
        low: Some(low.to_owned()),
        high: Some(high.to_owned()),
        samples: 12_345,
        method: "Mean of all requests of this kind.".to_owned(),
        source: "u_ex2611*.log".to_owned(),
    };
    let gamma = "{ dist = \"gamma\", mean = \"9.1ms\", cv = 0.8 }";
    let remedy = "read logs with the field c-ip (IIS Manager, Logging, Select Fields)";
    Calibration {
        scenario: "contoso".to_owned(),
        files: vec!["mp-1/u_ex261123.log".to_owned(), "<mp-2>/u_ex261124.log".to_owned()],
        period: "2026-11-16 to 2026-11-26".to_owned(),
        logs: Some(logs()),
        notes: vec!["No rows were held out for a back-test.".to_owned()],
        values: vec![
            value(
                "client.message.policy_body.response",
                "\"12.4 KB\"",
                "\"20 KB\"",
                "\"12.1 KB\"",
                "\"12.7 KB\"",
            ),
            value("management_point.mp.cpu", gamma, "\"8ms\"", "\"8.9ms\"", "\"9.3ms\""),
            value("cohort.remote.policy_interval", "\"58min\"", "\"60min\"", "\"57min\"", {
                "\"59min\""
            }),
        ],
        not_measured: vec![
            NotMeasured {
                path: "management_point.mp.workers".to_owned(),
                reason: "logs do not contain the number of workers".to_owned(),
                remedy: String::new(),
            },
            NotMeasured {
                path: "cohort.remote.moves".to_owned(),
                reason: "the logs contain no addresses of clients".to_owned(),
                remedy: remedy.to_owned(),
            },
        ],
        fits: vec![fit("management_point.mp.cpu", "s", 1e-3), fit("client.message", "bytes", 1e3)],
        presence: presence(),
        assumed_before: 198,
        assumed_after: 195,
        back_test: Some(back_test()),
    }
}

fn logs() -> LogSummary {
    let kind = |kind: &str, rows: u64| KindTraffic {
        kind: kind.to_owned(),
        rows,
        rate_mean_per_s: rows as f64 / 864_000.0,
        clients: Some(18_000),
        time_taken: Latency { count: rows, mean: 0.031, p95: 0.09, ..Latency::NONE },
        ..KindTraffic::default()
    };
    LogSummary {
        files: 22,
        bytes: 4_500_000_000,
        lines: 31_000_000,
        rows: 30_900_000,
        unreadable_lines: 1_200,
        servers: 2,
        first: Some("2026-11-16T00:00:00Z".to_owned()),
        last: Some("2026-11-27T23:59:59Z".to_owned()),
        covered_s: 1_036_800,
        classified_rows_share: Some(0.973),
        classified_bytes_share: Some(0.991),
        unreadable: vec![UnreadableLines {
            reason: "columns".to_owned(),
            meaning: "rows with more or fewer columns than `#Fields`".to_owned(),
            count: 1_200,
            file: "mp-1/u_ex261123.log".to_owned(),
            line: 17,
            remedy: "check the disk".to_owned(),
        }],
        kinds: vec![kind("messages", 20_000_000), kind("keep_alive", 9_000_000)],
        ..LogSummary::default()
    }
}

/// Returns a fit whose largest observations exceed the fitted distribution.
fn fit(path: &str, unit: &str, scale: f64) -> DistributionFit {
    let quantile = |number: u32| {
        let share = f64::from(number) / 50.0;
        let fitted = -scale * (1.0 - share).ln();
        [fitted, fitted * (1.0 + 0.3 * share * share)]
    };
    let candidate =
        |family: &str, aicc, distance| Candidate { family: family.to_owned(), aicc, distance };
    DistributionFit {
        path: path.to_owned(),
        unit: unit.to_owned(),
        samples: 10_000,
        observed: Latency {
            count: 10_000,
            mean: 9.1 * scale,
            standard_deviation: 7.3 * scale,
            p50: 7.0 * scale,
            p95: 24.0 * scale,
            p99: 33.0 * scale,
            ..Latency::NONE
        },
        chosen: "gamma".to_owned(),
        candidates: vec![
            candidate("gamma", -71_234.5, 0.018),
            candidate("weibull", -71_198.2, 0.022),
            candidate("lognormal", -70_456.9, 0.051),
        ],
        separation: "Waiting was separated with the number of requests in progress".to_owned(),
        quantiles: (0..50).map(quantile).collect(),
    }
}

/// Returns presence in office hours; the logs do not cover Sunday.
fn presence() -> Vec<PresenceHour> {
    let share = |hour: u32| match (hour / 24, hour % 24) {
        (6, _) => None,
        (0..=4, 8..=17) => Some(0.72),
        (_, 22..=23 | 0..=5) => Some(0.11),
        _ => Some(0.3),
    };
    let hour = |hour| PresenceHour { hour, online_share: share(hour), covered_s: 7200 };
    (0..168).map(hour).collect()
}

fn back_test() -> BackTest {
    let compared = |measured: f64, error: f64| Compared {
        measured,
        simulated: measured * (1.0 + error),
        simulated_half_width: 0.01 * measured,
        error_share: error,
    };
    let kind = |kind: &str, rate: f64, errors: [f64; 3]| BackTestKind {
        kind: kind.to_owned(),
        rate_mean_per_s: compared(rate, errors[0]),
        time_taken_mean_s: compared(0.0312, errors[1]),
        time_taken_p95_s: compared(0.0891, errors[2]),
    };
    let hour = |hour: i32| {
        let load = 30.0 + 20.0 * (f64::from(hour - 6) / 24.0 * std::f64::consts::TAU).sin();
        BackTestHour {
            start: format!("2026-11-27T{hour:02}:00:00Z"),
            measured_per_s: load * (1.0 + 0.05 * f64::from(hour % 3 - 1)),
            simulated_per_s: load,
            simulated_half_width_per_s: 0.04 * load,
        }
    };
    BackTest {
        period: "2026-11-27".to_owned(),
        replications: 3,
        kinds: vec![
            kind("policy_body", 2.5, [0.24, 0.01, 0.02]),
            kind("messages", 25.0, [-0.011, 0.02, 0.04]),
            kind("keep_alive", 9.0, [0.004, 0.0, 0.0]),
            kind("registration", 0.01, [0.9, 0.5, 0.5]),
        ],
        hours: (0..24).map(hour).collect(),
        notes: vec![
            "Not simulated, because they are not in the held-out period: disruption.patching."
                .to_owned(),
        ],
    }
}
