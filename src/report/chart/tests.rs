//! Tests of charts on hand-written results.

use proptest::prelude::*;

use super::canvas::{Canvas, Shape};
use super::draw::drawn;
use super::labels::Area;
use super::{
    Chart, ChartGroup, Drawing, LineChart, Look, all, grouped, png, svg, svg_for_page, sweep,
};
use crate::results::{
    Column, ComplianceCurve, ConnectionPointResult, CostLine, DisruptionResult, GatewayResult,
    InstanceResult, MeanTimeSeries, MeanValue, MetricSummary, ReconnectionStorm, Replicated,
    RunResult, StationResult, SweepFactor, SweepPlan, SweepPoint, SweepResult,
};
use crate::terms::MetricFamily;

const BINS: usize = 96;

/// Returns a day in 15-minute bins; each value is a function of the elapsed share of the day.
fn values(of: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..BINS).map(|bin| of(bin as f64 / BINS as f64)).collect()
}

fn column(name: &str, of: impl Fn(f64) -> f64) -> Column {
    Column { name: name.to_owned(), values: values(of) }
}

/// Returns a curve that stays at 0 until `from` (a share of the day) and then rises to nearly 1.
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

fn named<'c>(charts: &'c [Chart], name: &str) -> Option<&'c LineChart> {
    let mut charts = charts.iter().filter_map(|chart| match chart {
        Chart::Lines(chart) => Some(chart),
        _ => None,
    });
    charts.find(|chart| chart.heading.name == name)
}

fn labels(charts: &[Chart], name: &str) -> Vec<String> {
    let chart = named(charts, name).expect(name);
    chart.lines.iter().map(|line| line.label.clone()).collect()
}

#[test]
fn deployments_egress_and_locations_are_drawn_if_present() {
    let charts = all(&result());
    let compliance = labels(&charts, "compliance");
    assert_eq!(compliance.len(), 6);
    assert_eq!(compliance[..2], ["office: policy", "office: content"]);
    let egress = labels(&charts, "egress");
    let expected = ["main: instances to clients and sites", "east: instances to clients and sites"];
    assert_eq!(egress[..2], expected);
    assert_eq!(egress[2..], ["main: storage to clients"], "storage without traffic has no line");
    let places = ["on the internet", "on VPN", "on the intranet", "using a gateway"];
    assert_eq!(labels(&charts, "clients"), places);
    for name in ["compliance", "egress", "clients"] {
        let chart = named(&charts, name).expect(name);
        assert!(svg(chart, &Look::default()).contains("vpn-to-cmg"));
        assert!(png(chart, &Look::default()).expect("drawn").len() > 10_000, "{name}");
    }
    let none = all(&RunResult::default());
    for name in ["compliance", "egress", "clients"] {
        assert!(named(&none, name).is_none(), "{name}");
    }
}

#[test]
fn many_deployments_show_only_the_installed_share() {
    let mut many = result();
    many.series.compliance = (0..3).map(|k| curve(&format!("d{k}"), 0.1 * f64::from(k))).collect();
    assert_eq!(labels(&all(&many), "compliance"), ["d0", "d1", "d2"]);
    many.series.compliance = (0..9).map(|k| curve(&format!("d{k}"), 0.1 * f64::from(k))).collect();
    let charts = all(&many);
    let chart = named(&charts, "compliance").expect("drawn");
    assert_eq!((chart.bands.len(), chart.lines.len()), (1, 1));
}

#[test]
fn one_gateway_without_vpn_needs_no_chart_of_locations() {
    let mut one = result();
    one.gateways.truncate(1);
    assert!(named(&all(&one), "clients").is_some(), "a run with VPN");
    one.series.vpn_clients = vec![0.0; BINS];
    assert!(named(&all(&one), "clients").is_none());
}

