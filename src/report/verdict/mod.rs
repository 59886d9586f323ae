//! Derives the verdict of a run from its results: answer, reasons, recommended change,
//! certainty and number of assumed values. The section "Verdict" of `docs/methods.md` defines the
//! rules.

mod certainty;
mod enough;
mod failures;
mod limits;
mod objectives;
#[cfg(test)]
mod tests;
mod walk;
mod when;

use crate::results::{Answer, Reason, Requirements, RunResult, RunVerdict};

use super::document::{Block, Section};
use super::format::{joined as listed, share};
use super::text::hanging;

pub(crate) use failures::NOT_RECOVERED;
pub(crate) use limits::ratio;
pub(crate) use walk::share_of_walk;
pub(crate) use when::clock;

/// Minimum share of requests, time or clients that a failure must affect to decide the verdict.
const FAILED: f64 = 0.001;

/// Minimum share of failed attempts at which a Yes mentions them.
const RETRIED: f64 = 0.01;

/// Number of reasons in the printed verdict; the data contain all reasons.
const REASONS_SHOWN: usize = 2;

/// Start of the statement of a Yes despite exceeded limits or failed requests.
const QUALIFIED: &str = "but ";

/// Placeholder for the scenario in commands; [`section`] replaces it with the typed arguments.
pub(crate) const FILE: &str = "FILE";

/// Derives the verdict of a run.
pub fn verdict(result: &RunResult) -> RunVerdict {
    let requirements = match result.objectives.is_empty() {
        true => Requirements::PublishedLimits,
        false => Requirements::Objectives,
    };
    let reasons = match requirements {
        Requirements::Objectives => objectives::reasons(result),
        Requirements::PublishedLimits => published(result),
    };
    let answer = answer(&reasons);
    RunVerdict {
        answer,
        requirements,
        question: result.scenario.question.clone(),
        statement: match requirements {
            Requirements::Objectives => objectives::statement(result, &reasons, answer),
            Requirements::PublishedLimits => statement(result, &reasons, answer),
        },
        enough: enough::enough(result, &reasons).unwrap_or_default(),
        certainty: certainty::certainty(result, &reasons),
        assumptions: certainty::assumptions(&result.scenario),
        reasons,
    }
}

/// Returns the reasons of a scenario without objectives: published limits, then failures.
fn published(result: &RunResult) -> Vec<Reason> {
    let mut reasons = limits::exceeded(result);
    for reason in &mut reasons {
        reason.answer = Some(Answer::No);
    }
    reasons.extend(failures::failures(result));
    reasons.extend(limits::below(result));
    // Reasons that decide the verdict come first. A lasting backlog precedes the limits that it
    // causes the system to exceed.
    reasons.sort_by_key(|one| match one.answer {
        Some(Answer::No) if one.subject == failures::NOT_RECOVERED => 0,
        Some(Answer::No) => 1,
        Some(Answer::NotCertain) => 2,
        Some(Answer::Yes) => 3,
        None => 4,
    });
    if reasons.iter().all(|one| one.answer.is_none()) {
        reasons.insert(0, limits::closest(result));
    }
    reasons
}

/// Returns No if one reason requires it; otherwise Not certain if one reason is undecided;
/// otherwise Yes.
fn answer(reasons: &[Reason]) -> Answer {
    let any = |answer| reasons.iter().any(|one| one.answer == Some(answer));
    match () {
        () if any(Answer::No) => Answer::No,
        () if any(Answer::NotCertain) => Answer::NotCertain,
        () => Answer::Yes,
    }
}

