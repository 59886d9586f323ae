//! Report of a calibration: what was measured, how well the calibrated scenario predicts other
//! days, and what to measure next. `html::calibration` renders the same sections as a page.

mod answer;
mod back_test;
mod fits;
#[cfg(test)]
pub(super) mod sample;
mod values;

use super::document::{Block, Document, Section};
use super::inputs;
use super::text::{self, hanging, words_on_lines};
use crate::results::calibration::Calibration;

pub(super) use answer::{Answer, RATE_ERROR, TIME_ERROR, answer};
pub(super) use back_test::{section as back_test, worst};
pub(super) use fits::{candidates, title as fit_title};
pub(super) use values::{measured, methods, not_measured};

pub use super::html::calibration as page;

/// Name of the page in the results folder.
pub const PAGE: &str = "calibration.html";

/// Maximum number of notes and reasons in the text.
const REASONS_MAX: usize = 3;

/// Returns the report as text of at most 40 lines of 80 characters, ending with a line break: the
/// verdict, the evidence and the next step.
pub fn text(calibration: &Calibration) -> String {
    let Answer { statement, reasons, next, .. } = answer(calibration);
    // The next step names files with the same rows.
    let reasons = calibration.notes.iter().chain(&reasons).take(REASONS_MAX);
    let reasons = reasons.map(|reason| words_on_lines(&cut(reason, 150), 76));
    let reasons: Vec<String> = reasons.collect();
    let sections = [
        Some(Section::new("", vec![Block::Paragraph(hanging("Answer", &cut(&statement, 420)))])),
        Section::list("", reasons),
        back_test::brief(calibration),
        values::brief(calibration),
        values::brief_not_measured(calibration),
        Some(Section::new("", vec![Block::Paragraph(hanging("Next step", &cut(&next, 200)))])),
    ];
    text::render(&Document { sections: sections.into_iter().flatten().collect() })
}

/// Returns remarks on the logs and on the calibration.
pub(super) fn notes(calibration: &Calibration) -> Vec<String> {
    let copied = calibration.logs.iter().flat_map(|logs| &logs.copied);
    let copied = copied.map(|one| format!("{}.", inputs::copied(one)));
    copied.chain(calibration.notes.iter().cloned()).collect()
}

/// Shortens a text to at most `max` characters.
fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// Writes a TOML value for people: `{ dist = "gamma", mean = "2ms" }` becomes `gamma, mean 2ms`.
pub(super) fn readable(value: &str) -> String {
    let inner = value.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let mut parts: Vec<&str> = inner.unwrap_or(value).trim().split(", ").collect();
    // The name of the distribution comes first, except within a table by kind.
    if !parts.iter().any(|part| part.contains('{')) {
        parts.sort_by_key(|part| !part.trim().starts_with("dist = "));
    }
    let plain = parts.join(", ").replace("dist = ", "").replace(" = ", " ");
    plain.replace(['"', '{', '}'], "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Formats an error with its sign: `+1.8 %`.
pub(super) fn signed_share(share: f64) -> String {
    match share {
        share if !share.is_finite() => "-".to_owned(),
        share if share.abs() < 0.0005 => "0 %".to_owned(),
        share => format!("{:+.1} %", 100.0 * share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::calibration::{BackTest, CalibratedValue, NotMeasured};

    #[test]
    fn the_text_has_at_most_40_lines_with_the_verdict_first() {
        let mut calibration = sample::calibration();
        let found = text(&calibration);
        assert!(found.starts_with("Answer     3 values of contoso were measured;"), "{found}");
        for part in ["2026-11-27", "Next step", "+24.0 %", "policy_body", "gamma, mean 9.1ms"] {
            assert!(found.contains(part), "{part} in\n{found}");
        }
        // Far more of everything, and long texts.
        let long = "a very long sentence that goes on and on ".repeat(20);
        let value = CalibratedValue {
            paths: vec!["management_point.the-name-of-a-management-point.cpu.policy_poll".into()],
            value: format!("{{ dist = \"empirical\", values = [{}] }}", "\"1.25ms\", ".repeat(500)),
            previous: "\"8ms\"".repeat(40),
            ..CalibratedValue::default()
        };
        calibration.scenario = "a-scenario-with-a-name-".repeat(2);
        calibration.values = vec![value; 200];
        calibration.not_measured =
            vec![NotMeasured { path: "a.b".into(), reason: long.clone(), remedy: long }; 60];
        let kinds = &calibration.back_test.as_ref().expect("a back-test").kinds;
        let kinds = (0..9).flat_map(|_| kinds.clone()).collect();
        calibration.notes = vec!["A note. ".repeat(40); 5];
        let notes = vec!["A note. ".repeat(40); 5];
        calibration.back_test = Some(BackTest { kinds, notes, ..BackTest::default() });
        let found = text(&calibration);
        assert!(found.lines().count() <= 40, "{} lines:\n{found}", found.lines().count());
        let widest = found.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?} in\n{found}");
    }

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(readable("\"30/h\""), "30/h");
        assert_eq!(readable("{ dist = \"gamma\", mean = \"2ms\" }"), "gamma, mean 2ms");
        assert_eq!(readable("{ cv = 1.0, dist = \"gamma\" }"), "gamma, cv 1.0");
        let by_kind = "{ default = { dist = \"gamma\", mean = \"2ms\" }, keep_alive = \"0s\" }";
        assert_eq!(readable(by_kind), "default gamma, mean 2ms , keep_alive 0s");
        assert_eq!(signed_share(0.0176), "+1.8 %");
        assert_eq!(signed_share(-0.31), "-31.0 %");
        assert_eq!(signed_share(f64::NAN), "-");
    }
}
