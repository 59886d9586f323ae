//! Simulated sites with known values, and their logs in memory.

use std::sync::{Arc, Mutex};

use cmgsim::internals::base::ids::SiteSystemId;
use cmgsim::internals::experiment::{Follow, RowSink};
use cmgsim::internals::logs::iis::{Day, FieldSet, Row};
use cmgsim::internals::logs::{LogReader, Rules, Tallies};
use cmgsim::internals::results::store::StoreError;
use cmgsim::internals::scenario::{LoadRequest, ScenarioOrigin, load};
use cmgsim::internals::trace::Wanted;
use cmgsim::internals::trace::site_log::SiteTruth;
use cmgsim::{Scenario, ScenarioInfo};

/// What a planner knows before the calibration: the number of clients, the servers, and the cycles
/// of the clients. CPU times have the right proportions, but are a hundredth of the true ones.
pub const BASE: &str = r#"schema = 1
name = "site"
start = "2026-11-02T00:00"
time_zone = "UTC"
duration = "7d"
warm_up = "1h"
interval = "1d"
[management_point.mp]
workers = 2
cpu = { default = "8ms", location = "12ms", policy_body = "16ms" }
[software_update_point.sup]
[client]
presence = "always-on"
locations = { intranet = "100%" }
timeout = "10min"
update_scan.interval = "1d"
[cohort.all]
clients = 150
[source.rush]
kind = "location"
enters = "management_point.mp"
profile = { period = "24h", points = [["0h", "1/h"]] }
"#;

/// The true values, without the rate of the source that drives the load.
const TRUTH: [&str; 7] = [
    "client.state_message.rate = \"24/day\"",
    "client.new_policy_share = \"40%\"",
    "client.update_scan.interval = \"12h\"",
    "management_point.mp.cpu = { default = \"800ms\", location = \"1200ms\", policy_body = \
     \"1600ms\" }",
    "management_point.mp.queue_limit = \"none\"",
    "management_point.mp.database = { default = { dist = \"lognormal\", mean = \"1s\", cv = 0.8 }, \
     location = { dist = \"gamma\", mean = \"1.8s\", cv = 0.6 }, policy_body = { dist = \
     \"lognormal\", mean = \"2.5s\", cv = 1.0 } }",
    "software_update_point.sup.database = { dist = \"gamma\", mean = \"120ms\", cv = 0.7 }",
];

/// Arrival rate of the source by hour of the day, as a share of its peak.
const PROFILE: [(&str, f64); 7] =
    [("0h", 0.2), ("6h", 0.2), ("8h", 1.0), ("9h", 1.0), ("11h", 0.5), ("16h", 0.5), ("19h", 0.2)];

/// Utilisation of the workers by the clients alone: 48,000 messages, 10,080 policy bodies and 1,000
/// location requests per week.
const BY_CLIENTS: f64 = (48_000.0 * 0.8 + 10_080.0 * 1.6 + 1_000.0 * 1.2) / (2.0 * 604_800.0);

/// Returns the base scenario.
pub fn base() -> Scenario {
    loaded(Vec::new())
}

/// Returns the base scenario with other values.
pub fn loaded(overrides: Vec<String>) -> Scenario {
    let origin = ScenarioOrigin::Text { name: "site.toml".to_owned(), text: BASE.to_owned() };
    load(&LoadRequest { origin, overrides })
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

/// Returns the true scenario with the given utilisation of the workers of the management point in
/// the busiest hour of a day.
pub fn truth(utilisation: f64, seed: u64) -> Scenario {
    let peak = (utilisation - BY_CLIENTS) * 2.0 / 1.2;
    let points = PROFILE.map(|(hour, share)| format!("[\"{hour}\", \"{:.6}/s\"]", peak * share));
    let profile = format!("{{ period = \"24h\", points = [{}] }}", points.join(", "));
    let own = [format!("source.rush.profile = {profile}"), format!("seed = {seed}")];
    loaded(TRUTH.map(str::to_owned).into_iter().chain(own).collect())
}

/// Content of a log, and the true values of the run.
pub struct Logged {
    pub tallies: Tallies,
    pub truth: SiteTruth,
}

/// Texts of the logs, by site system.
#[derive(Clone, Default)]
struct Texts(Arc<Mutex<Vec<(String, Day)>>>);

impl RowSink for Texts {
    fn write(&mut self, system: SiteSystemId, row: &Row) -> Result<(), StoreError> {
        let mut texts = self.0.lock().expect("no thread has panicked");
        let system = system.0 as usize;
        while texts.len() <= system {
            texts.push((String::new(), Day::of_number(row.day())));
        }
        let (text, day) = &mut texts[system];
        if day.number != row.day() {
            *day = Day::of_number(row.day());
        }
        if text.is_empty() {
            day.write_header(FieldSet::WithBytes, row.unix_s, text);
        }
        row.write(FieldSet::WithBytes, day, text);
        Ok(())
    }
}

/// Simulates a site, writes its logs to memory, and reads them.
pub fn logged(scenario: &Scenario) -> Logged {
    let texts = Texts::default();
    let follow = Follow::new(Wanted::default(), Box::new(std::io::sink()));
    let follow = follow.with_site_log(Box::new(texts.clone()));
    let info = ScenarioInfo::default();
    follow.run(&scenario.config, &info, &()).expect("the audit balances");
    let observed = follow.take().expect("the run has ended");
    let truth = observed.site_log.expect("logs were requested").expect("rows were written");
    let rules = Rules::builtin();
    let mut reader = LogReader::new(&rules, None);
    for (number, (text, _)) in texts.0.lock().expect("no thread has panicked").iter().enumerate() {
        let name = format!("{number}/u_ex261102.log");
        assert!(reader.read(&name, &mut text.as_bytes(), &mut |_| true));
    }
    Logged { tallies: reader.finish(), truth }
}
