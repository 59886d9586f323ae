//! The verdict of a page: the answer, its reasons, what would be enough, how certain it is.

use serde::Serialize;

use super::Tone;
use super::run::StoredRun;
use super::table::signed;
use crate::report::format;
use crate::report::verdict::{self as verdicts, FILE};
use crate::results::Answer;

/// Reasons that are visible at first; more of them are one click away.
const REASONS_SHOWN: usize = 3;
/// A longer reason of a study is not visible at first.
const REASON_LENGTH_MAX: usize = 300;

/// The verdict as the page shows it. Empty texts are left out.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Verdict {
    /// Yes, No or Not certain; empty for studies, which answer in a sentence.
    pub answer: &'static str,
    /// The answer in one sentence.
    pub statement: String,
    /// The most important reasons.
    pub reasons: Vec<String>,
    pub more_reasons: Vec<String>,
    /// What would be enough.
    pub enough: String,
    /// How certain the answer is.
    pub certainty: String,
    pub tone: Tone,
}

impl Verdict {
    /// The verdict of a run.
    pub(super) fn of_run(run: &StoredRun) -> Self {
        let stored = run.result.verdict.clone();
        let found = stored.unwrap_or_else(|| verdicts::verdict(&run.result));
        let mut reasons: Vec<String> =
            found.reasons.iter().map(|reason| signed(&reason.sentence)).collect();
        let more_reasons = reasons.split_off(reasons.len().min(REASONS_SHOWN));
        Verdict {
            answer: found.answer.words(),
            statement: found.statement.clone(),
            reasons,
            more_reasons,
            enough: found.enough.replace(FILE, &scenario_argument(run)),
            certainty: signed(&found.certainty),
            tone: tone(found.answer),
        }
    }

    /// The answer of a study and its reasons. Without an answer the first reason is the answer.
    pub(super) fn of_study(answer: &str, reasons: Vec<String>, tone: Tone) -> Self {
        let mut reasons: Vec<String> = reasons.into_iter().filter(|one| one != answer).collect();
        let statement = match answer.is_empty() && !reasons.is_empty() {
            true => reasons.remove(0),
            false => answer.to_owned(),
        };
        // Lists of parameters do not help to understand the answer.
        let (mut reasons, long): (Vec<_>, Vec<_>) =
            reasons.into_iter().partition(|one| one.chars().count() <= REASON_LENGTH_MAX);
        let mut more_reasons = reasons.split_off(reasons.len().min(REASONS_SHOWN));
        more_reasons.extend(long);
        Verdict { statement, reasons, more_reasons, tone, ..Verdict::default() }
    }

    /// Answer, reasons, what would be enough and certainty, one line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let answer = match self.answer {
            "" => self.statement.clone(),
            answer => format!("{answer}: {}", self.statement),
        };
        let reasons = self.reasons.iter().chain(&self.more_reasons);
        let rest = reasons.chain([&self.enough, &self.certainty]);
        let lines = std::iter::once(answer).chain(rest.cloned());
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// The scenario of a run as the argument of a command.
fn scenario_argument(run: &StoredRun) -> String {
    let Some(manifest) = &run.manifest else {
        return format::command([run.result.scenario.name.as_str()]);
    };
    let overrides = manifest.overrides.iter().flat_map(|one| ["--set", one.as_str()]);
    format::command(std::iter::once(manifest.asked.as_str()).chain(overrides))
}

fn tone(answer: Answer) -> Tone {
    match answer {
        Answer::Yes => Tone::Good,
        Answer::No => Tone::Bad,
        Answer::NotCertain => Tone::Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_study_answers_in_its_sentence_or_in_its_first_reason() {
        let reasons = || ["A.", "B."].map(str::to_owned).to_vec();
        let found = Verdict::of_study("A.", reasons(), Tone::Good);
        assert_eq!((found.statement.as_str(), &found.reasons[..]), ("A.", &["B.".to_owned()][..]));
        let found = Verdict::of_study("", reasons(), Tone::Good);
        assert_eq!(found.lines(), ["A.", "B."]);
        assert!(Verdict::of_study("", Vec::new(), Tone::Plain).lines().is_empty());
    }
}
