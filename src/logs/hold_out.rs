//! The rows that a calibration does not use, so that a back-test can compare the calibrated
//! scenario with them: rows from a UTC date on. The default date is found from the names, the
//! beginnings and the ends of the files, without reading them completely.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::str::FromStr;

use super::input::Input;
use super::stamp::{self, DAY, is_plausible, time};

/// Minimum number of whole UTC days in the logs for a default: two of them remain for the
/// calibration.
const WHOLE_DAYS_MIN: i64 = 3;

/// Time without rows at the start and the end of a day that still counts as whole. Assumed: a site
/// system of a site with clients receives requests more often.
const SLACK: i64 = 900;

/// Seconds per week.
const WEEK: i64 = 7 * DAY;

/// Number of bytes that are read from the end of a file.
const END_BYTES: u64 = 64 * 1024;

/// Number of bytes that are read from the beginning of a file, which has the `#Fields` line.
const BEGINNING_BYTES: u64 = 8 * 1024;

/// Seconds per hour.
const HOUR: i64 = 3600;

/// Rows that are held out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoldOut {
    /// The last whole UTC day, if the files contain at least three whole days. No rows if the files
    /// contain a week, but not without this day: presence needs all hours of the week.
    #[default]
    Automatic,
    /// No rows.
    None,
    /// Rows that ended at or after this time in seconds since 1970-01-01T00:00Z.
    From(i64),
}

/// Reason why [`HoldOut::Automatic`] holds no rows out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHoldOut {
    /// Rows from standard input cannot be divided before they are read.
    #[error(
        "the days of standard input are not known before it is read; name files, or use --hold-out \
         DATE"
    )]
    StandardInput,
    /// The period of the files is not known.
    #[error("the files do not show their days; use --hold-out DATE")]
    NoDates,
    /// There are too few whole days.
    #[error(
        "the files contain {whole} of at least {WHOLE_DAYS_MIN} whole UTC days; read more days, or \
         use --hold-out DATE"
    )]
    FewDays {
        /// Number of whole days.
        whole: i64,
    },
    /// Only the last day completes a week.
    #[error(
        "the files contain exactly one week, which presence needs; read one more day, or use \
         --hold-out DATE"
    )]
    OneWeek,
}

/// Parses `auto`, `none` or a UTC date such as `2026-11-27`.
impl FromStr for HoldOut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "auto" => Ok(HoldOut::Automatic),
            "none" => Ok(HoldOut::None),
            other => date(other.as_bytes()).map(|day| HoldOut::From(day * DAY)).ok_or_else(|| {
                "expected a UTC date such as 2026-11-27, `auto` or `none`".to_owned()
            }),
        }
    }
}

impl HoldOut {
    /// Returns the time from which rows are held out, in seconds since 1970-01-01T00:00Z; `None` if
    /// no rows are to be held out. A file that cannot be read counts by its name only.
    ///
    /// # Errors
    /// Returns the reason why the automatic choice holds no rows out.
    pub fn start(self, inputs: &[Input]) -> Result<Option<i64>, NoHoldOut> {
        match self {
            HoldOut::Automatic => last_whole_day(inputs).map(Some),
            HoldOut::None => Ok(None),
            HoldOut::From(start) => Ok(Some(start)),
        }
    }
}

/// Period that a file covers, in seconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    first: i64,
    /// Time of the last row, or end of the period in the name.
    last: i64,
}

/// Parses a date that the log of a server can contain.
fn date(text: &[u8]) -> Option<i64> {
    stamp::date(text).filter(|day| is_plausible(*day))
}

