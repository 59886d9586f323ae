//! Refuses options that have no effect because of the value of another option. Where clap can
//! refuse them (`requires`, `conflicts_with`), the option itself says so.

use clap::ArgMatches;
use clap::parser::ValueSource;

/// Options that need another option.
struct Rule {
    verbs: &'static [&'static str],
    options: &'static [&'static str],
    /// The other option.
    beside: &'static str,
    /// The values with which they have an effect. If empty, any value will do.
    values: &'static [&'static str],
}

const RULES: [Rule; 5] = [
    Rule {
        verbs: &["sensitivity"],
        options: &["threshold", "miss_risk", "budget"],
        beside: "method",
        values: &["screening"],
    },
    Rule {
        verbs: &["sensitivity"],
        options: &["trajectories"],
        beside: "method",
        values: &["morris"],
    },
    Rule {
        verbs: &["sensitivity"],
        options: &["flip_steps"],
        beside: "method",
        values: &["screening", "one-at-a-time"],
    },
    Rule {
        verbs: &["run", "compare", "sensitivity", "sweep", "merge"],
        options: &["chart_size", "font_scale"],
        beside: "charts",
        values: &["svg", "png"],
    },
    Rule {
        verbs: &["warmup"],
        options: &["chart_size", "font_scale"],
        beside: "chart",
        values: &[],
    },
];

/// The message about an option of the verb that has no effect; `None` if all have one.
pub(super) fn complaint(matches: &ArgMatches) -> Option<String> {
    let (verb, matches) = matches.subcommand()?;
    let rules = RULES.iter().filter(|rule| rule.verbs.contains(&verb));
    rules.into_iter().find_map(|rule| rule.complaint(matches))
}

impl Rule {
    fn complaint(&self, matches: &ArgMatches) -> Option<String> {
        let is_typed = |name: &&&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let idle = self.options.iter().find(is_typed)?;
        let given: Vec<_> = matches.get_raw(self.beside).into_iter().flatten().collect();
        let is_useful = match self.values {
            [] => !given.is_empty(),
            values => values.iter().any(|value| given.iter().any(|one| *one == *value)),
        };
        if is_useful {
            return None;
        }
        let [idle, beside] =
            [idle, self.beside].map(|name| format!("--{}", name.replace('_', "-")));
        Some(match given.first() {
            None => format!("{idle} does nothing without {beside}"),
            Some(given) => format!(
                "{idle} does nothing with {beside} {}; it is for {beside} {}",
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
    fn every_rule_names_existing_options() {
        let command = super::super::Arguments::command();
        for rule in &RULES {
            for verb in rule.verbs {
                let verb = command.find_subcommand(verb).expect("a verb");
                let has = |name: &str| verb.get_arguments().any(|one| one.get_id() == name);
                assert!(has(rule.beside), "{}: {}", verb.get_name(), rule.beside);
                for option in rule.options {
                    assert!(has(option), "{}: {option}", verb.get_name());
                }
            }
        }
    }

    #[test]
    fn idle_options_are_reported_with_a_reason() {
        let complaint = |arguments: &str| {
            let words = arguments.split(' ');
            complaint(&super::super::Arguments::command().get_matches_from(words))
        };
        assert_eq!(
            complaint("cmgsim sensitivity --trajectories 4").as_deref(),
            Some("--trajectories does nothing with --method screening; it is for --method morris")
        );
        assert_eq!(
            complaint("cmgsim run --charts none --font-scale 2").as_deref(),
            Some("--font-scale does nothing with --charts none; it is for --charts svg or png")
        );
        assert_eq!(
            complaint("cmgsim warmup --chart-size 900x600").as_deref(),
            Some("--chart-size does nothing without --chart")
        );
        for useful in [
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