/// Returns a run with events at every component, so that all charts have data.
fn busy_result() -> RunResult {
    let mut result = result();
    let series = &mut result.series;
    let noise = |at: f64| (at * 977.0).sin().abs();
    for values in [
        &mut series.issued_per_s,
        &mut series.attempts_per_s,
        &mut series.completed_per_s,
        &mut series.failed_attempts_per_s,
    ] {
        *values = self::values(|at| 3.0 + noise(at));
    }
    let latency = |factor: f64| -> Vec<Option<f64>> {
        values(noise).into_iter().map(|one| (one > 0.4).then_some(factor * (0.1 + one))).collect()
    };
    series.latency_p50_s = latency(1.0);
    series.latency_p95_s = latency(3.0);
    series.latency_p99_s = latency(9.0);
    result.latency.count = 4_000;
    (result.latency.p50, result.latency.p95, result.latency.p99) = (0.30, 0.31, 0.32);
    result.latency_distribution = (0..400)
        .map(|place| f64::from(place) / 400.0)
        .map(|share| (0.02 + 0.3 * share, share))
        .collect();
    for number in 0..5 {
        let name = format!("main/{number}");
        result.stations.push(StationResult {
            name: name.clone(),
            servers: Some(2),
            utilisation_mean_share: 0.3,
            utilisation_peak_share: 0.2 * f64::from(number + 1),
            ..StationResult::default()
        });
        result.instances.push(InstanceResult {
            gateway: "main".to_owned(),
            number,
            connection_limit: 6_000,
            connections_peak: 7_000,
            station: number,
            ..InstanceResult::default()
        });
        let level = f64::from(number + 1);
        result.series.instance_connections.push(column(&name, |at| 1_500.0 * level * day(at)));
        result.series.instance_up.push(column(&name, |at| if at > 0.9 { 0.5 } else { 1.0 }));
        result.series.utilisation.push(column(&name, |at| 0.18 * level * day(at)));
    }
    for number in 0..12 {
        result.disruptions.push(DisruptionResult {
            name: "walk".to_owned(),
            description: format!("update domain {number} of main"),
            start_s: 40_000.0 + 900.0 * f64::from(number),
            end_s: Some(40_600.0 + 900.0 * f64::from(number)),
            ..DisruptionResult::default()
        });
    }
    result.gateways[0].stopped_at_s = Some(86_000.0);
    add_ports(&mut result);
    add_storm(&mut result);
    add_means(&mut result);
    let item = |item: &str, cost: f64| CostLine {
        item: item.to_owned(),
        cost_per_month: Some(cost),
        ..CostLine::default()
    };
    result.cost.lines =
        vec![item("VM instances", 300.0), item("egress", 90.0), item("storage", 10.0)];
    result.cost.total_per_month = Some(400.0);
    result
}

fn add_ports(result: &mut RunResult) {
    for name in ["cp1", "cp2"] {
        result.connection_points.push(ConnectionPointResult {
            name: name.to_owned(),
            gateway: "main".to_owned(),
            site: "P01".to_owned(),
            port_limit: 50_000,
            ports_peak: 20_000,
            station: result.stations.len() as u32,
            ..ConnectionPointResult::default()
        });
        result.stations.push(StationResult { name: name.to_owned(), ..StationResult::default() });
        result.series.utilisation.push(column(name, |_| 0.0));
        result.series.ports_peak.push(column(name, |at| 20_000.0 * day(at)));
    }
}

/// Adds the reconnection storm after the first disruption.
fn add_storm(result: &mut RunResult) {
    let rows = |of: fn(f64) -> f64| (0..90).map(|row| of(f64::from(row))).collect();
    result.disruptions[0].connections_lost = 4_000;
    result.storm = Some(ReconnectionStorm {
        start_s: rows(|row| 35_700.0 + 10.0 * row),
        end_s: rows(|row| 35_710.0 + 10.0 * row),
        connect_attempts_per_s: rows(|row| if row == 31.0 { 400.0 } else { 5.0 }),
        connects_per_s: rows(|row| if row == 31.0 { 300.0 } else { 5.0 }),
        failed_attempts_with_channels_per_s: rows(|row| if row == 31.0 { 100.0 } else { 0.0 }),
        gateway_clients: rows(|_| 5_000.0),
        without_channel: rows(|row| if row > 29.0 { 4_000.0 - 40.0 * row } else { 0.0 }),
        retrying: rows(|row| if row > 29.0 { 900.0 - 9.0 * row } else { 0.0 }),
    });
}

