//! Tests of whole files: published samples, formats, intervals, bad rows, estimates.

use super::*;
use crate::results::calibration::CalibratedValue;
use crate::results::counts::{CountCalibration, CountKind, CountSummary};
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};

/// Entries of azure-ccmsetup.md (10/07/2020), sections 3.2 and 4.1.
const TIMED: &str = "RequestUri: /CCM_PROXY_SERVERAUTH/72057594037937981/CCM_STS  RequestCount: 1  \
    RequestSize: 1974 Bytes  ResponseCount: 1  ResponseSize: 1566 Bytes  AverageElapsedTime: 218 \
    ms~~  $$<CMGService><06-24-2020 15:31:46.376+00><thread=4992 (0x1380)>\n";
const UNTIMED: &str = "RequestUri: /CCM_PROXY_SERVERAUTH/72057594037937981/CCM_STS  RequestCount: \
    769  RequestSize: 1081595 Bytes  ResponseCount: 769     ResponseSize: 36143 Bytes  \
    AverageElapsedTime: 3945 ms\n";

/// Entry of the troubleshooting article on co-management bootstrap (04/16/2020).
const REPORT: &str = "SMS_CLOUD_PROXYCONNECTOR    6124 (0x17ec)    ReportTrafficData - state \
    message to send: ~~<ProxyTrafficStateDetails ServerName=\"PS1DP.CONTOSO.COM\" \
    StartTime=\"Date1 Time1\" EndTime=\"Date2 Time2\" \
    MaxConcurrentRequests=\"2\">  <EndPoints>~~    \
    <EndPoint Name=\"BGB\" ProxyServer=\"DOMAINCMG.CLOUDAPP.NET\" TargetHost=\"ps.contoso.com\" \
    TotalRequests=\"2\" TotalRequestsWithBearerToken=\"0\" MaxConcurrentRequests=\"2\" \
    TotalRequestBytes=\"2594\" TotalResponseBytes=\"716\" FailedRequests=\"0\"/>~~  </EndPoints>~~\
    </ProxyTrafficStateDetails>~~~~\n";

fn options() -> Options {
    Options::new(Rules::builtin())
}

fn mapped(columns: &[&str]) -> Mapping {
    let mut mapping = Mapping::default();
    for column in columns {
        mapping.add(column).expect("a mapping");
    }
    mapping
}

fn tallied(files: &[&str], options: &Options) -> Tallies {
    let mut reader = CountReader::new(options);
    for (number, file) in files.iter().enumerate() {
        assert!(reader.read(&format!("file {number}"), &mut file.as_bytes(), &mut |_| true));
    }
    reader.finish().expect("all columns exist")
}

fn read(files: &[&str]) -> CountSummary {
    summarise(&tallied(files, &options()))
}

/// Returns the only kind.
fn only(found: &CountSummary) -> &CountKind {
    assert_eq!(found.kinds.len(), 1, "{:?} {:?}", found.kinds, found.unreadable);
    &found.kinds[0]
}

fn reasons(found: &CountSummary) -> Vec<(&str, u64, u64)> {
    found.unreadable.iter().map(|one| (&*one.reason, one.count, one.line)).collect()
}

#[test]
fn published_entries_of_the_service_log_are_read() {
    let found = read(&[UNTIMED]);
    let kind = only(&found);
    assert_eq!((&*kind.source, &*kind.kind), ("instances", "token_renewal"));
    assert_eq!(
        (kind.requests, kind.request_bytes, kind.response_bytes),
        (769.0, 1_081_595.0, 36_143.0)
    );
    assert!((kind.request_mean_bytes.mean - 1_406.495_448_63).abs() < 1e-6);
    assert_eq!((kind.response_mean_bytes.mean, kind.elapsed_mean_s.mean), (47.0, 3.945));
    assert!(kind.rate_per_s.mean.is_nan());
    assert_eq!(reasons(&found), [("time", 1, 1)]);
    let found = read(&[TIMED]);
    let kind = only(&found);
    assert_eq!((kind.requests, kind.request_bytes, kind.response_bytes), (1.0, 1974.0, 1566.0));
    assert_eq!((kind.rate_per_s.mean, kind.elapsed_mean_s.mean), (1.0 / 300.0, 0.218));
    let source = &found.sources[0];
    assert_eq!(source.first.as_deref(), Some("2020-06-24T15:26:50Z"));
    assert_eq!((source.last.as_deref(), source.covered_s), (Some("2020-06-24T15:31:50Z"), 300));
}

