//! Reports as data: sections of paragraphs, lists and tables with typed cells. The content is
//! defined once and rendered for terminals ([`super::text`]) and pages ([`super::html`]).

use super::Tone;
use super::format;
use crate::results::{ObjectiveStatus, Unit, Verdict, comparison, regression};

/// Sections in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The first one is the heading.
    pub sections: Vec<Section>,
}

/// What belongs together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Empty where a section needs none.
    pub title: String,
    /// What more there is to say of the title: how it was found, or of what it is.
    pub remark: String,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// What a section holds. A line break in a text is where a terminal breaks it; elsewhere it is as
/// good as a space.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A text of its own.
    Paragraph(String),
    /// A remark on what stands above it.
    Note(String),
    /// Sentences, one an item.
    List(Vec<String>),
    /// Columns and rows.
    Table(Table),
}

/// Columns and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Titles, and where their cells stand.
    pub columns: Vec<Column>,
    /// One cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Empty where the cells say what they are.
    pub title: String,
    /// Whether its cells end below one another, as numbers do.
    pub is_right: bool,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is no value.
    Empty,
    /// Words.
    Text(String),
    /// How something is judged.
    Verdict(Tone, String),
    /// An amount that is written already.
    Amount(String),
    /// How many.
    Count(u64),
    /// A number without a unit, or with the one that its column names.
    Number(f64),
    /// A time average: less than anybody would notice is zero.
    Level(f64),
    /// A length of time.
    Seconds(f64),
    /// A share of a whole.
    Share(f64),
    /// An amount of data.
    Bytes(u64),
    /// A value of a metric in the metric's unit.
    Metric(Unit, f64),
}

impl Section {
    /// A section of blocks.
    pub fn new(title: impl Into<String>, blocks: Vec<Block>) -> Self {
        Section { title: title.into(), remark: String::new(), blocks }
    }

    /// The same with a remark on its title.
    pub fn with_remark(self, remark: impl Into<String>) -> Self {
        Section { remark: remark.into(), ..self }
    }

    /// Sentences under a title; nothing without any.
    pub fn list(title: impl Into<String>, sentences: Vec<String>) -> Option<Self> {
        (!sentences.is_empty()).then(|| Section::new(title, vec![Block::List(sentences)]))
    }

    /// A table under a title, with notes below it; nothing without rows.
    pub fn table(title: impl Into<String>, table: Table, notes: Vec<String>) -> Option<Self> {
        (!table.rows.is_empty()).then(|| {
            let notes = notes.into_iter().map(Block::Note);
            Section::new(title, std::iter::once(Block::Table(table)).chain(notes).collect())
        })
    }
}

impl Table {
    /// A table whose first `texts` columns are texts, and all others numbers.
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

    /// The table without the columns of some titles.
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

    /// Does a column hold amounts and nothing else?
    pub fn is_of_amounts(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        !self.rows.is_empty()
            && cells.all(|cell| !matches!(cell, Cell::Text(_) | Cell::Verdict(..)))
    }
}

impl Cell {
    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Cell::Text(words.into())
    }

    /// A value that may not be there.
    pub fn of<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Self {
        value.map_or(Cell::Empty, cell)
    }

    /// A value of a metric that may not be there.
    pub fn metric(unit: Unit, value: Option<f64>) -> Self {
        Cell::of(value, |value| Cell::Metric(unit, value))
    }

    /// As people read it.
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

/// In capitals what must not be overlooked.
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
