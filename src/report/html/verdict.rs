//! The verdict of a page: answer, reasons, recommended change, certainty and
//! assumptions.

use serde::Serialize;

use super::Tone;
use super::run::StoredRun;
use super::table::signed;
use crate::report::format;
use crate::report::verdict::{self as verdicts, FILE};
use crate::results::{Answer, RunVerdict};

/// Number of reasons that are visible without expanding the list.
const REASONS_SHOWN: usize = 3;
/// Maximum length of a study's reason that is visible without expanding the list.
const REASON_LENGTH_MAX: usize = 300;

/// The verdict in the form that the page shows. Empty texts are omitted.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Verdict {
    /// Answer with its qualification; empty for studies, whose answer is a sentence.
    pub answer: String,
    /// Answer in one sentence.
    pub statement: String,
    /// Most important reasons.
    pub reasons: Vec<String>,
    pub more_reasons: Vec<String>,
    /// Change that would meet the requirements.
    pub enough: String,
    /// How certain the answer is.
    pub certainty: String,
    /// How many values are assumed.
    pub assumptions: String,
    pub tone: Tone,
}

impl Verdict {
    /// Returns the verdict of a run.
    pub(super) fn of_run(run: &StoredRun) -> Self {
        let stored = run.result.verdict.clone();
        let found = stored.unwrap_or_else(|| verdicts::verdict(&run.result));
        let mut reasons: Vec<String> =
            found.reasons.iter().map(|reason| signed(&reason.sentence)).collect();
        let more_reasons = reasons.split_off(reasons.len().min(REASONS_SHOWN));
        let (answer, statement) = verdicts::parts(&found);
        Verdict {
            answer,
            statement: statement.to_owned(),
            reasons,
            more_reasons,
            enough: found.enough.replace(FILE, &scenario_argument(run)),
            certainty: signed(&found.certainty),
            assumptions: found.assumptions.clone(),
            tone: tone(&found),
        }
    }

    /// Returns the answer of a study and its reasons. Without an answer, the first reason is the
    /// answer.
    pub(super) fn of_study(answer: &str, reasons: Vec<String>, tone: Tone) -> Self {
        let mut reasons: Vec<String> = reasons.into_iter().filter(|one| one != answer).collect();
        let statement = match answer.is_empty() && !reasons.is_empty() {
            true => reasons.remove(0),
            false => answer.to_owned(),
        };
        // Long lists of parameters do not explain the answer, so they are collapsed.
        let (mut reasons, long): (Vec<_>, Vec<_>) =
            reasons.into_iter().partition(|one| one.chars().count() <= REASON_LENGTH_MAX);
        let mut more_reasons = reasons.split_off(reasons.len().min(REASONS_SHOWN));
        more_reasons.extend(long);
        Verdict { statement, reasons, more_reasons, tone, ..Verdict::default() }
    }

    /// Returns answer, reasons, recommended change, certainty and assumptions, one line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let answer = match self.answer.as_str() {
            "" => self.statement.clone(),
            answer => format!("{answer}: {}", self.statement),
        };
        let reasons = self.reasons.iter().chain(&self.more_reasons);
        let rest = reasons.chain([&self.enough, &self.certainty, &self.assumptions]);
        let lines = std::iter::once(answer).chain(rest.cloned());
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// Returns the scenario of a run as a command argument.
fn scenario_argument(run: &StoredRun) -> String {
    let Some(manifest) = &run.manifest else {
        return format::command([run.result.scenario.name.as_str()]);
    };
    let overrides = manifest.overrides.iter().flat_map(|one| ["--set", one.as_str()]);
    format::command(std::iter::once(format::scenario_argument(&manifest.asked)).chain(overrides))
}

fn tone(verdict: &RunVerdict) -> Tone {
    match verdict.answer {
        Answer::Yes if verdicts::is_qualified(verdict) => Tone::Warning,
        Answer::Yes => Tone::Good,
        Answer::No => Tone::Bad,
        Answer::NotCertain => Tone::Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_study_is_its_sentence_or_its_first_reason() {
        let reasons = || ["A.", "B."].map(str::to_owned).to_vec();
        let found = Verdict::of_study("A.", reasons(), Tone::Good);
        assert_eq!((found.statement.as_str(), &found.reasons[..]), ("A.", &["B.".to_owned()][..]));
        let found = Verdict::of_study("", reasons(), Tone::Good);
        assert_eq!(found.lines(), ["A.", "B."]);
        assert!(Verdict::of_study("", Vec::new(), Tone::Plain).lines().is_empty());
    }
}
