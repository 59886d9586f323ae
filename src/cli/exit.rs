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
            Exit::Failed => "failed: a file, the disk, or an error in cmgsim",
            Exit::Usage => "wrong usage: an argument, or an unknown name",
            Exit::Scenario => "the scenario is invalid or too large, or a file does not match it",
            Exit::NotMet => {
                "not met: an objective (`run`, `size`) or a published number (`validate`)"
            }
            Exit::Changed => "`regress` found a change against the baseline",
            Exit::Undecided => "undecided (use more replications), or time limit reached",
            Exit::Interrupted => "interrupted by Ctrl-C; partial results were saved",
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
    fn documents_contain_the_same_table() {
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
