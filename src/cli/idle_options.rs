//! Refuses options that have no effect because of another option. This module omits rules that clap
//! can check: options declare those themselves (`requires`, `conflicts_with`).

use clap::ArgMatches;
use clap::parser::ValueSource;

/// Options that have an effect only with certain values of another option.
struct Rule {
    verbs: &'static [&'static str],
    options: &'static [&'static str],
    /// Option on which the effect of the other options depends.
    requires: &'static str,
    /// Values of `requires` with which the options of the rule have an effect; empty if any value
    /// is sufficient.
    values: &'static [&'static str],
}

const RULES: [Rule; 6] = [
    Rule {
        verbs: &["sensitivity"],
        options: &["threshold", "miss_risk", "budget"],
        requires: "method",
        values: &["screening"],
    },
    Rule {
        verbs: &["sensitivity"],
        options: &["trajectories"],
        requires: "method",
        values: &["morris"],
    },
    Rule {
        verbs: &["sensitivity"],
        options: &["tipping_point_steps"],
        requires: "method",
        values: &["screening", "one-at-a-time"],
    },
    Rule {
        verbs: &["run", "compare", "size", "sensitivity", "sweep", "merge"],
        options: &["csv_separator", "decimal_sign"],
        requires: "tables",
        values: &["csv"],
    },
    Rule {
        verbs: &["run", "compare", "sensitivity", "sweep", "merge"],
        options: &["chart_size", "font_scale"],
        requires: "charts",
        values: &["svg", "png"],
    },
    Rule {
        verbs: &["warmup"],
        options: &["chart_size", "font_scale"],
        requires: "chart",
        values: &[],
    },
];

/// Returns the error message about options of a subcommand that have no effect or contradict each
/// other.
pub(super) fn complaint(matches: &ArgMatches) -> Option<String> {
    let (verb, matches) = matches.subcommand()?;
    let mut rules = RULES.iter().filter(|rule| rule.verbs.contains(&verb));
    let idle = rules.find_map(|rule| rule.complaint(matches));
    idle.or_else(|| idle_out(verb, matches))
}

/// Returns the error message about `--out` in combination with `--resume DIR`.
fn idle_out(verb: &str, matches: &ArgMatches) -> Option<String> {
    let is_typed = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
    let is_idle = verb == "sweep"
        && is_typed("out")
        && matches.get_raw("resume").is_some_and(|values| values.count() > 0);
    is_idle.then(|| {
        "--out has no effect with --resume DIR, which names the folder; omit one of them".to_owned()
    })
}

impl Rule {
    fn complaint(&self, matches: &ArgMatches) -> Option<String> {
        let is_typed = |name: &&&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let idle = self.options.iter().find(is_typed)?;
        let given: Vec<_> = matches.get_raw(self.requires).into_iter().flatten().collect();
        let is_useful = match self.values {
            [] => !given.is_empty(),
            values => values.iter().any(|value| given.iter().any(|one| *one == *value)),
        };
        if is_useful {
            return None;
        }
        let [idle, other] =
            [*idle, self.requires].map(|name| format!("--{}", name.replace('_', "-")));
        Some(match given.first() {
            None => format!("{idle} has no effect without {other}"),
            Some(given) => format!(
                "{idle} has no effect with {other} {}; use it with {other} {}",
                given.to_string_lossy(),
                self.values.join(" or ")
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn all_options_named_in_the_rules_exist() {
        let command = super::super::Arguments::command();
        for rule in &RULES {
            for verb in rule.verbs {
                let verb = command.find_subcommand(verb).expect("a subcommand");
                let has = |name: &str| verb.get_arguments().any(|one| one.get_id() == name);
                assert!(has(rule.requires), "{}: {}", verb.get_name(), rule.requires);
                for option in rule.options {
                    assert!(has(option), "{}: {option}", verb.get_name());
                }
            }
        }
    }

    #[test]
    fn options_without_effect_are_refused_with_a_reason() {
        let complaint = |arguments: &str| {
            let words = arguments.split(' ');
            complaint(&super::super::Arguments::command().get_matches_from(words))
        };
        assert_eq!(
            complaint("cmgsim sensitivity --trajectories 4").as_deref(),
            Some(
                "--trajectories has no effect with --method screening; use it with --method morris"
            )
        );
        assert_eq!(
            complaint("cmgsim run --charts none --font-scale 2").as_deref(),
            Some("--font-scale has no effect with --charts none; use it with --charts svg or png")
        );
        assert_eq!(
            complaint("cmgsim warmup --chart-size 900x600").as_deref(),
            Some("--chart-size has no effect without --chart")
        );
        assert!(complaint("cmgsim sweep --vary seed=1,2 --resume a --out b").is_some());
        for useful in [
            "cmgsim run --csv-separator semicolon --decimal-sign comma",
            "cmgsim sweep --vary seed=1,2 --resume --out b",
            "cmgsim sensitivity --threshold 2%",
            "cmgsim sensitivity --method morris --trajectories 4",
            "cmgsim sensitivity --method one-at-a-time --tipping-point-steps 4",
            "cmgsim run --charts svg,png --font-scale 2",
            "cmgsim run --font-scale 2",
            "cmgsim warmup --chart a.svg --chart-size 900x600",
            "cmgsim preset list",
        ] {
            assert_eq!(complaint(useful), None, "{useful}");
        }
    }
}