/// Adds means over replications.
fn add_means(result: &mut RunResult) {
    let means = |factor: f64| -> Vec<MeanValue> {
        let value = |mean: f64| MeanValue {
            count: 5,
            mean,
            half_width: Some(0.1 * mean),
            ..MeanValue::default()
        };
        values(|at| factor * day(at)).into_iter().map(value).collect()
    };
    let start_s = result.series.start_s.clone();
    let series = MeanTimeSeries {
        end_s: start_s.iter().map(|start| start + 900.0).collect(),
        start_s,
        completed_per_s: means(30.0),
        latency_p95_s: means(0.4),
        utilisation: means(0.9),
    };
    result.replicated = Some(Replicated {
        count: 5,
        confidence: 0.95,
        mean_time_series: Some(series),
        ..Replicated::default()
    });
}

#[test]
fn each_chart_has_its_group_on_the_page() {
    use ChartGroup::{Cost, Main, More, System};
    let charts = grouped(&busy_result());
    let found: Vec<_> =
        charts.iter().map(|(group, chart)| (*group, chart.heading().name.as_str())).collect();
    let expected = [
        (System, "topology"),
        (Main, "request-rate"),
        (Main, "latency"),
        (Main, "connections"),
        (Main, "connections-map"),
        (Main, "utilisation"),
        (More, "ports"),
        (More, "latency-distribution"),
        (Main, "reconnection-storm"),
        (More, "replications"),
        (More, "clients"),
        (More, "egress"),
        (Main, "compliance"),
        (Cost, "cost"),
    ];
    assert_eq!(found, expected);
}

fn day(at: f64) -> f64 {
    (-((at - 0.5) * 5.0).powi(2)).exp()
}

/// Returns the texts of a chart and the areas that they cover.
fn texts(canvas: &Canvas) -> Vec<(String, Area)> {
    let shapes = canvas.shapes().iter().filter_map(|shape| match shape {
        Shape::Text { text, at, before, look } => {
            Some((text.clone(), canvas.text_area(text, *at, *look, *before)))
        }
        _ => None,
    });
    shapes.collect()
}

#[test]
fn texts_do_not_overlap() {
    let slim = Look::new((900, 600), 1.3).expect("a look");
    let charts = all(&busy_result());
    for (chart, look) in charts.iter().flat_map(|one| [(one, Look::default()), (one, slim)]) {
        let canvas = drawn(chart, &look);
        let texts = texts(&canvas);
        for (place, (text, area)) in texts.iter().enumerate() {
            let name = &chart.heading().name;
            assert!(area.right <= canvas.right() + 1.0, "{name}: {text} leaves the chart");
            for (other, other_area) in &texts[..place] {
                assert!(!area.overlaps(other_area), "{name}: {text} covers {other}");
            }
        }
    }
}

#[test]
fn percentile_labels_stay_off_the_curve() {
    let charts = all(&busy_result());
    let chart = named(&charts, "latency-distribution").expect("a distribution");
    assert_eq!(chart.marks.len(), 3);
    let canvas = drawn(chart, &Look::default());
    let labels = texts(&canvas);
    let labels = labels.iter().filter(|(text, _)| text.starts_with('p') && text.contains(": "));
    assert_eq!(labels.clone().count(), 3);
    let curve = canvas.shapes().iter().filter_map(|shape| match shape {
        Shape::Line { points, .. } if points.len() > 10 => Some(points),
        _ => None,
    });
    let curve = curve.flatten().copied().collect::<Vec<_>>();
    for (text, area) in labels {
        let meets = curve.windows(2).any(|pair| area.meets(pair[0], pair[1]));
        assert!(!meets, "{text} covers the curve");
    }
}

#[test]
fn charts_are_as_high_as_their_content() {
    let charts = all(&busy_result());
    for chart in &charts {
        let canvas = drawn(chart, &Look::default());
        let mut lowest = texts(&canvas).iter().map(|(_, area)| area.bottom).fold(0.0, f64::max);
        for shape in canvas.shapes().iter().skip(1) {
            if let Shape::Rectangle { corners, .. } = shape {
                lowest = corners.iter().map(|corner| corner.1).fold(lowest, f64::max);
            }
        }
        let empty = 1.0 - lowest / canvas.bottom();
        assert!(empty < 0.1, "{}: {empty:.2} of the height is empty", chart.heading().name);
    }
    let height = |name: &str| {
        let mut charts = charts.iter().filter(|one| one.heading().name == name);
        charts.next().map(|chart| drawn(chart, &Look::default()).bottom())
    };
    assert!(height("connections-map").is_some_and(|height| height < 500.0));
    assert_eq!(height("connections"), Some(675.0));
}