#[test]
fn the_published_traffic_details_are_read() {
    let found = read(&[REPORT]);
    let kind = only(&found);
    assert_eq!((&*kind.source, &*kind.kind), ("connection_points", "keep_alive"));
    assert_eq!((kind.requests, kind.failed, found.sources[0].servers), (2.0, Some(0.0), 1));
    assert_eq!((kind.request_mean_bytes.mean, kind.response_mean_bytes.mean), (1297.0, 358.0));
    assert_eq!(reasons(&found), [("time", 1, 1)]);
}

fn report(server: &str, start: &str, end: &str, requests: u32, concurrent: u32) -> String {
    format!(
        "<ProxyTrafficStateDetails ServerName='{server}' StartTime='2026-11-30 {start}' \
         EndTime='2026-11-30 {end}' MaxConcurrentRequests='9'>\n<EndPoints>\n<EndPoint Name='BGB' \
         TargetHost='mp' TotalRequests='{requests}' MaxConcurrentRequests='{concurrent}'\n \
         TotalRequestBytes='{}' TotalResponseBytes='{}' FailedRequests='0'/>\n</EndPoints>\n\
         </ProxyTrafficStateDetails>\n",
        requests * 1400,
        requests * 47
    )
}

/// Three intervals of five minutes on 2026-11-30 in UTC, with 10, 20 and 30 requests of 1,400 and
/// 47 bytes.
const ROWS: [(&str, &str, u32); 3] =
    [("10:00", "10:05", 10), ("10:05", "10:10", 20), ("10:10", "10:15", 30)];

fn all(row: impl Fn(&str, &str, u32) -> String) -> String {
    ROWS.iter().map(|(start, end, requests)| row(start, end, *requests)).collect()
}

/// Returns the rows in the formats of connection points and instances.
fn logs() -> Vec<(&'static str, String)> {
    let xml = all(|start, end, requests| report("CP1", start, end, requests, 7));
    let quoted = |text: String| format!("1,\"{}\",x\n", text.replace('"', "\"\""));
    let database = all(|start, end, requests| quoted(report("CP1", start, end, requests, 7)));
    let entry = |text: &str, at: &str| {
        let at = at.replace("10:", "11:");
        format!(
            "<![LOG[{text}\n]LOG]!><time=\"{at}:07.000-60\" date=\"11-30-2026\" thread=\"1\">\n"
        )
    };
    let connector = all(|start, end, requests| {
        let text = report("CP1", start, end, requests, 7);
        entry(&format!("ReportTrafficData - state message to send: {text}"), end)
    });
    // The clock of the instance is one hour ahead of UTC, and entries are a few seconds late.
    let service = all(|_, end, requests| {
        let text = format!(
            "RequestUri: /CCM_Proxy_MutualAuth/7/BGB/handler.ashx  RequestCount: {requests}  \
             RequestSize: {} Bytes  ResponseCount: {requests}  ResponseSize: {} Bytes  \
             AverageElapsedTime: 9 ms",
            requests * 1400,
            requests * 47,
        );
        entry(&text, end)
    });
    vec![
        ("connection_points", xml),
        ("connection_points", format!("ID,StateDetails,Other\n{database}")),
        ("connection_points", connector),
        ("instances", service),
    ]
}

