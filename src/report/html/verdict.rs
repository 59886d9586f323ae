//! The verdict of a page: the answer, its reasons, what would be enough, how certain it is.

use serde::Serialize;

use super::Tone;
use crate::results::{Answer, RunVerdict};

/// The verdict as the page shows it. Empty texts are left out.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Verdict {
    /// Yes, No or Not certain; empty for studies, which answer in a sentence.
    pub answer: &'static str,
    /// The answer in one sentence.
    pub statement: String,
    /// Why, the most important reason first.
    pub reasons: Vec<String>,
    /// What would be enough.
    pub enough: String,
    /// How certain the answer is.
    pub certainty: String,
    pub tone: Tone,
}

impl Verdict {
    /// The verdict of a run.
    pub(super) fn of_run(found: &RunVerdict) -> Self {
        Verdict {
            answer: found.answer.words(),
            statement: found.statement.clone(),
            reasons: found.reasons.iter().map(|reason| reason.sentence.clone()).collect(),
            enough: found.enough.clone(),
            certainty: found.certainty.clone(),
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
        Verdict { statement, reasons, tone, ..Verdict::default() }
    }

    /// All of it, one sentence a line.
    pub(super) fn lines(&self) -> Vec<String> {
        let answer = match self.answer {
            "" => self.statement.clone(),
            answer => format!("{answer}. {}", self.statement),
        };
        let rest = self.reasons.iter().chain([&self.enough, &self.certainty]);
        let lines = std::iter::once(answer).chain(rest.cloned());
        lines.filter(|line| !line.is_empty()).collect()
    }
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
