//! Builds scenarios in which all times are zero unless a test sets them, so that the expected
//! results can be worked out by hand.

use cmgsim::{KindResult, RunResult, StationResult};

/// Simulates one replication.
pub fn simulate(text: &str) -> RunResult {
    super::simulate_text(text, Vec::new(), 1).remove(0)
}

/// Returns the results of a request kind; panics if there are none.
pub fn kind<'a>(result: &'a RunResult, name: &str) -> &'a KindResult {
    result.kinds.iter().find(|one| one.kind.name() == name).expect("requests of this kind")
}

/// Returns the number of completed requests of a kind.
pub fn completed(result: &RunResult, name: &str) -> u64 {
    let found = result.kinds.iter().find(|one| one.kind.name() == name);
    found.map_or(0, |one| one.requests.completed)
}

/// Returns the number of attempts that failed with this cause.
pub fn failures(result: &RunResult, cause: &str) -> u64 {
    let found = result.failures.iter().find(|one| one.cause.name() == cause);
    found.map_or(0, |one| one.attempts)
}

/// Returns the results of the station with this name.
pub fn station<'a>(result: &'a RunResult, name: &str) -> &'a StationResult {
    result.stations.iter().find(|one| one.name == name).expect("a station of this name")
}

/// Asserts that a binomially distributed count is within four standard deviations of its mean.
pub fn assert_binomial(what: &str, found: f64, of: f64, share: f64) {
    let deviation = (of * share * (1.0 - share)).sqrt();
    let expected = of * share;
    assert!((found - expected).abs() <= 4.0 * deviation, "{what}: {found}, expected {expected}");
}

/// Beginning of a scenario without network delays, service times, authentication cost and token
/// renewal. All periodic tasks are off except the keep-alives of the channel.
pub const NO_TIME: &str = "schema = 1
warm_up = \"0s\"
[network]
client_azure = \"0s\"
client_site = \"0s\"
azure_site = \"0s\"
relay = \"0s\"
setup_round_trips = 0.0
connect_timeout = \"5s\"
loss_detection = \"30s\"
[client]
presence = \"always-on\"
authentication = \"certificate\"
revocation.check = false
uplink = \"unlimited\"
downlink = \"unlimited\"
start_delay = \"0s\"
location.interval = \"off\"
policy_poll.interval = \"off\"
heartbeat.interval = \"off\"
hardware_inventory.interval = \"off\"
software_inventory.interval = \"off\"
state_message.interval = \"off\"
channel.keep_alive = \"3min\"
channel.reconnect = { first = \"10s\", factor = 2.0, cap = \"15min\", jitter = \"0%\" }
";

/// Returns a gateway with zero service times.
pub fn gateway(name: &str, keys: &str) -> String {
    let nothing = ["handshake", "forward", "certificate", "token"]
        .iter()
        .filter(|key| !keys.contains(&format!("demand.{key} ")))
        .map(|key| format!("demand.{key} = \"0s\"\n"));
    format!(
        "[gateway.{name}]\nbandwidth = \"unlimited\"\nverify_revocation = false\n\
         demand.per_kilobyte = \"0s\"\n{}{keys}\n",
        nothing.collect::<String>()
    )
}

/// Returns a connection point with zero service times.
pub fn point(name: &str, keys: &str) -> String {
    format!(
        "[connection_point.{name}]\nforward = \"0s\"\ntime_wait = \"0s\"\nreconnect = \"0s\"\n\
         {keys}\n"
    )
}

/// Returns a management point with zero service times and an unlimited queue.
pub fn server(name: &str, keys: &str) -> String {
    let nothing = "cpu = \"0s\"\ndatabase = \"0s\"\nqueue_limit = \"none\"";
    format!("[management_point.{name}]\n{nothing}\n{keys}\n")
}

/// Returns a software update point with zero service times.
pub fn update_point(name: &str, keys: &str) -> String {
    server(name, keys).replacen("management", "software_update", 1)
}

/// Returns gateway `g`, connection point `cp` and management point `mp`, all with zero service
/// times.
pub fn components(gateway_keys: &str, point_keys: &str) -> String {
    gateway("g", gateway_keys) + &point("cp", point_keys) + &server("mp", "")
}

/// Returns a scenario with this `duration` and `interval`, followed by `rest`.
pub fn lasting(duration: &str, interval: &str, rest: &str) -> String {
    let top = format!("schema = 1\nduration = \"{duration}\"\ninterval = \"{interval}\"");
    format!("{}{rest}", NO_TIME.replacen("schema = 1", &top, 1))
}
