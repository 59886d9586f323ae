//! Lines that could not be read: counted by reason, with the position of one example, never with
//! content.

/// Reason why a line or a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Reason {
    BeforeFields,
    UnusableFields,
    Columns,
    Date,
    Year,
    Time,
    TooLong,
    Zeros,
    Number,
    TooLarge,
    Damaged,
}

impl Reason {
    pub(super) const ALL: [Reason; 11] = [
        Reason::BeforeFields,
        Reason::UnusableFields,
        Reason::Columns,
        Reason::Date,
        Reason::Year,
        Reason::Time,
        Reason::TooLong,
        Reason::Zeros,
        Reason::Number,
        Reason::TooLarge,
        Reason::Damaged,
    ];

    /// Returns the name in tables and JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Reason::BeforeFields => "before_fields",
            Reason::UnusableFields => "unusable_fields",
            Reason::Columns => "columns",
            Reason::Date => "date",
            Reason::Year => "year",
            Reason::Time => "time",
            Reason::TooLong => "too_long",
            Reason::Zeros => "zero_bytes",
            Reason::Number => "number",
            Reason::TooLarge => "too_large",
            Reason::Damaged => "damaged_file",
        }
    }

    /// Returns what is wrong.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Reason::BeforeFields => "rows before any `#Fields` line",
            Reason::UnusableFields => "rows below a `#Fields` line without time or cs-uri-stem",
            Reason::Columns => "rows whose number of values differs from `#Fields`",
            Reason::Date => "rows without a valid date",
            Reason::Year => "rows with a year before 2007 or after 2099",
            Reason::Time => "rows without a valid time",
            Reason::TooLong => "lines of more than 64 KiB",
            Reason::Zeros => "lines with zero bytes",
            Reason::Number => "values that are not numbers; the rows are counted without them",
            Reason::TooLarge => {
                "values that are too large (time-taken above 7 days, more than 1 TiB, or a status \
                 above 999); the rows are counted without them"
            }
            Reason::Damaged => "files that end early or are damaged",
        }
    }

    /// Returns what the user can do.
    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Reason::BeforeFields => {
                "pass whole log files in the W3C format; if a file was cut, add the `#Fields` line \
                 of the server at its beginning"
            }
            Reason::UnusableFields => {
                "in IIS Manager, Logging, Select Fields, select Time and URI Stem"
            }
            Reason::Columns => {
                "truncated rows at the end of a file are normal; otherwise the file was edited, or \
                 a `#Fields` line is missing"
            }
            Reason::Date => {
                "in IIS Manager, Logging, Select Fields, select Date; a `#Date` line also \
                 suffices; dates have the form yyyy-mm-dd"
            }
            Reason::Year => {
                "check the clock of the server; if the file was edited or converted, use the \
                 original"
            }
            Reason::Time => "check that the file is in the W3C format of IIS (hh:mm:ss)",
            Reason::TooLong => {
                "check that the file is a text file with line breaks, and copy it from the server \
                 again"
            }
            Reason::Zeros => {
                "IIS leaves zero bytes in a log after a crash; if all lines have them, the file is \
                 not a text file"
            }
            Reason::Number | Reason::TooLarge => {
                "check the columns of the file against its `#Fields` line"
            }
            Reason::Damaged => "copy or compress the files again",
        }
    }

    /// Returns whether each occurrence is a line that is missing from the tallies.
    pub(super) const fn is_line(self) -> bool {
        !matches!(self, Reason::Number | Reason::TooLarge | Reason::Damaged)
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
pub(super) struct Unreadable {
    of: [Occurrences; Reason::ALL.len()],
}

impl Unreadable {
    pub(super) fn add(&mut self, reason: Reason, file: usize, line: u64) {
        let own = &mut self.of[reason as usize];
        if own.count == 0 {
            (own.file, own.line) = (file, line);
        }
        own.count += 1;
    }

    pub(super) fn of(&self, reason: Reason) -> Occurrences {
        self.of[reason as usize]
    }

    /// Returns the number of lines that are missing from the tallies.
    pub(super) fn lines(&self) -> u64 {
        Reason::ALL.iter().filter(|one| one.is_line()).map(|one| self.of(*one).count).sum()
    }
}
