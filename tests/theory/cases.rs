//! Expresses the cases with exact results as scenarios in which all stages except the queue of the
//! case take no time. The metric is read from the results of the run.

use cmgsim::RunResult;
use cmgsim::internals::results::Column;

/// Scenario with a known exact result.
pub struct Case {
    /// Id of the case in `theory-cases.json`.
    pub id: &'static str,
    /// Scenario text without seed, warm-up and duration.
    pub scenario: String,
    /// Warm-up in seconds, many times as long as the system needs to reach steady state.
    pub warm_up_s: u64,
    /// Measured seconds per replication of the short run.
    pub seconds: u64,
    /// Returns the primary metric of the case.
    pub measure: fn(&RunResult) -> f64,
}

/// Cases that a scenario cannot express, with the reason for each.
pub const NOT_EXPRESSED: [(&str, &str); 2] = [
    (
        "balance-jsq-2",
        "no component joins the shortest queue: Azure's load balancer distributes by hash, \
         connection points are used round robin, clients keep their management point",
    ),
    ("priority-np-2", "optional in the file: no component has priorities"),
];

/// Returns a scenario with these sources and a management point with these keys. All other stages
/// take no time.
fn station(keys: &str, sources: &str) -> String {
    format!(
        "schema = 1\n[management_point.mp]\nqueue_limit = \"none\"\ndatabase = \"0s\"\n{keys}\n\
         {sources}\n"
    )
}

/// Returns an open source that sends requests to the management point of `station`.
fn source(keys: &str) -> String {
    format!("[source.arrivals]\nenters = \"management_point.mp\"\n{keys}\n")
}

fn poisson(rate: f64) -> String {
    source(&format!("rate = \"{rate}/s\""))
}

fn exponential(seconds: f64) -> String {
    format!("cpu = {{ dist = \"exponential\", mean = \"{seconds}s\" }}")
}

/// Returns `station` with this queue limit.
fn limited(keys: &str, queue: u32, sources: &str) -> String {
    let limit = format!("queue_limit = {queue}");
    station(keys, sources).replace("queue_limit = \"none\"", &limit)
}

/// Returns a closed system of intranet clients that alternate between thinking and polling.
fn closed(clients: u32, think_seconds: f64, client_keys: &str) -> String {
    format!(
        "[cohort.users]\nclients = {clients}\npresence = \"always-on\"\nuplink = \"unlimited\"\n\
         downlink = \"unlimited\"\nstart_delay = \"0s\"\nnew_policy_share = \"0%\"\n\
         authentication = \"certificate\"\nrevocation.check = false\n\
         timeout = \"1000d\"\nlocation.interval = \"off\"\nheartbeat.interval = \"off\"\n\
         hardware_inventory.interval = \"off\"\nsoftware_inventory.interval = \"off\"\n\
         state_message.interval = \"off\"\nchannel.enabled = false\n\
         policy_poll.think = {{ dist = \"exponential\", mean = \"{think_seconds}s\" }}\n\
         {client_keys}\n"
    )
}

/// Network section without delays.
const NO_DISTANCE: &str = "[network]\nclient_azure = \"0s\"\nclient_site = \"0s\"\n\
    azure_site = \"0s\"\nrelay = \"0s\"\nsetup_round_trips = 0.0\n";

const ON_INTRANET: &str = "locations = { internet = \"0%\", intranet = \"100%\" }";

fn mean_wait(result: &RunResult) -> f64 {
    result.stations[0].wait.mean
}

fn mean_response_time(result: &RunResult) -> f64 {
    result.stations[0].response.mean
}

fn mean_present(result: &RunResult) -> f64 {
    result.stations[0].in_system_mean
}

/// Returns the share of arrivals that are refused.
fn blocked(result: &RunResult) -> f64 {
    result.stations[0].refused as f64 / result.stations[0].arrivals as f64
}

/// Returns the share of arrivals that leave the queue without service.
fn abandoned(result: &RunResult) -> f64 {
    result.stations[0].abandoned as f64 / result.stations[0].arrivals as f64
}

fn ports_blocked(result: &RunResult) -> f64 {
    result.connection_points[0].port_refusals as f64 / result.requests.attempts as f64
}

fn response(result: &RunResult) -> f64 {
    result.latency.mean
}

fn throughput(result: &RunResult) -> f64 {
    result.requests.throughput_per_s
}

fn in_orbit(result: &RunResult) -> f64 {
    result.waiting_for_retry_mean
}

fn total_wait(result: &RunResult) -> f64 {
    result.stations[0].wait.mean * result.stations[0].completed as f64
}

