//! Tables of typed columns, each with a unit and a meaning. [`super::csv`] and `super::parquet`
//! write them, and `docs/results.md` is generated from them. Every column has a description.

use super::run::Latency;
use super::sweep::as_number;
use super::{ScenarioInfo, Unit};

/// Type of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Non-negative integer.
    Integer,
    /// Number; a time is infinite if the run ended before the event that it measures, such as
    /// recovery.
    Number,
    /// Civil time in the scenario's time zone, in whole seconds.
    Civil,
    /// Boolean value.
    Flag,
    /// Value as written in a scenario: a number if all values of the column are numbers, otherwise
    /// text.
    Value,
}

impl Kind {
    /// Returns the word used in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Civil => "civil time",
            Kind::Flag => "true or false",
            Kind::Value => "number or text",
        }
    }
}

/// Cell of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Absent,
    /// Text.
    Text(String),
    /// Non-negative integer.
    Integer(u64),
    /// Number that is not NaN.
    Number(f64),
    /// Civil time, in seconds since 1970-01-01T00:00 civil time.
    Civil(i64),
    /// Boolean value.
    Flag(bool),
}

/// Description of a column, or of a group of columns whose name contains a placeholder in braces.
#[derive(Clone, Debug)]
pub struct Description {
    /// Name of the column or group, such as `ports {connection point}`.
    pub name: String,
    /// Type of the cells.
    pub kind: Kind,
    /// Unit of the cells; empty without a unit.
    pub unit: &'static str,
    /// Meaning of the cells.
    pub meaning: String,
    /// Text that CSV files contain in cells without a value.
    pub absent: &'static str,
}

/// Column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name of the column, such as `ports cp-1`.
    pub name: String,
    /// Index of the description of the column in the table.
    pub description: usize,
    /// Cells in order of the rows.
    pub cells: Vec<Cell>,
}

/// Table of typed columns.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name of its files without the extension.
    pub name: &'static str,
    /// Commands that write the table.
    pub verbs: &'static str,
    /// Meaning of a row.
    pub row: &'static str,
    /// Number of rows.
    pub rows: usize,
    /// Descriptions of all possible columns, in order.
    pub descriptions: Vec<Description>,
    /// Columns in order.
    pub columns: Vec<Column>,
}

impl Table {
    /// Returns the description of a column.
    pub fn description(&self, column: &Column) -> &Description {
        &self.descriptions[column.description]
    }

    /// Returns the kind of a column; a column of scenario values is numeric if all its values are
    /// numbers, and text otherwise.
    pub fn kind(&self, column: &Column) -> Kind {
        let is_number = |cell: &Cell| match cell {
            Cell::Text(text) => as_number(text).is_some(),
            _ => true,
        };
        match self.description(column).kind {
            Kind::Value if column.cells.iter().all(is_number) => Kind::Number,
            Kind::Value => Kind::Text,
            kind => kind,
        }
    }

    /// Returns the column names. A duplicate name, for example of a factor called `seed`, gets a
    /// number.
    pub fn unique_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for column in &self.columns {
            let numbered = (2..).map(|number| format!("{} {number}", column.name));
            let name = std::iter::once(column.name.clone())
                .chain(numbered)
                .find(|name| !names.contains(name));
            names.extend(name);
        }
        names
    }
}

/// Type that can be stored in a cell.
pub(super) trait Value {
    const KIND: Kind;
    fn cell(self) -> Cell;
}

impl Value for &str {
    const KIND: Kind = Kind::Text;
    fn cell(self) -> Cell {
        Cell::Text(self.to_owned())
    }
}

impl Value for String {
    const KIND: Kind = Kind::Text;
    fn cell(self) -> Cell {
        Cell::Text(self)
    }
}

impl Value for u64 {
    const KIND: Kind = Kind::Integer;
    fn cell(self) -> Cell {
        Cell::Integer(self)
    }
}

impl Value for u32 {
    const KIND: Kind = Kind::Integer;
    fn cell(self) -> Cell {
        Cell::Integer(u64::from(self))
    }
}

impl Value for f64 {
    const KIND: Kind = Kind::Number;
    fn cell(self) -> Cell {
        if self.is_nan() { Cell::Absent } else { Cell::Number(self) }
    }
}

impl Value for bool {
    const KIND: Kind = Kind::Flag;
    fn cell(self) -> Cell {
        Cell::Flag(self)
    }
}

impl Value for Unit {
    const KIND: Kind = Kind::Text;
    fn cell(self) -> Cell {
        self.symbol().cell()
    }
}

impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;
    fn cell(self) -> Cell {
        self.map_or(Cell::Absent, T::cell)
    }
}

/// Civil time in seconds, as returned by [`ScenarioInfo::civil_seconds`].
pub(super) struct Civil(pub i64);

impl Value for Civil {
    const KIND: Kind = Kind::Civil;
    fn cell(self) -> Cell {
        Cell::Civil(self.0)
    }
}

/// Value as written in a scenario.
pub(super) struct Level<'a>(pub &'a str);

impl Value for Level<'_> {
    const KIND: Kind = Kind::Value;
    fn cell(self) -> Cell {
        self.0.cell()
    }
}

/// One of several similar columns: part of the name, part of the meaning, and accessor of the
/// value.
pub(super) type Alike<R, T> = (&'static str, &'static str, fn(&R) -> T);

