//! The page of a calibration.

use super::cards::Card;
use super::chart;
use super::print::RunningHeader;
use super::run::{drawing, made_by};
use super::table::{Grid, blocks};
use super::verdict::Verdict;
use super::{Block, Page, PageError, PageSection, render};
use crate::report::Tone;
use crate::report::calibration::{self as report, Answer};
use crate::report::chart as charts;
use crate::report::document::{self, Section};
use crate::report::format::{count, plural, share};
use crate::report::logs;
use crate::results::calibration::{Calibration, DistributionFit};
use crate::results::logs::LogSummary;
use crate::results::manifest::Manifest;
use crate::results::read::{self, Files, ReadError};

/// Number of fits that are visible without expanding a section.
const FITS_OPEN: usize = 8;

/// Renders the page of a calibration.
///
/// # Errors
/// Returns an error if the page cannot be written, which is a defect in cmgsim.
pub fn calibration(
    calibration: &Calibration,
    manifest: Option<&Manifest>,
) -> Result<Vec<u8>, PageError> {
    let page = of(calibration);
    render(Page {
        made_by: made_by(manifest),
        running_header: RunningHeader::new(page.title.trim_end_matches(" · cmgsim"), manifest),
        ..page
    })
}

/// Reads the page from the files of a folder, which contain a calibration, or a summary of logs if
/// there was no scenario.
pub(super) fn read(files: &Files) -> Result<Page, ReadError> {
    const FILE: &str = "calibration.json";
    let found: serde_json::Value = read::json(files, FILE)?;
    if found.get("scenario").is_some() {
        return Ok(of(&read::json(files, FILE)?));
    }
    let summary: LogSummary = read::json(files, FILE)?;
    let mut sections = logs::sections(&summary).into_iter();
    let heading = sections.next().map(blocks).unwrap_or_default();
    let heading = heading.into_iter().filter_map(|block| match block {
        Block::Note { text } => Some(text),
        _ => None,
    });
    Ok(Page {
        title: "Logs · cmgsim".to_owned(),
        headline: "Which requests do the logs contain?".to_owned(),
        verdict: Some(Verdict::of_study("", heading.collect(), Tone::Plain)),
        sections: sections.map(PageSection::of).collect(),
        ..Page::default()
    })
}

/// Returns the page without the version of the program.
fn of(calibration: &Calibration) -> Page {
    let Answer { statement, reasons, next, tone } = report::answer(calibration);
    let mut verdict = Verdict::of_study(&statement, reasons, tone);
    verdict.enough = format!("Next step: {next}");
    let name = &calibration.scenario;
    let test = calibration.back_test.as_ref();
    let back_test = test.map(|test| {
        let charts = charts::back_test(test);
        let chart = charts.map(|(chart, period)| chart::block(&chart, Some(&period)));
        let section = PageSection::of(report::back_test(test));
        let blocks = chart.into_iter().chain(section.blocks.clone()).collect();
        PageSection { blocks, ..section }
    });
    let of = |section: Option<Section>| section.map(PageSection::of);
    let sections = [
        of(Section::list("Notes", report::notes(calibration))),
        back_test,
        of(report::measured(calibration)).map(PageSection::searchable),
        of(report::not_measured(calibration)),
    ];
    let more = [
        presence(calibration),
        calibration.logs.as_ref().map(of_logs),
        of(report::methods(calibration)).map(PageSection::collapsed),
        files(calibration),
    ];
    let sections = sections.into_iter().flatten();
    let sections = sections.chain(fits(calibration)).chain(more.into_iter().flatten());
    let files = plural(calibration.files.len() as u64, "log file");
    Page {
        title: format!("Calibration of {name} · cmgsim"),
        headline: format!("What was measured of {name}, and does it predict other days?"),
        about: format!("{name} · {} · {files}", calibration.period),
        verdict: Some(verdict),
        cards: cards(calibration),
        sections: sections.collect(),
        ..Page::default()
    }
}

fn cards(calibration: &Calibration) -> Vec<Card> {
    let card = |label: &str, value: String, note: String, tone: Tone| Card {
        label: label.to_owned(),
        value,
        interval: String::new(),
        note,
        tone,
        spark: String::new(),
    };
    let mut cards = vec![
        card(
            "Measured values",
            count(calibration.values.len() as u64),
            format!("{} not measured", count(calibration.not_measured.len() as u64)),
            Tone::Plain,
        ),
        card(
            "Assumed values",
            count(calibration.assumed_after.into()),
            format!("{} before the calibration", count(calibration.assumed_before.into())),
            Tone::Plain,
        ),
    ];
    if let Some(test) = &calibration.back_test {
        let errors = [
            ("Largest rate error", report::RATE_ERROR, {
                report::worst(test, |one| one.rate_mean_per_s)
            }),
            ("Largest mean time error", report::TIME_ERROR, {
                report::worst(test, |one| one.time_taken_mean_s)
            }),
        ];
        for (label, limit, found) in errors {
            let Some((kind, error)) = found else { continue };
            let tone = if error.abs() > limit { Tone::Bad } else { Tone::Good };
            let note = format!("{kind}; accepted: up to {}", share(limit));
            cards.push(card(label, report::signed_share(error), note, tone));
        }
    }
    if let Some(part) = calibration.logs.as_ref().and_then(|logs| logs.classified_rows_share) {
        let note = "of the logged requests".to_owned();
        cards.push(card("Assigned to request kinds", share(part), note, Tone::Plain));
    }
    cards
}

