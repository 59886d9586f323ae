//! Exit codes of the program. `--help` and `docs/exit-codes.md` contain the same table.

/// Outcome of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Done,
    Failed,
    Usage,
    Scenario,
    NotMet,
    Changed,
    Undecided,
    Interrupted,
}

impl Exit {
    /// All outcomes in the order of their codes.
    const ALL: [Exit; 8] = [
        Exit::Done,
        Exit::Failed,
        Exit::Usage,
        Exit::Scenario,
        Exit::NotMet,
        Exit::Changed,
        Exit::Undecided,
        Exit::Interrupted,
    ];

    /// Returns the exit code.
    pub(super) const fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Scenario => 3,
            Exit::NotMet => 4,
            Exit::Changed => 5,
            Exit::Undecided => 6,
            Exit::Interrupted => 130,
        }
    }

    /// Returns the meaning of the exit code.
    const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Failed => "failed: a file or disk problem, or an error in cmgsim",
            Exit::Usage => "wrong usage: an invalid argument or an unknown name",
            Exit::Scenario => {
                "the scenario is invalid or too large, or files of an earlier run cannot be used"
            }
            Exit::NotMet => {
                "objective not met (`run`, `size`) or published number not reproduced (`validate`)"
            }
            Exit::Changed => "`regress` found a change against the baseline",
            Exit::Undecided => "undecided (more replications usually help), or time limit reached",
            Exit::Interrupted => "interrupted by Ctrl-C; partial results may have been saved",
        }
    }
}

/// Returns the table at the end of `--help`.
pub(super) fn help() -> String {
    let line = |exit: Exit| format!("\n  {:<4} {}", exit.code(), exit.meaning());
    format!("Exit codes:{}", Exit::ALL.map(line).concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_contains_the_table_of_exit_codes() {
        let row = |exit: Exit| format!("| {} | {} |\n", exit.code(), exit.meaning());
        let table = format!("| code | meaning |\n|---|---|\n{}", Exit::ALL.map(row).concat());
        let name = "docs/exit-codes.md";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = std::fs::read_to_string(path).expect(name);
        assert!(text.contains(&table), "{name} does not contain this table:\n{table}");
    }

    #[test]
    fn codes_are_distinct_and_ascending() {
        assert!(Exit::ALL.is_sorted_by(|one, next| one.code() < next.code()));
    }
}