/// Returns the rows as tables and JSON.
fn tables() -> Vec<(&'static str, String)> {
    let table = all(|start, end, requests| {
        let (sent, received) = (requests * 1400, requests * 47);
        let [start, end] = [start, end].map(|time| format!("11/30/2026 {time}:00 AM"));
        format!("{start},{end},BGB,{requests},{sent},{received}\n")
    });
    let header = "StartTime,EndTime,Name,TotalRequests,TotalRequestBytes,TotalResponseBytes";
    let array = |first: &str, between: &str, last: &str| {
        let row = |(from, to, requests): &(&str, &str, u32)| {
            format!(
                "{{\"time\": \"2026-11-30T{from}Z\", \"end\": \"2026-11-30T{to}Z\", \
                 \"tags\": {{}}, \
                 \"kind\": \"Keep Alive\", \"requests\": {requests}, \
                 \"request_bytes\": {}}}",
                requests * 1400
            )
        };
        format!("{first}{}{last}", ROWS.iter().map(row).collect::<Vec<_>>().join(between))
    };
    vec![
        ("tables", format!("Connections\n\n{header}\n{table}")),
        ("tables", array("[", ",\n", "]")),
        ("tables", array("", "\n", "\n")),
        ("tables", array("{\"value\": [", ",", "]}")),
    ]
}

fn assert_is_rows(found: &CountSummary, source: &str, first: &str) {
    assert_eq!(reasons(found), [], "{source}");
    let kind = only(found);
    assert_eq!((&*kind.source, &*kind.kind), (source, "keep_alive"));
    assert_eq!((kind.rows, kind.requests, kind.request_mean_bytes.mean), (3, 60.0, 1400.0));
    let own = &found.sources[0];
    let lengths: Vec<_> = own.lengths.iter().map(|one| (one.length_s, one.rows)).collect();
    assert_eq!((own.covered_s, lengths), (900, vec![(300, 3)]), "{source}");
    assert_eq!(own.first.as_deref(), Some(first), "{source}");
    assert!((kind.rate_per_s.mean - 60.0 / 900.0).abs() < 1e-12);
    assert_eq!((found.intervals.len(), found.intervals[2].requests), (3, 30.0));
}

#[test]
fn all_formats_give_the_same_counts() {
    for (source, text) in logs().into_iter().chain(tables()) {
        // Ends of log entries are rounded to ten seconds.
        let seconds = if source == "instances" { "10" } else { "00" };
        assert_is_rows(&read(&[&text]), source, &format!("2026-11-30T10:00:{seconds}Z"));
    }
}

#[test]
fn columns_of_other_languages_can_be_mapped() {
    let rows = all(|start, _, requests| {
        let start = start.replace("10:", "11:");
        format!("30.11.2026 {start};/bgb/handler.ashx;{requests},0;{}\n", requests * 1400)
    });
    let columns = ["time=Zeit", "endpoint=Pfad", "requests=Anfragen", "request_bytes=Bytes"];
    let german = options()
        .with_clock(TimeZone::get("Europe/Berlin").expect("a zone"), DateOrder::Mdy)
        .with_columns(mapped(&columns));
    let found = summarise(&tallied(&[&format!("Zeit;Pfad;Anfragen;Bytes\n{rows}")], &german));
    assert_is_rows(&found, "tables", "2026-11-30T10:00:00Z");
}

#[test]
fn metrics_of_azure_monitor_are_read() {
    let json = r#"{"cost": 1, "interval": "PT5M", "timespan": "x", "value": [
        {"id": "/x", "name": {"localizedValue": "Network Out", "value": "Network Out Total"},
         "timeseries": [{"metadatavalues": [{"name": {"value": "vm"}, "value": "7"}], "data": [
            {"timeStamp": "2026-11-30T10:00:00Z", "total": 3000000.0},
            {"timeStamp": "2026-11-30T10:05:00Z", "total": null},
            {"timeStamp": "2026-11-30T10:10:00Z", "total": 6000000.0}]}], "unit": "Bytes"},
        {"name": {"value": "Percentage CPU"}, "timeseries": [{"data": [
            {"timeStamp": "2026-11-30T10:00:00Z", "average": 10.0},
            {"timeStamp": "2026-11-30T10:05:00Z", "average": 30.0}]}]},
        {"name": {"value": "Disk Read Bytes"}, "timeseries": [{"data": [
            {"timeStamp": "2026-11-30T10:00:00Z", "total": 1.0}]}]}]}"#;
    let table = "\"TimeStamp\"\t\"Network Out Total (Sum)\"\t\"Percentage CPU (Avg)\"\n\
        2026-11-30T10:00:00Z\t3000000\t10,0\n2026-11-30T10:05:00Z\t\t30,0\n\
        2026-11-30T10:10:00Z\t6000000\t\n";
    let long = "TimeGenerated,MetricName,Total,Average\n\
        2026-11-30 10:00:00,Network Out Total,3000000,\n\
        2026-11-30 10:05:00,Disk Read Bytes,1,\n\
        2026-11-30 10:10:00,Network Out Total,6000000,\n\
        2026-11-30 10:00:00,Percentage CPU,,10\n2026-11-30 10:05:00,Percentage CPU,,30\n";
    for (text, unread) in [
        (json, vec![("no_counts", 1, 5), ("metric", 1, 11)]),
        (table, vec![]),
        (long, vec![("metric", 1, 3)]),
    ] {
        let found = summarise(&tallied(&[text], &options().with_interval_s(Some(300))));
        assert_eq!(reasons(&found), unread);
        let [out, cpu] = &found.metrics[..] else { panic!("{:?}", found.metrics) };
        assert_eq!((&*out.metric, out.total_bytes, out.covered_s), ("network_out", 9e6, 600));
        assert_eq!((out.mean.mean, out.max), (15_000.0, 20_000.0));
        assert_eq!((&*cpu.metric, cpu.mean.mean, cpu.max), ("percentage_cpu", 20.0, 30.0));
    }
}