/// Returns the sections of fitted distributions: each fit as a Q-Q chart and the table of
/// candidates next to it.
fn fits(calibration: &Calibration) -> Vec<PageSection> {
    let section = |title: &str, fits: &[DistributionFit], first: usize| {
        let pairs = fits.iter().zip(first..).flat_map(|(fit, number)| pair(fit, number));
        let lead = "Q-Q charts: the closer the points are to the line, the better the distribution \
                    fits. The distribution with the smallest AICc (Akaike's information criterion, \
                    corrected for small samples) is chosen. If none fits, the empirical \
                    distribution is used.";
        let section = PageSection::new(title, lead, pairs.collect());
        PageSection { has_pairs: true, ..section }
    };
    let all = &calibration.fits;
    let (open, rest) = all.split_at(all.len().min(FITS_OPEN));
    let mut sections = Vec::new();
    if !open.is_empty() {
        sections.push(section("Fitted distributions", open, 0));
    }
    if !rest.is_empty() {
        sections.push(section("More fitted distributions", rest, FITS_OPEN).collapsed());
    }
    sections
}

fn pair(fit: &DistributionFit, number: usize) -> [Block; 2] {
    let what = report::fit_title(fit);
    let chart = charts::quantiles(fit, number).map(|mut chart| {
        chart.heading.what.clone_from(&what);
        // An empty period: the axes are not times.
        chart::block(&chart, None)
    });
    let chart = chart.unwrap_or_else(|| Block::Note { text: format!("{}: {what}", fit.path) });
    [chart, Block::Table(Grid::new(&fit.path, &report::candidates(fit)))]
}

fn presence(calibration: &Calibration) -> Option<PageSection> {
    let map = charts::presence(&calibration.presence)?;
    Some(PageSection::new("Presence", "", vec![drawing(&map)]))
}

/// Returns what was read, and the traffic of each kind.
fn of_logs(summary: &LogSummary) -> PageSection {
    let mut all = Vec::new();
    for section in logs::sections(summary) {
        let is_list = matches!(section.blocks[..], [document::Block::List(_)]);
        all.extend(is_list.then(|| Block::Note { text: format!("{}:", section.title) }));
        all.extend(blocks(section));
    }
    PageSection::new("Logs", "", all)
}

fn files(calibration: &Calibration) -> Option<PageSection> {
    let lines = calibration.files.clone();
    let blocks = vec![Block::List { lines }];
    (!calibration.files.is_empty()).then(|| PageSection::new("Files", "", blocks).collapsed())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::report::calibration::sample;
    use crate::report::html::{Study, page};

    fn text(calibration: &Calibration) -> String {
        let page = super::calibration(calibration, None).expect("a page");
        String::from_utf8(page).expect("UTF-8")
    }

    #[test]
    fn the_page_contains_everything_that_was_measured_and_no_other_resource() {
        let found = text(&sample::calibration());
        if let Ok(path) = std::env::var("CMGSIM_SAMPLE_PAGE") {
            std::fs::write(path, &found).expect("a file");
        }
        for part in [
            "does not predict the logs of 2026-11-27",
            "Next step: ",
            "gamma, mean 9.1ms, cv 0.8",
            "8.9ms to 9.3ms",
            "cohort.remote.moves",
            "+24.0 %",
            "± 0.0250",
            "gamma (best fit)",
            "Online clients by hour of the week",
            "rows with more or fewer columns",
            "97.3 %",
            "&lt;mp-2&gt;",
        ] {
            assert!(found.contains(part), "{part}");
        }
        for address in ["src=\"http", "href=\"http", "url(http", "@import"] {
            assert!(!found.contains(address), "{address}");
        }
    }

    #[test]
    fn a_page_from_the_stored_json_has_the_same_content() {
        let calibration = sample::calibration();
        let mut files = BTreeMap::from([("calibration.json".to_owned(), calibration.to_json())]);
        let study = Study::read(&files).expect("it is valid").expect("a study");
        let stored = page(&[], &[study]).expect("a page");
        let stored = String::from_utf8(stored).expect("UTF-8");
        assert!(stored == text(&calibration), "the pages differ");
        files.insert("calibration.json".to_owned(), b"{\"scenario\": \"x\"}".to_vec());
        assert!(Study::read(&files).is_err(), "an incomplete calibration is an error");
        let logs = calibration.logs.expect("logs").to_json();
        files.insert("calibration.json".to_owned(), logs);
        let study = Study::read(&files).expect("it is valid").expect("a study");
        let stored = String::from_utf8(page(&[], &[study]).expect("a page")).expect("UTF-8");
        assert!(stored.contains("Read 30,900,000 requests"), "{stored}");
    }

    #[test]
    fn a_calibration_without_logs_or_back_test_has_a_page() {
        let name = "x".to_owned();
        let found = text(&Calibration { scenario: name, ..Calibration::default() });
        assert!(
            found.contains("The calibrated scenario was not compared with other days."),
            "{found}"
        );
    }
}
