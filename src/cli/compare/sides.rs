//! The two scenarios of a comparison, their overrides, and differences that make a comparison
//! misleading.

use clap::Args;

use crate::model::Config;
use crate::report::format::{count, seconds};
use crate::results::ScenarioInfo;
use crate::scenario::Scenario;

use super::super::failure::Failure;
use super::super::scenario::{ARGUMENTS, ScenarioArguments};
use crate::study::info;

/// The scenarios to compare and their overrides.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub(super) struct SideArguments {
    /// Two scenarios A and B, or one scenario that --set-a or --set-b changes
    #[arg(value_name = "SCENARIO", num_args = 0..=2, help_heading = ARGUMENTS)]
    pub scenarios: Vec<String>,
    /// Set a value in A and B, for example duration=2h; repeatable
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
    /// Set a value in A only; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    set_a: Vec<String>,
    /// Set a value in B only, for example gateway.main.instances=3; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    set_b: Vec<String>,
    /// Set the seed of all random streams in A and B [default: seed of A]
    ///
    /// The environment variable CMGSIM_SEED changes the default.
    #[arg(long, value_name = "N", env = "CMGSIM_SEED", hide_env = true)]
    seed: Option<u64>,
}

/// Both scenarios, loaded.
pub(super) struct Sides {
    /// Scenarios A and B.
    pub sides: [Side; 2],
    /// Reasons why a difference may have a cause other than the design.
    pub warnings: Vec<String>,
}

/// A scenario and the overrides of its side.
pub(super) struct Side {
    pub scenario: Scenario,
    pub info: ScenarioInfo,
    pub changes: Vec<String>,
}

impl SideArguments {
    /// Loads both scenarios.
    ///
    /// # Errors
    /// Returns an error if a scenario is missing or invalid, or if both sides are the same.
    pub(super) fn load(&self) -> Result<Sides, Failure> {
        let names = match &self.scenarios[..] {
            [first, second] if first == "-" && second == "-" => {
                let message = "only one of the two scenarios can come from standard input";
                return Err(Failure::Usage(message.to_owned()));
            }
            [first, second] => [first, second],
            [only] => [only, only],
            _ => {
                let message = "name two scenarios, or one scenario and a value that differs in B: \
                               cmgsim compare quickstart --set-b gateway.main.instances=3";
                return Err(Failure::Usage(message.to_owned()));
            }
        };
        let first = self.side(names[0], &self.set_a, self.seed)?;
        let mut second = self.side(names[1], &self.set_b, self.seed)?;
        let own_seed = second.info.seed;
        if own_seed != first.info.seed {
            // Common random numbers need a common seed.
            second = self.side(names[1], &self.set_b, Some(first.info.seed))?;
        }
        if first.info.hash == second.info.hash {
            return Err(Failure::Usage(self.why_same(names[0])));
        }
        let mut warnings = Vec::new();
        warnings.extend(differences([&first, &second]));
        if own_seed != first.info.seed {
            warnings.push(format!(
                "B uses seed {} of A instead of its own seed {own_seed}: common random numbers \
                 need the same seed.",
                first.info.seed
            ));
        }
        Ok(Sides { sides: [first, second], warnings })
    }

    fn side(&self, name: &str, own: &[String], seed: Option<u64>) -> Result<Side, Failure> {
        let arguments = ScenarioArguments {
            scenario: name.to_owned(),
            overrides: [&self.overrides, own].concat(),
            seed,
        };
        let scenario = arguments.load()?;
        let info = info(&scenario);
        Ok(Side { scenario, info, changes: own.to_vec() })
    }

    /// Returns the error message if both sides are the same.
    fn why_same(&self, name: &str) -> String {
        let is_one_sided = !self.set_a.is_empty() || !self.set_b.is_empty();
        match &self.overrides[..] {
            [.., last] if !is_one_sided && self.scenarios.len() == 1 => format!(
                "A and B are the same scenario, because --set changes both; use --set-b to change \
                 only B: cmgsim compare {name} --set-b '{last}'"
            ),
            _ => "A and B are the same scenario; name two different scenarios, or change one with \
                  --set-a or --set-b"
                .to_owned(),
        }
    }
}