/// Returns the mean number in system at the time of the daily peak.
fn mean_at_peak(result: &RunResult) -> f64 {
    const HOUR: f64 = 3600.0;
    let Column { values, .. } = &result.series.present[0];
    let is_peak = |start: f64| {
        let middle = (start + result.series.interval_s / 2.0).rem_euclid(24.0 * HOUR);
        (middle - 7.842_433_289 * HOUR).abs() < result.series.interval_s
    };
    let starts = result.series.start_s.iter();
    let peaks: Vec<f64> =
        starts.zip(values).filter(|(start, _)| is_peak(**start)).map(|(_, level)| *level).collect();
    peaks.iter().sum::<f64>() / peaks.len() as f64
}

/// Returns every case that a scenario can express.
pub fn all() -> Vec<Case> {
    let mut cases = queues();
    cases.extend(loss_systems());
    cases.extend(other_distributions());
    cases.extend(networks());
    cases.extend(interruptions());
    cases
}

fn case(
    id: &'static str,
    scenario: String,
    (warm_up_s, seconds): (u64, u64),
    measure: fn(&RunResult) -> f64,
) -> Case {
    Case { id, scenario, warm_up_s, seconds, measure }
}

fn queues() -> Vec<Case> {
    let mmc = |id, rate, service, servers: u32, times| {
        let keys = format!("workers = {servers}\n{}", exponential(1.0 / service));
        case(id, station(&keys, &poisson(rate)), times, mean_wait)
    };
    let finite = |id, servers: u32, service: f64, users: u32, think: f64, times| {
        let keys = format!("workers = {servers}\n{}", exponential(service));
        let users = closed(users, think, ON_INTRANET);
        case(id, station(&keys, &format!("{NO_DISTANCE}{users}")), times, mean_wait)
    };
    vec![
        mmc("mm1-0.5-mu1", 0.5, 1.0, 1, (1_000, 400_000)),
        mmc("mm1-0.95-mu1", 0.95, 1.0, 1, (100_000, 2_000_000)),
        mmc("mmc-3-0.2667", 1.0, 1.25, 3, (1_000, 400_000)),
        mmc("mmc-3-0.8", 1.2, 0.5, 3, (4_000, 400_000)),
        mmc("mmc-4-0.9", 3.6, 1.0, 4, (10_000, 200_000)),
        mmc("mmc-64-0.9688", 62.0, 1.0, 64, (3_000, 30_000)),
        finite("finite-12-5", 5, 0.5, 12, 0.125, (200, 20_000)),
        finite("finite-50000-16", 16, 1.0, 50_000, 3600.0, (36_000, 40_000)),
    ]
}

fn loss_systems() -> Vec<Case> {
    let workers = |servers: u32| format!("workers = {servers}\n{}", exponential(1.0));
    let ports = |rate: f64| {
        format!(
            "schema = 1\n[gateway.g]\n[connection_point.cp]\ncores = \"unlimited\"\n\
             ports = 16384\ntime_wait = \"0s\"\n\
             forward = {{ dist = \"exponential\", mean = \"1s\" }}\n\
             [management_point.mp]\nworkers = \"unlimited\"\ncpu = \"0s\"\ndatabase = \"0s\"\n\
             {NO_DISTANCE}[source.arrivals]\nenters = \"connection_point.cp\"\nrate = \"{rate}/s\"\n"
        )
    };
    let gas_station = "[source.a]\nenters = \"management_point.mp\"\nkind = \"policy_poll\"\n\
        rate = \"0.1125/s\"\n[source.b]\nenters = \"management_point.mp\"\nkind = \"location\"\n\
        rate = \"0.0375/s\"\n";
    let two_kinds = "workers = 1\ncpu = { policy_poll = { dist = \"exponential\", mean = \"8s\" }, \
        default = { dist = \"exponential\", mean = \"3s\" } }";
    let kept_waiting = format!("workers = 1\nqueue_timeout = \"5s\"\n{}", exponential(1.0));
    let impatient = format!(
        "workers = 4\nqueue_timeout = {{ dist = \"exponential\", mean = \"2s\" }}\n{}",
        exponential(1.0)
    );
    vec![
        case("erlang-b-10-10.0", limited(&workers(10), 0, &poisson(10.0)), (100, 40_000), blocked),
        case(
            "erlang-b-6000-5900.0",
            limited(&workers(6000), 0, &poisson(5900.0)),
            (30, 300),
            blocked,
        ),
        case("erlang-b-16384-16000.0", ports(16_000.0), (30, 100), ports_blocked),
        case("erlang-b-16384-18000.0", ports(18_000.0), (30, 30), ports_blocked),
        case(
            "mmck-2-3-0.375",
            limited(&format!("workers = 2\n{}", exponential(0.25)), 1, &poisson(3.0)),
            (100, 400_000),
            blocked,
        ),
        case(
            "mmck-4-1004-1.05",
            limited(&workers(4), 1000, &poisson(4.2)),
            (100_000, 400_000),
            blocked,
        ),
        case("gas-station-1", limited(two_kinds, 0, gas_station), (1_000, 1_000_000), mean_present),
        case("erlang-a-4", station(&impatient, &poisson(4.2)), (500, 200_000), abandoned),
        case("mm1-timeout-5", station(&kept_waiting, &poisson(0.9)), (1_000, 400_000), abandoned),
    ]
}

