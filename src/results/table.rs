//! A table as typed columns, each with its unit and meaning: what [`super::csv`] and
//! `super::parquet` write, and what `docs/results.md` is made of. There is no way to a column but
//! by describing it.

use super::run::Latency;
use super::{ScenarioInfo, Unit};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number, not negative.
    Integer,
    /// A number; infinite where something was not reached.
    Number,
    /// Civil time in the scenario's time zone, to the second.
    Civil,
    /// Yes or no.
    Flag,
    /// A value as it stands in a scenario: a number if all of the column are, else text.
    Value,
}

impl Kind {
    /// The word in documents.
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

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is no value.
    Absent,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(u64),
    /// A number; not what is no number.
    Number(f64),
    /// Civil time, as seconds after 1970-01-01T00:00 of the same calendar.
    Civil(i64),
    /// Yes or no.
    Flag(bool),
}

/// What a column, or each of several with a name in braces, is.
#[derive(Clone, Debug)]
pub struct Description {
    /// Its name: `ports {connection point}`.
    pub name: String,
    /// What its cells are.
    pub kind: Kind,
    /// Their unit; empty where there is none.
    pub unit: &'static str,
    /// What they mean.
    pub meaning: String,
    /// What stands in CSV where there is no value.
    pub absent: &'static str,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name: `ports cp-1`.
    pub name: String,
    /// Which of the table's descriptions is its.
    pub description: usize,
    /// One cell a row.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name of its files, without the ending.
    pub name: &'static str,
    /// Which verbs write it.
    pub verbs: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// How many rows it has.
    pub rows: usize,
    /// What columns there may be, in order.
    pub descriptions: Vec<Description>,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Table {
    /// What a column is.
    pub fn description(&self, column: &Column) -> &Description {
        &self.descriptions[column.description]
    }
}

/// What can stand in a cell.
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

/// Civil time, as [`ScenarioInfo::civil_seconds`] counts it.
pub(super) struct Civil(pub i64);

impl Value for Civil {
    const KIND: Kind = Kind::Civil;
    fn cell(self) -> Cell {
        Cell::Civil(self.0)
    }
}

/// A value as it stands in a scenario.
pub(super) struct Level<'a>(pub &'a str);

impl Value for Level<'_> {
    const KIND: Kind = Kind::Value;
    fn cell(self) -> Cell {
        self.0.cell()
    }
}

/// One of several columns that are made alike: a part of the name, of the meaning, and the value.
pub(super) type Alike<R, T> = (&'static str, &'static str, fn(&R) -> T);

/// A table in the making: its rows are there, and one column after the other is described and
/// filled from them.
pub(super) struct Builder<R> {
    rows: Vec<R>,
    table: Table,
}

impl<R: Copy> Builder<R> {
    /// A table without columns.
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

    /// Columns that say which scenario a row belongs to.
    pub(super) fn of(self, scenario: &ScenarioInfo) -> Self {
        self.column("scenario", "", "name of the scenario", |_| &*scenario.name).column(
            "seed",
            "",
            "seed of all random streams",
            |_| scenario.seed,
        )
    }

    /// One column.
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

    /// A column for each of several parts, whose name stands for what the description's has in
    /// braces.
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

    /// The columns of a latency.
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

    /// What stands in CSV where the column just described has no value.
    pub(super) fn or(mut self, absent: &'static str) -> Self {
        if let Some(description) = self.table.descriptions.last_mut() {
            description.absent = absent;
        }
        self
    }

    /// Describes columns without filling any.
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

    /// Adds a column that has been described, for a part if there is one a part.
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

/// The description's name with the part's in place of what is in braces.
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
    fn a_column_matches_its_description() {
        let components = [("a b", 10.0), ("{c}", f64::NAN)];
        let table = Builder::new("t", "run", "a number", [1_u32, 2])
            .column("count", "", "it", |row| row)
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