/// Returns a warning about differences between the sides other than the design.
fn differences([first, second]: [&Side; 2]) -> Option<String> {
    let length = |value: f64| seconds(value);
    let (a, b) = (&first.info, &second.info);
    let start =
        |info: &ScenarioInfo| format!("{} {}", info.start.replace('T', " "), info.time_zone);
    let rows = [
        ("duration", [a, b].map(|info| length(info.duration_s))),
        ("warm-up", [a, b].map(|info| length(info.warm_up_s))),
        ("start", [start(a), start(b)]),
        ("clients", [first, second].map(|side| clients(&side.scenario.config))),
    ];
    let different: Vec<String> = rows
        .into_iter()
        .filter(|(_, [a, b])| a != b)
        .map(|(what, [a, b])| format!("{what} (A: {a}, B: {b})"))
        .collect();
    (!different.is_empty()).then(|| {
        format!(
            "A and B differ in {}, which may cause differences between their metrics. Use --set to \
             set the same value in both.",
            different.join(" and in ")
        )
    })
}

/// Describes the number of clients, and of each cohort if there are several.
fn clients(config: &Config) -> String {
    let all = count(config.clients());
    let cohorts = config.cohorts.iter();
    let each = cohorts.map(|one| format!("{} {}", one.name, count(u64::from(one.clients))));
    match config.cohorts.len() {
        0 | 1 => all,
        _ => format!("{all}: {}", each.collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(scenarios: &[&str], both: &[&str], a: &[&str], b: &[&str]) -> SideArguments {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        SideArguments {
            scenarios: owned(scenarios),
            overrides: owned(both),
            set_a: owned(a),
            set_b: owned(b),
            seed: None,
        }
    }

    #[test]
    fn set_applies_to_both_sides_but_set_a_and_set_b_to_one_side() {
        let arguments = arguments(
            &["lab-b2s"],
            &["duration=\"1h\""],
            &["gateway.lab.instances=2"],
            &["gateway.lab.instances=3", "warm_up=\"5min\""],
        );
        let Sides { sides, warnings } = arguments.load().expect("they differ");
        assert_eq!(sides.each_ref().map(|side| side.info.duration_s), [3600.0; 2]);
        let instances = sides
            .each_ref()
            .map(|side| side.scenario.config.gateways.iter().map(|one| one.instances).sum::<u32>());
        assert_eq!(instances, [2, 3]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("differ in warm-up (A: "), "{warnings:?}");
        assert!(!warnings[0].contains("duration"), "{warnings:?}");
    }

    #[test]
    fn equal_sides_are_refused_and_the_message_suggests_the_right_option() {
        let why = |arguments: SideArguments| match arguments.load() {
            Err(Failure::Usage(why)) => why,
            Err(other) => other.to_string(),
            Ok(_) => "accepted".to_owned(),
        };
        let found = why(arguments(&["lab-b2s"], &["gateway.lab.instances=2"], &[], &[]));
        let expected = "cmgsim compare lab-b2s --set-b 'gateway.lab.instances=2'";
        assert!(found.contains(expected), "{found}");
        let instances = &["gateway.lab.instances=2"][..];
        let found = why(arguments(&["lab-b2s"], &[], instances, instances));
        assert!(found.contains("the same scenario"), "{found}");
    }

    #[test]
    fn differences_in_length_clients_and_seed_are_named() {
        let changes = &["duration=\"2h\"", "cohort.*.clients=20", "seed=7"];
        let arguments = arguments(&["lab-b2s"], &["duration=\"1h\""], &[], changes);
        let Sides { sides, warnings } = arguments.load().expect("they differ");
        assert_eq!(sides[0].info.seed, sides[1].info.seed);
        let [differences, seed] = &warnings[..] else { panic!("{warnings:?}") };
        for part in ["duration (A: 1 h 00 min, B: 2 h 00 min)", "clients (A: 15, B: 20)"] {
            assert!(differences.contains(part), "{differences}");
        }
        assert!(!differences.contains("warm-up"), "{differences}");
        assert!(seed.starts_with("B uses seed 1 of A instead of its own seed 7"), "{seed}");
    }
}
