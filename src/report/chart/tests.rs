//! Figures from results made by hand.

use proptest::prelude::*;

use super::{Chart, Figure, Look, all, png, svg, sweep};
use crate::results::{
    Column, ComplianceCurve, DisruptionResult, GatewayResult, MetricSummary, Replicated, RunResult,
    SweepFactor, SweepPlan, SweepPoint, SweepResult,
};
use crate::terms::MetricFamily;

const BINS: usize = 96;

/// A day in quarters of an hour; each value is a function of the part of the day.
fn values(of: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..BINS).map(|bin| of(bin as f64 / BINS as f64)).collect()
}

fn column(name: &str, of: impl Fn(f64) -> f64) -> Column {
    Column { name: name.to_owned(), values: values(of) }
}

/// From nothing to nearly all, beginning at a part of the day.
fn rising(from: f64, speed: f64) -> impl Fn(f64) -> f64 {
    move |at| if at < from { 0.0 } else { 1.0 - (-(at - from) * speed).exp() }
}

fn curve(name: &str, from: f64) -> ComplianceCurve {
    ComplianceCurve {
        name: name.to_owned(),
        policy: values(rising(from, 40.0)),
        content: values(rising(from + 0.02, 12.0)),
        installed: values(rising(from + 0.1, 9.0)),
    }
}

fn result() -> RunResult {
    let mut result = RunResult::default();
    result.scenario.name = "vpn-to-cmg".to_owned();
    result.scenario.clients = 9_000;
    result.scenario.time_zone = "Europe/Berlin".to_owned();
    result.scenario.start_unix_s = 1_763_938_800;
    result.scenario.utc_offset_s = 3600;
    result.scenario.duration_s = 86_400.0;
    result.gateways = ["main", "east"]
        .map(|name| GatewayResult { name: name.into(), ..Default::default() })
        .into();
    result.disruptions = vec![DisruptionResult {
        name: "wan".to_owned(),
        description: "WAN cut".to_owned(),
        start_s: 36_000.0,
        end_s: Some(39_600.0),
        ..DisruptionResult::default()
    }];
    let series = &mut result.series;
    series.interval_s = 900.0;
    series.start_s = values(|at| at * 86_400.0);
    let day = |at: f64| (-((at - 0.5) * 5.0).powi(2)).exp();
    series.internet_clients = values(|at| 1_000.0 + 1_500.0 * day(at));
    series.vpn_clients = values(|at| 5_000.0 * day(at));
    series.intranet_clients = values(|at| 1_200.0 * day(at));
    series.gateway_clients = values(|at| {
        let moved = if at > 0.42 { 5_000.0 } else { 0.0 };
        1_000.0 + (1_500.0 + moved) * day(at)
    });
    series.gateway_egress =
        vec![column("main", |at| 4e6 + 9e6 * day(at)), column("east", |at| 4.5e6 + 8e6 * day(at))];
    series.storage_egress =
        vec![column("main", |at| 4e7 * day(at) * rising(0.4, 90.0)(at)), column("east", |_| 0.0)];
    series.compliance = vec![curve("office", 0.2), curve("patches", 0.4)];
    result
}

fn named<'f>(charts: &'f [Chart], name: &str) -> Option<&'f Figure> {
    let mut figures = charts.iter().filter_map(|chart| match chart {
        Chart::Figure(figure) => Some(figure),
        _ => None,
    });
    figures.find(|figure| figure.heading.name == name)
}

fn labels(figures: &[Chart], name: &str) -> Vec<String> {
    let figure = named(figures, name).expect(name);
    figure.lines.iter().map(|line| line.label.clone()).collect()
}

