//! Simulates 500 random scenarios to check the rules that exclude designs: the computed bill is a
//! lower bound, and more components do no harm.

use crate::engine::{Purpose, Stream, Streams};
use crate::experiment::Study;
use crate::experiment::sample::sample_of_run;
use crate::results::RunResult;
use crate::scenario::{LoadRequest, Scenario, ScenarioOrigin, load};

use super::bill::{Bill, cores_of};
use crate::study::info;

const SCENARIOS: u64 = 500;

/// Random numbers in 0..1, with one stream per scenario.
struct Dice(Stream);

impl Dice {
    fn new(scenario: u64) -> Self {
        Dice(Streams::new(17, scenario as u32).stream(1, Purpose(1), 0))
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.0.below(limit)
    }

    /// Returns one of several texts.
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u32) as usize]
    }
}

/// Returns a scenario with random prices, a gateway of random size and scaling, and clients that
/// load it.
fn scenario(dice: &mut Dice) -> String {
    let size = dice.one(&["A2_v2", "A4_v2", "B2s"]);
    let (count, instances) = (1 + dice.below(2), 1 + dice.below(5));
    let stop =
        dice.one(&["", "", "outbound = { threshold = \"3 MB\", check = \"2min\", stop = true }\n"]);
    let limit = dice.one(&["", "connection_limit = 30\n"]);
    let demand = dice.one(&["", "demand.forward = \"300ms\"\n"]);
    let clients = [5, 30, 80][dice.below(3) as usize];
    let presence = dice.one(&["always-on", "office-hours"]);
    let (points, managers) = (1 + dice.below(3), 1 + dice.below(3));
    let ports = dice.one(&["", "ports = 60\n"]);
    let slow = dice.one(&["", "cpu = { dist = \"exponential\", mean = \"1s\" }\nworkers = 1\n"]);
    let mut text = format!(
        "schema = 1\nstart = \"2026-11-24T09:00\"\nduration = \"40min\"\ninterval = \"10min\"\n\
         [prices]\nvm_hour = {{ A2_v2 = 0.1, A4_v2 = 0.2, B2s = 0.05 }}\n\
         public_ip_hour = {}\negress_gb = {}\negress_free_gb = 0\n\
         [gateway.g]\nsize = \"{size}\"\ncount = {count}\ninstances = {instances}\n\
         {stop}{limit}{demand}\
         [connection_point.cp]\ngateway = \"g\"\ncount = {points}\n{ports}\
         [management_point.mp]\ncount = {managers}\n{slow}\
         [cohort.c]\nclients = {clients}\npresence = \"{presence}\"\n\
         [client]\npolicy_poll.interval = \"10min\"\n",
        dice.one(&["0", "0.005"]),
        dice.one(&["0", "0.09"]),
    );
    let gateway = if count == 1 { "g" } else { "g-1" };
    for (name, kind, keys) in [
        ("walk", "update-domain-walk", ""),
        ("crash", "instance-crash", "instance = 0\ndown = \"5min\"\n"),
        ("scale", "scale", "to = 2\n"),
        ("again", "scale", "to = 4\n"),
    ] {
        if dice.below(3) == 0 {
            let at = 2 + dice.below(30);
            text.push_str(&format!(
                "[disruption.{name}]\nkind = \"{kind}\"\ngateway = \"{gateway}\"\n\
                 at = \"{at}min\"\n{keys}"
            ));
        }
    }
    text
}

fn loaded(text: &str, overrides: &[String]) -> Scenario {
    let origin = ScenarioOrigin::Text { name: "random".to_owned(), text: text.to_owned() };
    let overrides = overrides.to_vec();
    load(&LoadRequest { origin, overrides })
        .unwrap_or_else(|problems| panic!("{text}\n{:?}", problems.list))
}

fn simulated(scenario: &Scenario, number: u32) -> RunResult {
    let info = info(scenario);
    let study = Study { config: &scenario.config, info: &info, follow: None };
    let result = study.replication(number, &()).expect("no error");
    result.expect("the run is complete")
}

/// A design is excluded if instances and addresses alone exceed the budget. In each of 500
/// scenarios, the simulated bill is at least this cost, except for rounding errors.
#[test]
fn the_simulated_bill_is_never_below_the_lower_bound() {
    let (mut close, mut scaled) = (0, 0);
    for number in 0..SCENARIOS {
        let text = scenario(&mut Dice::new(number));
        let scenario = loaded(&text, &[]);
        let mut bill = Bill::new(&scenario, Vec::new());
        let fixed = bill.of(&[], &[], || Ok::<_, ()>(loaded(&text, &[]))).expect("it loads");
        let simulated = simulated(&scenario, 0).cost.total_per_month.expect("all have prices");
        assert!(!fixed.is_over(simulated), "{} > {simulated}:\n{text}", fixed.bill);
        assert_eq!(fixed.cores, cores_of(&scenario), "{text}");
        close += u32::from(fixed.bill > 0.9 * simulated);
        scaled += u32::from(text.contains("\"scale\""));
    }
    // A bound of zero would also pass, so the bound must also be close to the bill.
    assert!(close > 250, "the bound is within a tenth of the bill in only {close} of 500");
    assert!(scaled > 150, "only {scaled} of 500 are scaled");
}

/// The search assumes that more components improve all objectives except the cost. This test counts
/// how often one more component worsens a metric by more than a tenth and by more than an
/// absolute margin, with the same clients.
#[test]
fn one_more_component_rarely_harms() {
    let metrics_of = |scenario: &Scenario| {
        let (mut means, count) = ([0.0; 3], 2);
        for number in 0..count {
            let (replication, sample) = sample_of_run(number, &simulated(scenario, number));
            for (mean, name) in
                means.iter_mut().zip(["latency_p95_s", "failure_share", "time_over_limit_share"])
            {
                let value = sample.index(name).map_or(0.0, |index| replication.values[index]);
                *mean += value / f64::from(count);
            }
        }
        means
    };
    let (mut pairs, mut harmed) = (0, Vec::new());
    for number in 0..SCENARIOS {
        let mut dice = Dice::new(number);
        let text = scenario(&mut dice);
        let more =
            ["gateway.g.instances", "connection_point.cp.count", "management_point.mp.count"]
                [dice.below(3) as usize];
        let base = loaded(&text, &[]);
        let has = base.resolved.values_at(more).first().and_then(|value| value.parse::<u32>().ok());
        let stronger = loaded(&text, &[format!("{more}={}", has.unwrap_or(1) + 1)]);
        let (weak, strong) = (metrics_of(&base), metrics_of(&stronger));
        pairs += 1;
        for ((weak, strong), (width, name)) in
            weak.into_iter().zip(strong).zip([(0.1, "latency"), (0.005, "failure"), (0.05, "over")])
        {
            if strong > weak * 1.1 + width {
                harmed.push(format!("{number}: {more} {name} {weak:.4} -> {strong:.4}"));
            }
        }
    }
    assert!(harmed.len() <= pairs / 25, "{} of {pairs}:\n{}", harmed.len(), harmed.join("\n"));
}