#[test]
fn intervals_of_different_lengths_are_weighted_by_time() {
    let minutes: String =
        (0..12).map(|index| format!("2026-11-30 10:{:02},CCM_STS,10\n", index * 5)).collect();
    let header = "time,endpoint,requests\n";
    let hours = "2026-11-30 11:00,CCM_STS,120\n2026-11-30 12:00,CCM_STS,120\n";
    let found = read(&[&format!("{header}{minutes}"), &format!("{header}{hours}")]);
    let kind = only(&found);
    assert_eq!((kind.requests, kind.rate_per_s.mean), (360.0, 1.0 / 30.0));
    let lengths: Vec<_> =
        found.sources[0].lengths.iter().map(|one| (one.length_s, one.rows)).collect();
    assert_eq!((lengths, found.sources[0].covered_s), (vec![(300, 12), (3600, 2)], 10_800));
}

#[test]
fn reports_of_two_connection_points_add_up_and_copies_count_once() {
    let first = report("CP1", "10:00", "10:05", 100, 40);
    let second = report("CP2", "10:00", "10:05", 50, 20);
    let found = read(&[&format!("{first}{second}"), &first]);
    let kind = only(&found);
    assert_eq!((kind.requests, kind.rate_per_s.mean), (150.0, 0.5));
    assert_eq!((kind.concurrent_mean, kind.concurrent_max), (60.0, 60.0));
    assert_eq!((found.sources[0].servers, found.sources[0].covered_s), (2, 300));
    assert_eq!(reasons(&found), [("copy", 1, 6)]);
    assert_eq!(found.online.map(|online| online.max), Some(60.0));
}

#[test]
fn bad_rows_are_counted_by_reason() {
    let long = "x".repeat(super::text::LENGTH_MAX + 10);
    let table = format!(
        "time,end,endpoint,requests,failed,kind\n\
         2026-11-30 10:00,2026-11-30 10:05,CCM_STS,5,0,\n\
         30/11/2026 10:05,2026-11-30 10:10,CCM_STS,5,0,\n\
         2026-11-30 10:10,2026-11-30 10:05,CCM_STS,5,0,\n\
         2026-11-30 10:10,2026-11-30 10:15,CCM_STS,many,0,\n\
         2026-11-30 10:15,2026-11-30 10:20,CCM_STS,5,6,\n\
         2026-11-30 10:20\n\
         2026-11-30 10:20,2026-11-30 10:25,,5,0,pc-4711\n\
         2026-11-30 10:25,2026-11-30 10:30,CCM_STS,-5,,\n\
         {long}\n\
         2026-11-30 10:30,2026-11-30 10:35,\"CCM_STS,5,0,\n"
    );
    let found = read(&[&table]);
    assert_eq!(
        reasons(&found),
        [
            ("columns", 1, 7),
            ("time", 1, 3),
            ("interval", 1, 4),
            ("number", 2, 5),
            ("no_counts", 1, 9),
            ("failed", 1, 6),
            ("kind", 1, 8),
            ("truncated", 1, 11),
            ("too_long", 1, 10),
        ]
    );
    assert_eq!(found.rows, 4);
    for (text, reason) in [
        ("a,b\n1,2\n", "header"),
        ("{\"time\": \"2026-11-30\", \"requests\": 1", "json"),
        ("[1, 2", "json"),
        ("nothing here\n", "content"),
        ("", "content"),
        ("<ProxyTrafficStateDetails StartTime='2026-11-30' EndTime='2026-12-01'>", "truncated"),
        ("<![LOG[RequestUri: /CCM_STS RequestCount: 1\n", "truncated"),
    ] {
        let found = read(&[text]);
        assert_eq!((found.rows, &*found.unreadable[0].reason), (0, reason), "{text}");
    }
}