fn other_distributions() -> Vec<Case> {
    let mg1 = |id, distribution: &str, times| {
        let keys = format!("workers = 1\ncpu = {distribution}");
        case(id, station(&keys, &poisson(0.8)), times, mean_wait)
    };
    let sharing = |id, distribution: &str, times| {
        let keys = format!("workers = 1\ndiscipline = \"processor-sharing\"\ncpu = {distribution}");
        case(id, station(&keys, &poisson(0.8)), times, mean_response_time)
    };
    let one = format!("workers = 1\n{}", exponential(1.0));
    let interarrival = |distribution: &str| source(&format!("interarrival = {distribution}"));
    let held = "workers = \"unlimited\"\ncpu = { dist = \"lognormal\", mean = \"30min\", cv = 2 }";
    let long = (10_000, 600_000);
    vec![
        mg1("mg1-constant-0.8", "\"1s\"", long),
        mg1("mg1-erlang-4-0.8", "{ dist = \"gamma\", mean = \"1s\", cv = 0.5 }", long),
        mg1("mg1-exponential-0.8", "{ dist = \"exponential\", mean = \"1s\" }", long),
        mg1("mg1-lognormal-cv1.5-0.8", "{ dist = \"lognormal\", mean = \"1s\", cv = 1.5 }", long),
        mg1("mdc-1-0.8", "\"1s\"", long),
        case(
            "mdc-16-0.9",
            station("workers = 16\ncpu = \"1s\"", &poisson(14.4)),
            (2_000, 60_000),
            mean_wait,
        ),
        case(
            "gm1-erlang4-0.8",
            station(&one, &interarrival("{ dist = \"gamma\", mean = \"1.25s\", cv = 0.5 }")),
            long,
            mean_wait,
        ),
        case(
            "gm1-deterministic-0.8",
            station(&one, &source("rate = \"0.8/s\"\narrival_process = \"deterministic\"")),
            long,
            mean_wait,
        ),
        case(
            "mxm1-batch5-0.8",
            station(&one, &source("rate = \"0.16/s\"\nbatch = 5")),
            long,
            mean_present,
        ),
        case("mginf-lognormal", station(held, &poisson(2.0)), (720_000, 300_000), mean_present),
        case("mtminf-day", sine_day(), (2 * 86_400, 240 * 86_400), mean_at_peak),
        sharing("mg1ps-constant-0.8", "\"1s\"", long),
        sharing("mg1ps-exponential-0.8", "{ dist = \"exponential\", mean = \"1s\" }", long),
        sharing("mg1ps-lognormal-0.8", "{ dist = \"lognormal\", mean = \"1s\", cv = 2 }", long),
        case(
            "balance-round-robin-4",
            format!(
                "schema = 1\n[management_point.mp]\ncount = 4\nworkers = 1\ndatabase = \"0s\"\n\
                 queue_limit = \"none\"\n{}\n[source.arrivals]\nenters = \"management_points\"\n\
                 rate = \"3.6/s\"\n",
                exponential(1.0)
            ),
            (20_000, 300_000),
            response,
        ),
        case(
            "mm1-first-25",
            station(&exponential(0.9), &source("rate = \"1/s\"\ncount = 25"))
                .replace("[source", "workers = 1\n[source"),
            (0, 1_000),
            mean_wait,
        ),
    ]
}