/// Returns the start of the last whole UTC day.
fn last_whole_day(inputs: &[Input]) -> Result<i64, NoHoldOut> {
    let mut all: Option<Period> = None;
    for input in inputs {
        let Input::File(path) = input else { return Err(NoHoldOut::StandardInput) };
        let named = path.file_name().and_then(|name| of_name(&name.to_string_lossy()));
        // Only a file whose name can extend the period is opened.
        let is_inside = |named: Period| {
            all.is_some_and(|all| all.first + DAY <= named.first && named.last <= all.last - DAY)
        };
        let found = match named {
            Some(named) if is_inside(named) => Some(named),
            named => of_content(path).ok().flatten().or(named),
        };
        let Some(found) = found else { continue };
        let known = all.get_or_insert(found);
        *known = Period { first: known.first.min(found.first), last: known.last.max(found.last) };
    }
    let all = all.ok_or(NoHoldOut::NoDates)?;
    let end = (all.last + SLACK).div_euclid(DAY) * DAY;
    let start = (all.first - SLACK + DAY - 1).div_euclid(DAY) * DAY;
    let has_week = |last: i64| last - all.first + SLACK >= WEEK;
    if has_week(all.last) && !has_week(end - DAY) {
        return Err(NoHoldOut::OneWeek);
    }
    let whole = ((end - start) / DAY).max(0);
    if whole >= WHOLE_DAYS_MIN { Ok(end - DAY) } else { Err(NoHoldOut::FewDays { whole }) }
}

/// Returns the period in the name of a file: `u_ex261130.log` is a UTC day, `u_ex26113018.log` an
/// hour.
fn of_name(name: &str) -> Option<Period> {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix("u_ex").or_else(|| name.strip_prefix("ex"))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let digits = &rest[..digits];
    let (day, hour) = digits.split_at_checked(6)?;
    let text = format!("20{}-{}-{}", &day[..2], &day[2..4], &day[4..]);
    let day = date(text.as_bytes())? * DAY;
    match (hour.len(), hour.parse::<i64>()) {
        (0, _) => Some(Period { first: day, last: day + DAY }),
        (2, Ok(hour)) if hour < 24 => {
            Some(Period { first: day + hour * HOUR, last: day + (hour + 1) * HOUR })
        }
        _ => None,
    }
}

/// Returns whether the name of a file is that of the log of one hour. The name can be a path, or
/// the path of an archive and the name in it.
pub(super) fn is_hour(name: &str) -> bool {
    let name = name.rsplit(['/', '\\', ':']).next().unwrap_or(name);
    of_name(name).is_some_and(|period| period.last - period.first < DAY)
}

/// Returns the times of the first and the last row of a file of text; `None` if the file is
/// compressed, or has no rows with date and time at its ends.
fn of_content(path: &Path) -> io::Result<Option<Period>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let beginning = part(&mut file, BEGINNING_BYTES)?;
    file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
    let end = part(&mut file, END_BYTES)?;
    let mut columns = None;
    let first = rows(&beginning, &mut columns).next();
    // The first line of the end may be incomplete, and then has no date at its column.
    let last = rows(&end, &mut columns).last();
    Ok(first.zip(last).map(|(first, last)| Period { first: first.min(last), last }))
}

fn part(file: &mut File, bytes: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(bytes).read_to_end(&mut text)?;
    Ok(text)
}

/// Positions of date and time in a row.
type Columns = Option<(usize, usize)>;