#[test]
fn a_component_has_one_colour_in_all_charts_of_a_run() {
    let charts = all(&busy_result());
    let style = |chart: &str, line: &str| {
        let lines = &named(&charts, chart).expect(chart).lines;
        lines.iter().find(|one| one.label == line).map(|one| one.style)
    };
    for number in 0..5 {
        let name = format!("main/{number}");
        assert!(style("connections", &name).is_some());
        assert_eq!(style("connections", &name), style("utilisation", &name));
    }
}

#[test]
fn isolated_values_are_drawn_as_points() {
    let charts = all(&busy_result());
    let chart = named(&charts, "latency").expect("latency over time");
    let drawn = svg(chart, &Look::default());
    assert!(drawn.matches("<circle").count() > 60, "isolated values are drawn");
}

#[test]
fn the_line_at_80_per_cent_is_drawn_only_if_values_come_near_it() {
    let mut result = busy_result();
    let limits =
        |result: &RunResult| named(&all(result), "utilisation").map(|one| one.limits.len());
    assert_eq!(limits(&result), Some(1));
    result.series.utilisation.truncate(2);
    assert_eq!(limits(&result), Some(0));
}

#[test]
fn a_chart_in_a_page_uses_the_theme_of_the_page() {
    let charts = all(&busy_result());
    for chart in &charts {
        let (file, page) = (svg(chart, &Look::default()), svg_for_page(chart, &Look::default()));
        assert!(!file.contains("class=") && !file.contains("var("), "files use the light theme");
        assert!(page.contains(".ink{color:var(--ink,#1f2328)}"));
        assert!(page.contains(":root[data-theme=\"dark\"]{"));
        assert!(
            !page.contains("fill=\"#") && !page.contains("stroke=\"#"),
            "colours follow the page"
        );
    }
}

/// Returns a sweep of four points over two factors, with levels and means as a file may contain
/// them.
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

#[test]
fn bands_have_the_gaps_of_their_lines() {
    let levels = ["1", "0", "2", "0", "3", "0", "4", "0", "5", "0"].map(str::to_owned);
    let values = [1.0, 0.1, 2.0, 0.1, f64::NAN, 0.1, 4.0, 0.1, 5.0, 0.1];
    let charts = sweep(&sweep_of("grid", MetricFamily::LatencyP95, &levels, &values));
    let chart = named(&charts, MetricFamily::LatencyP95.name()).expect("a chart");
    assert_eq!((chart.lines[0].points[2], chart.bands[0].points[2]), ((3.0, None), (3.0, None)));
    let canvas = drawn(chart, &Look::default());
    let areas = canvas.shapes().iter().filter(|one| matches!(one, Shape::Area { .. })).count();
    assert_eq!(areas, 2, "an area on each side of the gap");
}

/// Generates extreme and arbitrary floating-point numbers.
fn odd_value() -> impl Strategy<Value = f64> {
    let ends = [0.0, -0.0, 5e-324, -5e-324, f64::MAX, f64::MIN, f64::INFINITY, f64::NAN, 1.0];
    prop_oneof![prop::sample::select(ends.to_vec()), any::<u64>().prop_map(f64::from_bits)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A sweep from an edited journal causes neither a panic nor an axis with an endless number of
    /// ticks.
    #[test]
    fn extreme_values_are_drawn(
        design in prop::sample::select(vec!["grid", "latin", "one-at-a-time"]),
        metric in prop::sample::select(MetricFamily::ALL.to_vec()),
        levels in prop::collection::vec(odd_value().prop_map(|value| value.to_string()), 8),
        values in prop::collection::vec(odd_value(), 8),
    ) {
        for chart in sweep(&sweep_of(design, metric, &levels, &values)) {
            let drawn = svg(&chart, &Look::default());
            prop_assert!(drawn.len() < 200_000, "{} bytes", drawn.len());
        }
    }
}
