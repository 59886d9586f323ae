//! Scenarios in which nothing takes time unless a test says so, so that their outcomes can be
//! worked out by hand.

use cmgsim::{KindResult, RunResult, StationResult};

/// One replication.
pub fn simulate(text: &str) -> RunResult {
    super::simulate_text(text, Vec::new(), 1).remove(0)
}

/// What became of the requests of one kind, which there must be.
pub fn kind<'a>(result: &'a RunResult, name: &str) -> &'a KindResult {
    result.kinds.iter().find(|one| one.kind.name() == name).expect("requests of this kind")
}

/// How many requests of a kind were answered; none of a kind that never occurred.
pub fn completed(result: &RunResult, name: &str) -> u64 {
    let found = result.kinds.iter().find(|one| one.kind.name() == name);
    found.map_or(0, |one| one.requests.completed)
}

/// How many attempts failed for a cause.
pub fn failures(result: &RunResult, cause: &str) -> u64 {
    let found = result.failures.iter().find(|one| one.cause.name() == cause);
    found.map_or(0, |one| one.attempts)
}

/// A station by its name.
pub fn station<'a>(result: &'a RunResult, name: &str) -> &'a StationResult {
    result.stations.iter().find(|one| one.name == name).expect("a station of this name")
}

/// A count that is binomially distributed lies within four standard deviations of its mean.
pub fn assert_binomial(what: &str, found: f64, of: f64, share: f64) {
    let deviation = (of * share * (1.0 - share)).sqrt();
    let expected = of * share;
    assert!((found - expected).abs() <= 4.0 * deviation, "{what}: {found} for {expected}");
}

/// No distances, no service times, connections for the channel only, nothing to prove and no
/// token to renew.
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

/// A gateway of this name that takes no time.
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

/// A connection point that takes no time.
pub fn point(name: &str, keys: &str) -> String {
    format!(
        "[connection_point.{name}]\nforward = \"0s\"\ntime_wait = \"0s\"\nreconnect = \"0s\"\n\
         {keys}\n"
    )
}

/// A management point that takes no time, and refuses nobody who comes at the same moment.
pub fn server(name: &str, keys: &str) -> String {
    let nothing = "cpu = \"0s\"\ndatabase = \"0s\"\nqueue_limit = \"none\"";
    format!("[management_point.{name}]\n{nothing}\n{keys}\n")
}

/// A software update point of that sort.
pub fn update_point(name: &str, keys: &str) -> String {
    server(name, keys).replacen("management", "software_update", 1)
}

/// One of each that take no time: gateway `g`, connection point `cp`, management point `mp`.
pub fn components(gateway_keys: &str, point_keys: &str) -> String {
    gateway("g", gateway_keys) + &point("cp", point_keys) + &server("mp", "")
}

/// `duration` and `interval` belong to the top of a scenario.
pub fn lasting(duration: &str, interval: &str, rest: &str) -> String {
    let top = format!("schema = 1\nduration = \"{duration}\"\ninterval = \"{interval}\"");
    format!("{}{rest}", NO_TIME.replacen("schema = 1", &top, 1))
}
