//! Tables of a back-test: measured and simulated rates and times by kind.

use super::answer::{RATE_ERROR, TIME_ERROR};
use super::{PAGE, cut, signed_share};
use crate::report::Tone;
use crate::report::document::{Block, Cell, Section, Table};
use crate::report::fitted::fitted;
use crate::report::format::{self, number, seconds};
use crate::results::calibration::{BackTest, BackTestKind, Calibration, Compared};

/// Share of the requests from which a kind is frequent. Errors of rarer kinds are mostly chance.
const FREQUENT: f64 = 0.01;

/// Number of requests from which the error of a kind is judged: random variation alone then causes
/// an error of about 3 %.
const MANY: f64 = 1000.0;

/// Maximum number of kinds in the text.
const ROWS_MAX: usize = 4;

/// Iterates over the kinds with at least 1 % of the measured or of the simulated requests, or with
/// at least [`MANY`] measured requests.
pub(in crate::report) fn frequent(test: &BackTest) -> impl Iterator<Item = &BackTestKind> {
    let total = |of: fn(&Compared) -> f64| -> f64 {
        test.kinds.iter().map(|one| of(&one.rate_mean_per_s)).filter(|rate| rate.is_finite()).sum()
    };
    let (measured, simulated) = (total(|one| one.measured), total(|one| one.simulated));
    let seconds = 3600.0 * test.hours.len() as f64;
    test.kinds.iter().filter(move |one| {
        let rate = one.rate_mean_per_s;
        let is_many = rate.measured * seconds >= MANY;
        is_many || rate.measured >= FREQUENT * measured || rate.simulated >= FREQUENT * simulated
    })
}

/// Returns the frequent kind with the largest error, and its error.
pub(in crate::report) fn worst(
    test: &BackTest,
    of: fn(&BackTestKind) -> Compared,
) -> Option<(&str, f64)> {
    let errors = frequent(test).map(|one| (one.kind.as_str(), of(one).error_share));
    let known = errors.filter(|(_, error)| error.is_finite());
    known.max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()))
}

/// Returns the kinds by measured rate, the most frequent first.
fn by_rate(test: &BackTest) -> Vec<&BackTestKind> {
    let mut kinds: Vec<&BackTestKind> = test.kinds.iter().collect();
    let key = |one: &BackTestKind| one.rate_mean_per_s.measured;
    kinds.sort_by(|one, other| key(other).total_cmp(&key(one)));
    kinds
}

/// Returns the table of a back-test with its notes.
pub(in crate::report) fn section(test: &BackTest) -> Section {
    let titles = [
        "kind",
        "rate measured",
        "rate simulated",
        "rate error",
        "mean time measured",
        "mean time simulated",
        "mean time error",
        "p95 measured",
        "p95 simulated",
        "p95 error",
    ];
    let mut table = Table::new(&titles, 1);
    for one in by_rate(test) {
        let is_frequent = frequent(test).any(|frequent| frequent.kind == one.kind);
        let times = [one.time_taken_mean_s, one.time_taken_p95_s];
        let times = times.map(|time| compared(time, seconds, TIME_ERROR, is_frequent));
        let rate = compared(one.rate_mean_per_s, rate, RATE_ERROR, is_frequent);
        let cells = rate.into_iter().chain(times.into_iter().flatten());
        table.row(std::iter::once(Cell::text(&*one.kind)).chain(cells));
    }
    let mut notes: Vec<String> = test.notes.clone();
    notes.push(
        "Times are time-taken: waiting and service at the site system. Logged times also contain \
         the network time of responses over 2 KB, which is not simulated."
            .to_owned(),
    );
    let remark = format!(
        "Measured: logs of {}, which were not used for the calibration. Simulated: {} of the \
         calibrated scenario in the same period, with 95 % confidence intervals. For kinds with at \
         least 1 % or 1,000 of the requests, rate errors above {} and time errors above {} are \
         marked.",
        test.period,
        format::plural(test.replications.into(), "replication"),
        format::share(RATE_ERROR),
        format::share(TIME_ERROR),
    );
    let blocks = notes.into_iter().map(Block::Note);
    Section::new("Back-test", std::iter::once(Block::Table(table)).chain(blocks).collect())
        .with_remark(remark)
}

fn rate(per_second: f64) -> String {
    format!("{}/s", number(per_second))
}

/// Returns the cells of a measured number, a simulated number and its error.
fn compared(one: Compared, write: fn(f64) -> String, limit: f64, is_frequent: bool) -> [Cell; 3] {
    let amount = |value: f64, text: String| match value.is_finite() {
        true => Cell::Amount(text),
        false => Cell::Empty,
    };
    let half_width = match one.simulated_half_width {
        half_width if half_width.is_finite() => format!(" +- {}", write(half_width)),
        _ => String::new(),
    };
    let tone = match one.error_share.abs() {
        error if is_frequent && error > limit => Tone::Bad,
        _ => Tone::Plain,
    };
    [
        amount(one.measured, write(one.measured)),
        amount(one.simulated, format!("{}{half_width}", write(one.simulated))),
        Cell::Verdict(tone, signed_share(one.error_share)),
    ]
}

/// Returns the most frequent kinds for the text.
pub(super) fn brief(calibration: &Calibration) -> Option<Section> {
    let test = calibration.back_test.as_ref()?;
    let titles = [
        "kind",
        "rate measured",
        "rate simulated",
        "rate error",
        "time measured",
        "time simulated",
        "time error",
    ];
    let mut table = Table::new(&titles, 1);
    let kinds = by_rate(test);
    for one in kinds.iter().take(ROWS_MAX) {
        let cells = [(one.rate_mean_per_s, rate as fn(f64) -> String), {
            (one.time_taken_mean_s, seconds as fn(f64) -> String)
        }];
        let cells = cells.into_iter().flat_map(|(compared, write)| {
            let amounts = [write(compared.measured), write(compared.simulated)];
            let error = signed_share(compared.error_share);
            amounts.into_iter().chain([error]).map(Cell::Amount)
        });
        table.row(std::iter::once(Cell::text(&*one.kind)).chain(cells));
    }
    let more = kinds.len().saturating_sub(ROWS_MAX);
    let more = (more > 0).then(|| Block::Note(format!("({more} more in {PAGE})")));
    let note = test.notes.first().map(|note| Block::Note(cut(note, 78)));
    let mut blocks = fitted(table, 7, PAGE);
    blocks.extend(more.into_iter().chain(note));
    Some(Section::new(
        format!("Back-test with the logs of {}; times are means", cut(&test.period, 39)),
        blocks,
    ))
}