#[test]
fn deployments_egress_and_places_are_drawn_where_there_are_any() {
    let figures = all(&result());
    let compliance = labels(&figures, "compliance");
    assert_eq!(compliance.len(), 6);
    assert_eq!(compliance[..2], ["office: policy", "office: content"]);
    let egress = labels(&figures, "egress");
    let expected = ["main: instances to clients and sites", "east: instances to clients and sites"];
    assert_eq!(egress[..2], expected);
    assert_eq!(egress[2..], ["main: storage to clients"], "storage that sends nothing has no line");
    let places = ["on the internet", "on VPN", "on the intranet", "use a gateway"];
    assert_eq!(labels(&figures, "clients"), places);
    for name in ["compliance", "egress", "clients"] {
        let figure = named(&figures, name).expect(name);
        assert!(svg(figure, &Look::default()).contains("vpn-to-cmg"));
        assert!(png(figure, &Look::default()).expect("drawn").len() > 10_000, "{name}");
    }
    let none = all(&RunResult::default());
    for name in ["compliance", "egress", "clients"] {
        assert!(named(&none, name).is_none(), "{name}");
    }
}

#[test]
fn many_deployments_are_shown_by_what_is_installed() {
    let mut many = result();
    many.series.compliance = (0..3).map(|k| curve(&format!("d{k}"), 0.1 * f64::from(k))).collect();
    assert_eq!(labels(&all(&many), "compliance"), ["d0", "d1", "d2"]);
    many.series.compliance = (0..9).map(|k| curve(&format!("d{k}"), 0.1 * f64::from(k))).collect();
    let figures = all(&many);
    let figure = named(&figures, "compliance").expect("drawn");
    assert_eq!((figure.bands.len(), figure.lines.len()), (1, 1));
}

#[test]
fn one_gateway_without_vpn_needs_no_chart_of_places() {
    let mut one = result();
    one.gateways.truncate(1);
    assert!(named(&all(&one), "clients").is_some(), "there is VPN");
    one.series.vpn_clients = vec![0.0; BINS];
    assert!(named(&all(&one), "clients").is_none());
}

/// Four points of two factors, with levels and means that a file may hold.
fn sweep_of(design: &str, metric: MetricFamily, levels: &[String], values: &[f64]) -> SweepResult {
    let factor = |path: &str| SweepFactor { path: path.to_owned(), asked: String::new() };
    let point = |levels: &[String]| SweepPoint {
        hash: String::new(),
        seed: 1,
        levels: levels.to_vec(),
        changed: (design == "one-at-a-time").then_some(1),
        objectives: Vec::new(),
    };
    let summary = |pair: &[f64]| MetricSummary {
        metric: metric.into(),
        count: 2,
        not_reached: 0,
        mean: Some(pair[0]),
        half_width: Some(pair[1]),
        standard_deviation: None,
        min: None,
        p5: None,
        p50: None,
        p95: None,
        max: None,
    };
    let summaries = values
        .chunks(2)
        .map(|pair| Replicated { metrics: vec![summary(pair)], ..Replicated::default() });
    SweepResult {
        plan: SweepPlan {
            design: design.to_owned(),
            factors: vec![factor("a"), factor("b")],
            points: levels.chunks(2).map(point).collect(),
            replications: 2,
            confidence: 0.95,
            metrics: vec![metric.name().to_owned()],
            ..SweepPlan::default()
        },
        summaries: summaries.collect(),
        ..SweepResult::default()
    }
}

/// Values at the ends of what a number can be.
fn odd_value() -> impl Strategy<Value = f64> {
    let ends = [0.0, -0.0, 5e-324, -5e-324, f64::MAX, f64::MIN, f64::INFINITY, f64::NAN, 1.0];
    prop_oneof![prop::sample::select(ends.to_vec()), any::<u64>().prop_map(f64::from_bits)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Charts of a sweep whose journal somebody has written: no panic, no endless axis.
    #[test]
    fn values_at_the_ends_of_what_a_number_can_be_are_drawn(
        design in prop::sample::select(vec!["grid", "latin", "one-at-a-time"]),
        metric in prop::sample::select(MetricFamily::ALL.to_vec()),
        levels in prop::collection::vec(odd_value().prop_map(|value| value.to_string()), 8),
        values in prop::collection::vec(odd_value(), 8),
    ) {
        for figure in sweep(&sweep_of(design, metric, &levels, &values)) {
            let drawn = svg(&figure, &Look::default());
            prop_assert!(drawn.len() < 200_000, "{} bytes", drawn.len());
        }
    }
}