/// Builder that describes the columns of a table one after another and fills them from the given
/// rows.
pub(super) struct Builder<R> {
    rows: Vec<R>,
    table: Table,
}

impl<R: Copy> Builder<R> {
    /// Creates a table without columns.
    pub(super) fn new(
        name: &'static str,
        verbs: &'static str,
        row: &'static str,
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        let rows: Vec<R> = rows.into_iter().collect();
        let (descriptions, columns) = (Vec::new(), Vec::new());
        let table = Table { name, verbs, row, rows: rows.len(), descriptions, columns };
        Builder { rows, table }
    }

    /// Adds the columns that identify the scenario of a row.
    pub(super) fn of(self, scenario: &ScenarioInfo) -> Self {
        self.column("scenario", "", "name of the scenario", |_| &*scenario.name).column(
            "seed",
            "",
            "seed of all random streams",
            |_| scenario.seed,
        )
    }

    /// Adds one column.
    pub(super) fn column<T: Value>(
        mut self,
        name: impl Into<String>,
        unit: &'static str,
        meaning: impl Into<String>,
        of: impl Fn(R) -> T,
    ) -> Self {
        let description = self.describe(name, T::KIND, unit, meaning);
        self.fill(description, None, of);
        self
    }

    /// Adds one column per component. The component's name replaces the part of `name` in braces.
    pub(super) fn each<P: Copy, N: AsRef<str>, T: Value>(
        mut self,
        name: &'static str,
        unit: &'static str,
        meaning: impl Into<String>,
        components: impl IntoIterator<Item = (N, P)>,
        of: impl Fn(R, P) -> T,
    ) -> Self {
        let description = self.describe(name, T::KIND, unit, meaning);
        for (component, value) in components {
            self.fill(description, Some(component.as_ref()), |row| of(row, value));
        }
        self
    }

    /// Adds the columns of a latency.
    pub(super) fn latency(mut self, name: &str, of_what: &str, of: impl Fn(R) -> Latency) -> Self {
        let numbers: [Alike<Latency, f64>; 8] = [
            ("mean", "mean", |latency| latency.mean),
            ("sd", "standard deviation", |latency| latency.standard_deviation),
            ("p50", "median", |latency| latency.p50),
            ("p90", "90th percentile", |latency| latency.p90),
            ("p95", "95th percentile", |latency| latency.p95),
            ("p99", "99th percentile", |latency| latency.p99),
            ("p999", "99.9th percentile", |latency| latency.p999),
            ("max", "maximum", |latency| latency.max),
        ];
        let meaning = format!("{of_what}: number of recorded values");
        self = self.column(format!("{name}_count"), "", meaning, |row| of(row).count);
        for (ending, meaning, number) in numbers {
            let meaning = format!("{of_what}: {meaning}");
            self = self.column(format!("{name}_{ending}_s"), "s", meaning, |row| number(&of(row)));
        }
        self
    }

    /// Sets the text that CSV files contain in cells without a value, for the column that was
    /// described last.
    pub(super) fn or(mut self, absent: &'static str) -> Self {
        if let Some(description) = self.table.descriptions.last_mut() {
            description.absent = absent;
        }
        self
    }

    /// Describes a column or group of columns without filling any.
    pub(super) fn describe(
        &mut self,
        name: impl Into<String>,
        kind: Kind,
        unit: &'static str,
        meaning: impl Into<String>,
    ) -> usize {
        let (name, meaning) = (name.into(), meaning.into());
        self.table.descriptions.push(Description { name, kind, unit, meaning, absent: "" });
        self.table.descriptions.len() - 1
    }

    /// Adds a described column, optionally for one component of its group.
    pub(super) fn fill<T: Value>(
        &mut self,
        description: usize,
        component: Option<&str>,
        of: impl Fn(R) -> T,
    ) {
        let described = &self.table.descriptions[description];
        debug_assert_eq!(described.kind, T::KIND, "{}", described.name);
        let name = component
            .map_or_else(|| described.name.clone(), |component| of_component(described, component));
        let cells = self.rows.iter().map(|row| of(*row).cell()).collect();
        self.table.columns.push(Column { name, description, cells });
    }

    pub(super) fn finish(self) -> Table {
        self.table
    }
}

/// Returns the described name with the component in place of the braces.
fn of_component(described: &Description, component: &str) -> String {
    let name = &described.name;
    match (name.find('{'), name.rfind('}')) {
        (Some(open), Some(close)) => format!("{}{component}{}", &name[..open], &name[close + 1..]),
        _ => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_match_their_descriptions() {
        let components = [("a b", 10.0), ("{c}", f64::NAN)];
        let table = Builder::new("t", "run", "a number", [1_u32, 2])
            .column("count", "", "number", |row| row)
            .or("none")
            .each(
                "ports {connection point} now",
                "1/s",
                "its ports",
                components,
                |row, component| component * f64::from(row),
            )
            .finish();
        let names: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
        assert_eq!(names, ["count", "ports a b now", "ports {c} now"]);
        assert_eq!(table.columns[0].cells, [Cell::Integer(1), Cell::Integer(2)]);
        assert_eq!(table.columns[1].cells[1], Cell::Number(20.0));
        assert_eq!(table.columns[2].cells, [Cell::Absent, Cell::Absent]);
        let described = table.description(&table.columns[2]);
        assert_eq!((described.kind, described.unit), (Kind::Number, "1/s"));
        assert_eq!((table.rows, table.descriptions.len()), (2, 2));
    }
}