fn scenario(text: &str) -> Scenario {
    let origin = ScenarioOrigin::Text { name: "site.toml".to_owned(), text: text.to_owned() };
    load(&LoadRequest { origin, overrides: Vec::new() })
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

/// Six hours in which requests have 1,200 and 1,400 bytes in turn.
fn calibrated(concurrent: u32) -> CountCalibration {
    let row = |index: u32| {
        let (hour, minute) = (10 + index / 12, index % 12 * 5);
        let bytes = if hour % 2 == 0 { 120_000 } else { 140_000 };
        format!("2026-11-30 {hour}:{minute:02},BGB,100,{bytes},35800,0,{concurrent}\n")
    };
    let rows: String = (0..72).map(row).collect();
    let header = "time,endpoint,requests,request_bytes,response_bytes,failed,concurrent\n";
    let tallies = tallied(&[&format!("{header}{rows}")], &options());
    let base = scenario("schema = 1\nextends = \"quickstart\"\n");
    estimate(Some(&base), &tallies, summarise(&tallies)).unwrap_or_else(|problems| {
        panic!("{}", problems.render(false));
    })
}

/// The half-width of the mean of six blocks is t(0.975, 5) s / sqrt(6) = 2.5706 * 109.545 / 2.4495
/// = 114.96 bytes.
#[test]
fn values_have_intervals_from_hours() {
    let found = calibrated(60).calibration;
    let value = |path: &str| {
        let found = found.values.iter().find(|one| one.paths == [path]);
        found.unwrap_or_else(|| panic!("{path}")).clone()
    };
    let CalibratedValue { value: bytes, low, high, samples, previous, .. } =
        value("client.message.keep_alive.request");
    assert_eq!((&*bytes, &*previous, samples), ("\"1300 B\"", "\"1.3 KB\"", 7200));
    assert_eq!((low.as_deref(), high.as_deref()), (Some("\"1185 B\""), Some("\"1415 B\"")));
    assert_eq!(value("client.message.keep_alive.response").value, "\"358 B\"");
    // Little's law: 60 requests in progress at 100 requests per 300 s are held for 180 s.
    let held = value("client.channel.keep_alive");
    assert_eq!(held.value, "{ dist = \"uniform\", low = \"120.00s\", high = \"240.00s\" }");
    assert!(found.assumed_after < found.assumed_before, "{}", found.assumed_after);
    let text = super::super::fragment::fragment("quickstart", &found);
    let measured = scenario(&text);
    assert_eq!(measured.resolved.measurements().len(), found.values.len());
    assert_eq!(measured.resolved.measurements()[0].period, "2026-11-30");
    let missing = |path: &str| found.not_measured.iter().any(|one| one.path == path);
    assert!(missing("network.relay") && missing("client.message.token_renewal.request"));
}

#[test]
fn requests_that_are_not_held_do_not_measure_the_channel() {
    let found = calibrated(1);
    let values = &found.calibration.values;
    assert!(values.iter().all(|one| one.paths != ["client.channel.keep_alive"]));
    let missing = found.calibration.not_measured;
    let why = missing.iter().find(|one| one.path == "client.channel.keep_alive");
    assert!(why.is_some_and(|one| one.reason.contains("3.00 s on average")), "{missing:?}");
    let online = found.counts.online.expect("channels are counted");
    assert_eq!((online.mean.mean, online.max), (1.0, 1.0));
    assert!(online.scenario_clients.is_some());
}