/// Iterates over the times of the rows of a text. `#Fields` lines define the columns.
fn rows<'a>(text: &'a [u8], columns: &'a mut Columns) -> impl Iterator<Item = i64> + 'a {
    text.split(|byte| *byte == b'\n').filter_map(|line| {
        if let Some(fields) = line.strip_prefix(b"#Fields:") {
            let position = |wanted: &[u8]| words(fields).position(|name| name == wanted);
            *columns = position(b"date").zip(position(b"time"));
            return None;
        }
        let (at_date, at_time) = (*columns)?;
        let day = date(words(line).nth(at_date)?)?;
        Some(day * DAY + time(words(line).nth(at_time)?)?)
    })
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// 2026-11-23, in days since 1970-01-01.
    const FIRST: i64 = 20_780;

    fn name(day: i64) -> String {
        let day = jiff::Timestamp::from_second(day * DAY).expect("a day");
        day.strftime("u_ex%y%m%d.log").to_string()
    }

    /// Returns a log with rows at these seconds of a day.
    fn log(day: i64, seconds: [i64; 2]) -> String {
        let filler = "#Comment: a long line\r\n".repeat(5_000);
        let row = |second: i64| {
            let at = jiff::Timestamp::from_second(day * DAY + second).expect("a time");
            format!("10.0.0.1 {} /CCM_STS\r\n", at.strftime("%Y-%m-%d %H:%M:%S"))
        };
        let fields = "#Fields: c-ip date time cs-uri-stem\r\n";
        format!("{fields}{}{filler}{}", row(seconds[0]), row(seconds[1]))
    }

    fn found(files: &[(String, String)]) -> Result<i64, NoHoldOut> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut inputs = Vec::new();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file");
            inputs.push(Input::File(path));
        }
        HoldOut::Automatic.start(&inputs).map(|start| start.expect("a start") / DAY)
    }

    #[test]
    fn the_last_whole_day_is_held_out() {
        let whole = [5, DAY - 7];
        let day = |number: i64, seconds| (name(FIRST + number), log(FIRST + number, seconds));
        assert_eq!(found(&[day(0, whole), day(1, whole), day(2, whole)]), Ok(FIRST + 2));
        // The last day ends at noon.
        let files = [day(0, whole), day(1, whole), day(2, whole), day(3, [5, DAY / 2])];
        assert_eq!(found(&files), Ok(FIRST + 2));
        // The first day starts at noon, so that only two days are whole.
        let two = Err(NoHoldOut::FewDays { whole: 2 });
        assert_eq!(found(&[day(0, [DAY / 2, DAY - 7]), day(1, whole), day(2, whole)]), two);
        assert_eq!(found(&[day(0, whole), day(1, whole)]), two);
        // A single week is needed completely; with one more day, the last day can be held out.
        let days: Vec<_> = (0..8).map(|number| day(number, whole)).collect();
        assert_eq!(found(&days[..6]), Ok(FIRST + 5));
        assert_eq!(found(&days[..7]), Err(NoHoldOut::OneWeek));
        assert_eq!(found(&days), Ok(FIRST + 7));
    }

    #[test]
    fn files_without_dates_in_their_names_are_read_at_their_ends() {
        let texts = [0, 1, 2].map(|day| log(FIRST + day, [60, DAY - 60]));
        let files: Vec<_> =
            texts.into_iter().zip(0..).map(|(text, at)| (format!("mp{at}.txt"), text)).collect();
        assert_eq!(found(&files), Ok(FIRST + 2));
        // A file that contains all days.
        let one = (String::from("extend1.log"), log(FIRST, [60, 4 * DAY - 60]));
        assert_eq!(found(&[one]), Ok(FIRST + 3));
    }

    #[test]
    fn compressed_files_count_by_their_names() {
        let packed = |day: i64| (format!("{}.gz", name(FIRST + day)), "\u{1f}packed".to_owned());
        assert_eq!(found(&[packed(0), packed(1), packed(2)]), Ok(FIRST + 2));
        assert_eq!(found(&[("logs.zip".to_owned(), "PK".to_owned())]), Err(NoHoldOut::NoDates));
    }

    #[test]
    fn names_contain_days_or_hours() {
        let day = Period { first: FIRST * DAY, last: (FIRST + 1) * DAY };
        assert_eq!(of_name("u_ex261123.log"), Some(day));
        assert_eq!(of_name("U_EX261123_x.LOG.gz"), Some(day));
        let first = day.first + 18 * HOUR;
        assert_eq!(of_name("ex26112318.log"), Some(Period { first, last: first + HOUR }));
        for other in ["u_ex2611.log", "u_ex261323.log", "u_ex26112324.log", "u_extend1.log", ""] {
            assert_eq!(of_name(other), None, "{other}");
        }
    }

    #[test]
    fn an_explicit_choice_does_not_depend_on_the_files() {
        let inputs = [Input::File(PathBuf::from("missing.log")), Input::StandardInput];
        assert_eq!("2026-11-23".parse(), Ok(HoldOut::From(FIRST * DAY)));
        assert_eq!(HoldOut::From(5).start(&inputs), Ok(Some(5)));
        assert_eq!("none".parse::<HoldOut>().map(|one| one.start(&inputs)), Ok(Ok(None)));
        assert_eq!(HoldOut::Automatic.start(&inputs), Err(NoHoldOut::StandardInput));
        assert!("9999-01-01".parse::<HoldOut>().is_err(), "no log has this date");
        assert!("yesterday".parse::<HoldOut>().expect_err("no date").contains("2026-11-27"));
    }
}