/// States what the answer means for a scenario without objectives.
fn statement(result: &RunResult, reasons: &[Reason], answer: Answer) -> String {
    let deciding = || reasons.iter().filter(|one| one.answer == Some(Answer::No));
    let has_limit = deciding().any(|one| one.limit.is_some());
    let has_failure = deciding().any(|one| one.limit.is_none());
    let attempts = &result.requests;
    let retried = attempts.failed_attempts as f64 / attempts.attempts.max(1) as f64;
    let is_outage = reasons.iter().any(|one| one.subject == failures::GATEWAY_UNAVAILABLE);
    let harmless;
    let found = match (answer, has_limit, has_failure) {
        (Answer::Yes, ..) => {
            let failed = match (attempts.failed, is_outage) {
                (0, false) if retried < RETRIED => "there are no failures",
                (0, _) => "no request failed in the end",
                _ => "fewer than 0.1 % of the requests failed",
            };
            let mut text = format!("no published limit is exceeded, and {failed}");
            if retried >= RETRIED {
                let retried = share(retried);
                text.push_str(&format!(", but {retried} of the attempts failed and were retried"));
            }
            if is_outage {
                text.push_str(", although a gateway was unavailable");
            }
            harmless = text;
            &harmless
        }
        (Answer::NotCertain, ..) => "the run is not conclusive",
        (Answer::No, true, true) => "published limits are exceeded, and there are failures",
        (Answer::No, true, false) => "published limits are exceeded",
        (Answer::No, false, _) => "there are failures",
    };
    format!("{found}. Without objectives in [slo], published limits and failures decide.")
}

/// Returns the verdict as printed lines, whose commands contain the typed scenario arguments.
pub(crate) fn section(verdict: &RunVerdict, typed: &str) -> Section {
    let lines = lines(verdict).into_iter();
    let lines = lines.map(|(label, text)| match label {
        // Only these lines contain commands; the user's question may contain the placeholder word.
        "Enough" | "Certainty" => hanging(label, &text.replace(FILE, typed)),
        _ => hanging(label, &text),
    });
    Section::new("", vec![Block::Paragraph(lines.collect::<Vec<_>>().join("\n"))])
}

/// Returns labels and sentences: question, answer, reasons, recommended change, certainty, number
/// of assumed values.
pub(crate) fn lines(verdict: &RunVerdict) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let mut add = |label, text: &str| {
        if !text.is_empty() {
            lines.push((label, text.to_owned()));
        }
    };
    add("Question", &verdict.question);
    add("Answer", &headline(verdict));
    for (place, reason) in verdict.reasons.iter().take(REASONS_SHOWN).enumerate() {
        let label = if place == 0 { "Because" } else { "" };
        let more = verdict.reasons.len().saturating_sub(REASONS_SHOWN);
        let is_last = place + 1 == REASONS_SHOWN;
        match more {
            0 => add(label, &reason.sentence),
            1 if is_last => add(label, &format!("{} 1 more reason: --details.", reason.sentence)),
            more if is_last => {
                add(label, &format!("{} {more} more reasons: --details.", reason.sentence));
            }
            _ => add(label, &reason.sentence),
        }
    }
    add("Enough", &verdict.enough);
    add("Certainty", &verdict.certainty);
    add("Assumed", &verdict.assumptions);
    lines
}

/// Returns answer and statement: `No: published limits are exceeded.`
pub(crate) fn headline(verdict: &RunVerdict) -> String {
    let (answer, statement) = parts(verdict);
    format!("{answer}: {statement}")
}

/// Returns the answer with its qualification, and the remaining statement: `Yes, but published
/// limits are exceeded` and `both objectives are met.`
pub(crate) fn parts(verdict: &RunVerdict) -> (String, &str) {
    let answer = verdict.answer.words();
    let qualified = verdict.statement.strip_prefix(QUALIFIED).and_then(|one| one.split_once(": "));
    match qualified {
        Some((finding, rest)) => (format!("{answer}, {QUALIFIED}{finding}"), rest),
        None => (answer.to_owned(), &verdict.statement),
    }
}

/// Returns whether the answer is a Yes despite exceeded limits or failed requests.
pub(crate) fn is_qualified(verdict: &RunVerdict) -> bool {
    verdict.statement.starts_with(QUALIFIED)
}

/// Turns a clause into a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