/// Returns a scenario with a rate of 100 + 60 sin(2 pi t / 24 h) arrivals/h. The rate profile has
/// one point every six minutes and deviates from the curve by at most 0.009 %.
fn sine_day() -> String {
    let points: Vec<String> = (0..240)
        .map(|index| {
            let angle = 2.0 * std::f64::consts::PI * f64::from(index) / 240.0;
            let rate = 100.0 + 60.0 * angle.sin();
            format!("[\"{}min\", \"{rate:.9}/h\"]", 6 * index)
        })
        .collect();
    let profile = format!("profile = {{ period = \"24h\", points = [{}] }}", points.join(", "));
    let held = "workers = \"unlimited\"\ncpu = { dist = \"exponential\", mean = \"2h\" }";
    let scenario = station(held, &source(&profile));
    scenario.replace("schema = 1", "schema = 1\ninterval = \"6min\"")
}

fn networks() -> Vec<Case> {
    let chain = |gateway: (u32, f64), point: (u32, f64), management: (u32, f64), rest: &str| {
        let distribution = |mean: f64| format!("{{ dist = \"exponential\", mean = \"{mean}s\" }}");
        format!(
            "schema = 1\n[gateway.g]\ninstances = 1\nbandwidth = \"unlimited\"\ncores = {}\n\
             demand.forward = {}\ndemand.handshake = \"0s\"\ndemand.per_kilobyte = \"0s\"\n\
             demand.certificate = \"0s\"\nverify_revocation = false\n\
             [connection_point.cp]\nports = 64511\ntime_wait = \"0s\"\ncores = {}\nforward = {}\n\
             [management_point.mp]\nqueue_limit = \"none\"\ndatabase = \"0s\"\nworkers = {}\n\
             cpu = {}\n{NO_DISTANCE}{rest}",
            gateway.0,
            distribution(gateway.1),
            point.0,
            distribution(point.1),
            management.0,
            distribution(management.1),
        )
    };
    let retried = |keys: &str| source(&format!("{keys}\nretry.attempts = \"unlimited\""));
    let one = format!("workers = 1\n{}", exponential(1.0));
    vec![
        case(
            "tandem-gateway-cp-mp",
            chain(
                (2, 0.5),
                (4, 0.5),
                (8, 1.0 / 1.2),
                "[source.arrivals]\nenters = \"gateway.g\"\nrate = \"3.2/s\"\n",
            ),
            (2_000, 100_000),
            response,
        ),
        case(
            "closed-mva-3",
            chain((1, 0.605), (1, 2.1), (1, 1.35), &closed(3, 15.0, "")),
            (1_000, 1_000_000),
            throughput,
        ),
        case(
            "feedback-0.25",
            station(
                &format!("error_share = \"25%\"\n{one}"),
                &retried("rate = \"0.6/s\"\nretry.first = \"0s\""),
            ),
            (10_000, 600_000),
            mean_present,
        ),
        case(
            "retrial-1",
            limited(
                &one,
                0,
                &retried(
                    "rate = \"0.6/s\"\nretry.first = { dist = \"exponential\", mean = \"5s\" }",
                ),
            ),
            (10_000, 600_000),
            in_orbit,
        ),
    ]
}

fn interruptions() -> Vec<Case> {
    let breaks = |name: &str, up: f64, down: f64, servers: &str| {
        format!(
            "[disruption.{name}]\nkind = \"freeze\"\nmanagement_point = \"mp\"\n{servers}\
             time_to_failure = {{ dist = \"exponential\", mean = \"{up}s\" }}\n\
             down = {{ dist = \"exponential\", mean = \"{down}s\" }}\n"
        )
    };
    let one_breaks = breaks("all", 50.0, 5.0, "");
    let each_breaks = format!(
        "{}{}",
        breaks("first", 500.0, 10.0, "servers = 1\n"),
        breaks("second", 500.0, 10.0, "servers = 1\n")
    );
    let outage = "[disruption.outage]\nkind = \"freeze\"\nmanagement_point = \"mp\"\nat = \"100s\"\n\
        down = \"60s\"\n";
    let workers = |servers: u32| format!("workers = {servers}\n{}", exponential(1.0));
    vec![
        case(
            "breakdown-1",
            station(&workers(1), &format!("{}{one_breaks}", poisson(0.6))),
            (5_000, 1_000_000),
            mean_present,
        ),
        case(
            "breakdown-2",
            station(&workers(2), &format!("{}{each_breaks}", poisson(1.2))),
            (10_000, 1_000_000),
            mean_present,
        ),
        case(
            "path-outage",
            station(
                "workers = 1\ncpu = \"500ms\"",
                &format!(
                    "{}{outage}",
                    source(
                        "rate = \"1/s\"\narrival_process = \"deterministic\"\nfirst = \"250ms\"\ncount = 1000"
                    )
                ),
            ),
            (0, 1_100),
            total_wait,
        ),
    ]
}
