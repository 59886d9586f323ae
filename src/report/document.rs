//! Reports as data: sections of paragraphs, lists and tables with typed cells. The content is
//! defined once and rendered for terminals ([`super::text`]) and pages ([`super::html`]).

use super::Tone;
use super::format;
use crate::results::{ObjectiveStatus, Unit, Verdict, comparison, regression};

/// A report: sections in display order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Sections of the report. The first section is the heading.
    pub sections: Vec<Section>,
}

/// A titled group of blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Title; empty if the section has none.
    pub title: String,
    /// Subtitle that qualifies the title, for example the method or the scope.
    pub remark: String,
    /// Content in display order.
    pub blocks: Vec<Block>,
}

/// A block of content. Terminals keep line breaks in texts; pages replace them with spaces.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph of text.
    Paragraph(String),
    /// A note on the block above it.
    Note(String),
    /// A list with one sentence per item.
    List(Vec<String>),
    /// A table.
    Table(Table),
}

/// A table with typed cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Titles and alignments of the columns.
    pub columns: Vec<Column>,
    /// Rows with one cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Title; empty if the cells explain themselves.
    pub title: String,
    /// Whether the cells are right-aligned, as numbers are.
    pub is_right: bool,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Empty,
    /// Text.
    Text(String),
    /// A verdict with its tone.
    Verdict(Tone, String),
    /// A quantity that is already formatted.
    Amount(String),
    /// A count.
    Count(u64),
    /// A number that has no unit, or whose unit is in the column title.
    Number(f64),
    /// A time average; negligible values are printed as zero.
    Level(f64),
    /// A duration in seconds.
    Seconds(f64),
    /// A share of a whole, printed in per cent.
    Share(f64),
    /// An amount of data in bytes.
    Bytes(u64),
    /// A metric value in the unit of the metric.
    Metric(Unit, f64),
}

impl Section {
    /// Returns a section of blocks without a remark.
    pub fn new(title: impl Into<String>, blocks: Vec<Block>) -> Self {
        Section { title: title.into(), remark: String::new(), blocks }
    }

    /// Returns the section with a remark on its title.
    pub fn with_remark(self, remark: impl Into<String>) -> Self {
        Section { remark: remark.into(), ..self }
    }

    /// Returns a titled list of sentences, or `None` if there are no sentences.
    pub fn list(title: impl Into<String>, sentences: Vec<String>) -> Option<Self> {
        (!sentences.is_empty()).then(|| Section::new(title, vec![Block::List(sentences)]))
    }

    /// Returns a titled table with notes below it, or `None` if the table has no rows.
    pub fn table(title: impl Into<String>, table: Table, notes: Vec<String>) -> Option<Self> {
        (!table.rows.is_empty()).then(|| {
            let notes = notes.into_iter().map(Block::Note);
            Section::new(title, std::iter::once(Block::Table(table)).chain(notes).collect())
        })
    }
}

impl Table {
    /// Creates a table whose first `texts` columns contain text and whose other columns contain
    /// numbers.
    pub fn new<T: AsRef<str>>(titles: &[T], texts: usize) -> Self {
        let column = |(index, title): (usize, &T)| Column {
            title: title.as_ref().to_owned(),
            is_right: index >= texts,
        };
        Table { columns: titles.iter().enumerate().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Returns the table without the columns that have one of these titles.
    pub fn without(mut self, titles: &[&str]) -> Self {
        let is_kept: Vec<bool> =
            self.columns.iter().map(|one| !titles.contains(&one.title.as_str())).collect();
        for row in &mut self.rows {
            let mut kept = is_kept.iter();
            row.retain(|_| kept.next().copied().unwrap_or(true));
        }
        self.columns.retain(|one| !titles.contains(&one.title.as_str()));
        self
    }

    /// Returns whether a column contains only quantities.
    pub fn is_of_amounts(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        !self.rows.is_empty()
            && cells.all(|cell| !matches!(cell, Cell::Text(_) | Cell::Verdict(..)))
    }
}

impl Cell {
    /// Creates a text cell.
    pub fn text(words: impl Into<String>) -> Self {
        Cell::Text(words.into())
    }

    /// Creates a cell from an optional value.
    pub fn of<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Self {
        value.map_or(Cell::Empty, cell)
    }

    /// Creates a cell from an optional metric value.
    pub fn metric(unit: Unit, value: Option<f64>) -> Self {
        Cell::of(value, |value| Cell::Metric(unit, value))
    }

    /// Returns the formatted content of the cell.
    pub fn written(&self) -> String {
        match self {
            Cell::Empty => "-".to_owned(),
            Cell::Text(words) | Cell::Verdict(_, words) | Cell::Amount(words) => words.clone(),
            Cell::Count(count) => format::count(*count),
            Cell::Number(number) => format::number(*number),
            Cell::Level(mean) if *mean < 5e-4 => "0".to_owned(),
            Cell::Level(mean) => format::number(*mean),
            Cell::Seconds(seconds) => format::seconds(*seconds),
            Cell::Share(share) => format::share(*share),
            Cell::Bytes(bytes) => format::bytes(*bytes),
            Cell::Metric(unit, value) => format::value(*unit, *value),
        }
    }
}

/// Writes verdicts that need attention in capitals.
impl From<Verdict> for Cell {
    fn from(verdict: Verdict) -> Self {
        let word = verdict.word();
        match verdict {
            Verdict::Exceeded | Verdict::Below => Cell::Verdict(Tone::Bad, word.to_uppercase()),
            Verdict::Within | Verdict::Close | Verdict::AboveEstimate => Cell::text(word),
        }
    }
}

impl From<ObjectiveStatus> for Cell {
    fn from(status: ObjectiveStatus) -> Self {
        let tone = match status {
            ObjectiveStatus::Met => Tone::Good,
            ObjectiveStatus::Violated => Tone::Bad,
            ObjectiveStatus::Undecided | ObjectiveStatus::NotMeasured => Tone::Plain,
        };
        Cell::Verdict(tone, status.word().to_owned())
    }
}

impl From<comparison::Change> for Cell {
    fn from(change: comparison::Change) -> Self {
        let tone = match change {
            comparison::Change::Better => Tone::Good,
            comparison::Change::Worse => Tone::Bad,
            _ => Tone::Plain,
        };
        Cell::Verdict(tone, change.word().to_owned())
    }
}

impl From<regression::Comparison> for Cell {
    fn from(finding: regression::Comparison) -> Self {
        let tone = if finding.is_changed() { Tone::Bad } else { Tone::Plain };
        Cell::Verdict(tone, finding.word().to_owned())
    }
}
