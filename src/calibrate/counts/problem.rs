//! Rows that could not be read: counted by reason, with the position of one example, never with
//! content.

/// Reason why a row or a value could not be read, or was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Reason {
    Header,
    Columns,
    Time,
    Interval,
    Number,
    Nothing,
    Failed,
    Kind,
    Metric,
    Truncated,
    TooLong,
    Json,
    Copy,
    TooMany,
    Damaged,
    Content,
}

impl Reason {
    pub(super) const ALL: [Reason; 16] = [
        Reason::Header,
        Reason::Columns,
        Reason::Time,
        Reason::Interval,
        Reason::Number,
        Reason::Nothing,
        Reason::Failed,
        Reason::Kind,
        Reason::Metric,
        Reason::Truncated,
        Reason::TooLong,
        Reason::Json,
        Reason::Copy,
        Reason::TooMany,
        Reason::Damaged,
        Reason::Content,
    ];

    /// Returns the name in tables and JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Reason::Header => "header",
            Reason::Columns => "columns",
            Reason::Time => "time",
            Reason::Interval => "interval",
            Reason::Number => "number",
            Reason::Nothing => "no_counts",
            Reason::Failed => "failed",
            Reason::Kind => "kind",
            Reason::Metric => "metric",
            Reason::Truncated => "truncated",
            Reason::TooLong => "too_long",
            Reason::Json => "json",
            Reason::Copy => "copy",
            Reason::TooMany => "too_many",
            Reason::Damaged => "damaged_file",
            Reason::Content => "content",
        }
    }

    /// Returns what is wrong.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Reason::Header => "tables without a column of times and a column of counts",
            Reason::Columns => "rows whose number of values differs from the header",
            Reason::Time => "rows without a valid time in the years 2000 to 2099",
            Reason::Interval => "intervals that end before they start or exceed 31 days",
            Reason::Number => {
                "values that are not numbers, negative or too large (times above 7 days); the rows \
                 are counted without them"
            }
            Reason::Nothing => "rows without any count",
            Reason::Failed => "rows with more failed requests than requests; counted without them",
            Reason::Kind => "rows whose kind is not a kind of the model; counted as unclassified",
            Reason::Metric => "values of metrics that cmgsim does not use",
            Reason::Truncated => "log entries, traffic details or quoted cells without an end",
            Reason::TooLong => "lines, records or JSON objects of more than 1 MiB",
            Reason::Json => "files with invalid JSON; the rest of the file was skipped",
            Reason::Copy => "rows that were read before; counted once",
            Reason::TooMany => "rows beyond the number of hours that cmgsim keeps",
            Reason::Damaged => "files that end early or are damaged",
            Reason::Content => "files without counts",
        }
    }

    /// Returns what the user can do.
    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Reason::Header => {
                "name the columns, for example --column time=Date --column requests=Hits"
            }
            Reason::Columns => "check the file for separators in values without quotes",
            Reason::Time => {
                "log entries need their time stamps; in tables, name the column with --column \
                 time=COLUMN; for times such as 30/11/2026 use --date-order dmy"
            }
            Reason::Interval => "check the columns of start and end",
            Reason::Number => "check the column that is mapped with --column",
            Reason::Nothing => "name the columns of counts with --column requests=COLUMN",
            Reason::Failed => "check the column that is mapped with --column failed=COLUMN",
            Reason::Kind => "map a column of paths with --column endpoint=COLUMN instead",
            Reason::Metric => {
                "export Network Out Total, Network In Total or Percentage CPU instead"
            }
            Reason::Truncated => "the end of a log is often cut; otherwise copy the file again",
            Reason::TooLong => "check that the file contains text with line breaks",
            Reason::Json => "export the file again; a cut file is invalid",
            Reason::Copy => "no action is necessary; the same file or report was passed twice",
            Reason::TooMany => "pass files of a shorter period",
            Reason::Damaged => "copy or compress the files again",
            Reason::Content => {
                "pass CMGService.log, SMS_Cloud_ProxyConnector.log, state messages, CSV or JSON; \
                 for IIS logs use `cmgsim calibrate iis`"
            }
        }
    }
}

/// Number of occurrences and the position of the first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Occurrences {
    pub(super) count: u64,
    /// Index of the file in the list of files.
    pub(super) file: usize,
    /// Line number, from 1.
    pub(super) line: u64,
}

/// Occurrences of all reasons.
#[derive(Clone, Debug, Default)]
pub(super) struct Unreadable([Occurrences; Reason::ALL.len()]);

impl Unreadable {
    pub(super) fn add(&mut self, reason: Reason, file: usize, line: u64) {
        let own = &mut self.0[reason as usize];
        if own.count == 0 {
            (own.file, own.line) = (file, line);
        }
        own.count += 1;
    }

    pub(super) fn of(&self, reason: Reason) -> Occurrences {
        self.0[reason as usize]
    }

    /// Returns the number of all occurrences.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|one| one.count).sum()
    }
}
