//! Tables of measured values, and of values that were not measured.

use super::{PAGE, cut, readable};
use crate::report::document::{Block, Cell, Section, Table};
use crate::report::text::words_on_lines;
use crate::results::calibration::{CalibratedValue, Calibration};

/// Maximum length of a value on the page.
const VALUE_MAX: usize = 200;

/// Maximum number of values in the text.
const ROWS_MAX: usize = 3;
/// Maximum number of values that were not measured in the text.
const NOT_MEASURED_MAX: usize = 2;

/// Returns the table of measured values; `None` without values.
pub(in crate::report) fn measured(calibration: &Calibration) -> Option<Section> {
    let titles = ["value", "measured", "95 % interval", "before", "samples"];
    let mut table = Table::new(&titles, 4);
    for one in &calibration.values {
        let interval = match (&one.low, &one.high) {
            (Some(low), Some(high)) => Cell::text(format!("{} to {}", text(low), text(high))),
            _ => Cell::Empty,
        };
        table.row([
            Cell::text(one.paths.join(", ")),
            Cell::text(text(&one.value)),
            interval,
            Cell::text(text(&one.previous)),
            Cell::Count(one.samples),
        ]);
    }
    let remark = "The interval of a distribution is that of its mean. measured.toml contains \
                  these values, and in [[measured]] their intervals, periods and sources. `run` \
                  counts the values of the scenario that use them: a row for all cohorts is one \
                  value per cohort, and a table of times by request kind is one value, which is \
                  partly measured until each of its times is.";
    Some(Section::table("Measured values", table, Vec::new())?.with_remark(remark))
}

/// Returns how each value was measured; `None` without values.
pub(in crate::report) fn methods(calibration: &Calibration) -> Option<Section> {
    let mut table = Table::new(&["value", "method"], 2);
    for one in &calibration.values {
        table.row([Cell::text(one.paths.join(", ")), Cell::text(&*one.method)]);
    }
    Section::table("Measurement methods", table, Vec::new())
}

/// Returns the table of values that these files could have measured, but did not.
pub(in crate::report) fn not_measured(calibration: &Calibration) -> Option<Section> {
    let mut table = Table::new(&["value", "reason", "what to do"], 3);
    for one in &calibration.not_measured {
        let remedy = (!one.remedy.is_empty()).then_some(&*one.remedy);
        table.row([Cell::text(&*one.path), Cell::text(&*one.reason), Cell::of(remedy, Cell::text)]);
    }
    let remark = format!(
        "These values do not change. {} values that the scenario uses are still assumed ({} before \
         the calibration); `cmgsim sensitivity` shows which of them have the largest effect on \
         your result.",
        calibration.assumed_after, calibration.assumed_before
    );
    Some(Section::table("Values not measured", table, Vec::new())?.with_remark(remark))
}

fn text(value: &str) -> String {
    cut(&readable(value), VALUE_MAX)
}

/// Returns the first measured values for the text.
pub(super) fn brief(calibration: &Calibration) -> Option<Section> {
    let mut table = Table::new(&["value", "measured", "before"], 3);
    for one in calibration.values.iter().take(ROWS_MAX) {
        let [value, before] = [(&one.value, 20), (&one.previous, 14)]
            .map(|(value, max)| Cell::text(cut(&readable(value), max)));
        table.row([Cell::text(path(one)), value, before]);
    }
    let more = calibration.values.len().saturating_sub(ROWS_MAX);
    let notes = (more > 0).then(|| format!("({more} more in {PAGE})")).into_iter().collect();
    Section::table("Measured values", table, notes)
}

/// Returns the path, shortened at its start, where paths are alike, and the number of other paths.
fn path(value: &CalibratedValue) -> String {
    const WIDTH: usize = 38;
    let more = match value.paths.len() {
        0 | 1 => String::new(),
        count => format!(" (+{})", count - 1),
    };
    let path = value.paths.first().map_or("", String::as_str);
    let (length, room) = (path.chars().count(), WIDTH - more.len());
    if length <= room {
        return format!("{path}{more}");
    }
    let end: String = path.chars().skip(length - room + 3).collect();
    format!("...{end}{more}")
}

/// Returns the first values that were not measured for the text.
pub(super) fn brief_not_measured(calibration: &Calibration) -> Option<Section> {
    let sentence = |one: &crate::results::calibration::NotMeasured| {
        words_on_lines(&cut(&format!("{}: {}", one.path, one.reason), 150), 76)
    };
    let all = &calibration.not_measured;
    let sentences: Vec<String> = all.iter().take(NOT_MEASURED_MAX).map(sentence).collect();
    let mut section = Section::list("Not measured", sentences)?;
    let more = all.len().saturating_sub(NOT_MEASURED_MAX);
    if more > 0 {
        section.blocks.push(Block::Note(format!("({more} more in {PAGE})")));
    }
    Some(section)
}
