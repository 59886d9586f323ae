//! Columns of tables and keys of JSON objects: which one has which meaning.

use std::collections::BTreeSet;

use super::row::AzureMetric;

/// Meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// Start of the interval.
    Time,
    /// End of the interval.
    End,
    /// Server that counted.
    Server,
    /// Path or name of the endpoint.
    Endpoint,
    /// Request kind.
    Kind,
    /// Number of requests.
    Requests,
    /// Bytes of requests.
    RequestBytes,
    /// Bytes of responses.
    ResponseBytes,
    /// Number of failed requests.
    Failed,
    /// Maximum number of concurrent requests.
    Concurrent,
    /// Mean elapsed time in milliseconds.
    ElapsedMs,
    /// Name of a metric of Azure Monitor.
    Metric,
    /// Sum of a metric over the interval.
    Total,
    /// Average of a metric.
    Average,
    /// Maximum of a metric.
    Maximum,
}

impl Field {
    /// All fields, in the order of their numbers.
    pub(super) const ALL: [Field; COUNT] = {
        let mut all = [Field::Time; COUNT];
        let mut index = 0;
        while index < COUNT {
            all[index] = FIELDS[index].0;
            index += 1;
        }
        all
    };
}

/// Fields with their names for `--column` and with standard column names, in normalised form. The
/// names of traffic details and of `CMGService.log` are published (troubleshooting article on
/// co-management bootstrap, 04/16/2020; azure-ccmsetup.md, 10/07/2020), and so are those of Azure
/// Monitor; the others are assumed.
const FIELDS: [(Field, &str, &[&str]); 15] = [
    (
        Field::Time,
        "time",
        &[
            "starttime",
            "time",
            "timestamp",
            "timegenerated",
            "datetime",
            "date",
            "start",
            "timeutc",
        ],
    ),
    (Field::End, "end", &["endtime", "end"]),
    (Field::Server, "server", &["servername", "server", "connectionpoint"]),
    (
        Field::Endpoint,
        "endpoint",
        &["endpoint", "endpointname", "requesturi", "uri", "path", "name"],
    ),
    (Field::Kind, "kind", &["kind", "requestkind", "trafficclass"]),
    (Field::Requests, "requests", &["totalrequests", "requestcount", "requests"]),
    (
        Field::RequestBytes,
        "request_bytes",
        &["totalrequestbytes", "requestsize", "requestbytes", "bytesin"],
    ),
    (
        Field::ResponseBytes,
        "response_bytes",
        &["totalresponsebytes", "responsesize", "responsebytes", "bytesout"],
    ),
    (Field::Failed, "failed", &["failedrequests", "failed"]),
    (
        Field::Concurrent,
        "concurrent",
        &["maxconcurrentrequests", "concurrentrequests", "concurrent", "onlineclients"],
    ),
    (Field::ElapsedMs, "elapsed_ms", &["averageelapsedtime", "elapsedms", "averageelapsedms"]),
    (Field::Metric, "metric", &["metricname", "metric"]),
    (Field::Total, "total", &["total", "sum"]),
    (Field::Average, "average", &["average", "avg"]),
    (Field::Maximum, "maximum", &["maximum", "max"]),
];

/// Number of fields.
pub(super) const COUNT: usize = FIELDS.len();

/// Columns that the user has named.
#[derive(Clone, Debug, Default)]
pub struct Mapping(Vec<Mapped>);

/// A column that the user has named.
#[derive(Clone, Debug)]
struct Mapped {
    field: Field,
    /// Name in normalised form.
    column: String,
    /// Name as the user has written it.
    written: String,
}

impl Mapping {
    /// Adds a mapping `FIELD=COLUMN`.
    ///
    /// # Errors
    /// Returns a sentence that states what is wrong.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let names = || FIELDS.map(|(_, name, _)| name).join(", ");
        let Some((field, column)) = text.split_once('=') else {
            return Err(format!("write FIELD=COLUMN; the fields are {}", names()));
        };
        let field = field.trim();
        let Some((found, _, _)) = FIELDS.iter().find(|(_, name, _)| *name == field) else {
            return Err(format!("`{field}` is not a field; the fields are {}", names()));
        };
        let (written, column) = (column.trim().to_owned(), normalised(column));
        if column.is_empty() {
            return Err(format!("name the column after `{field}=`"));
        }
        if self.0.iter().any(|own| own.field == *found) {
            return Err(format!("`{field}` is mapped twice; keep one --column for each field"));
        }
        if let Some(other) = self.0.iter().find(|own| own.column == column) {
            let other = FIELDS[other.field as usize].1;
            return Err(format!(
                "the column `{written}` is mapped to both `{other}` and `{field}`"
            ));
        }
        self.0.push(Mapped { field: *found, column, written });
        Ok(())
    }

    /// Returns whether the user has named columns.
    pub(super) fn is_set(&self) -> bool {
        !self.0.is_empty()
    }

    /// Checks that the files have all columns that the user has named.
    pub(super) fn check(&self, seen: &SeenColumns) -> Result<(), UnknownColumn> {
        let is_missing = |own: &&Mapped| !seen.known.contains(&own.column);
        // With this many columns, some are not kept.
        let missing = self.0.iter().find(is_missing).filter(|_| seen.known.len() < NAMES_MAX);
        let Some(Mapped { written: column, .. }) = missing else { return Ok(()) };
        let column = column.clone();
        Err(match seen.names.is_empty() {
            true => UnknownColumn::NoTable(column),
            false => UnknownColumn::Other { column, found: seen.names.join(", ") },
        })
    }

    /// Returns the field of a column; `None` if the column is not used.
    pub(super) fn field(&self, column: &str) -> Option<Field> {
        let column = normalised(column);
        if let Some(own) = self.0.iter().find(|own| own.column == column) {
            return Some(own.field);
        }
        let is_free = |field: Field| self.0.iter().all(|own| own.field != field);
        let standard =
            FIELDS.iter().find(|(field, _, names)| is_free(*field) && names.contains(&&*column));
        standard.map(|(field, _, _)| *field)
    }
}

/// Maximum number of names of columns that are kept for messages.
const NAMES_MAX: usize = 64;

/// Columns that the files have, to find a mapping that matches none of them.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenColumns {
    /// Columns of headers, and keys of JSON objects, of which at least one has a meaning. Others
    /// can be rows of data, whose content must not be in messages.
    names: Vec<String>,
    known: BTreeSet<String>,
}

impl SeenColumns {
    /// Adds the columns of a header or the keys of an object.
    pub(super) fn add<'t>(&mut self, names: impl Iterator<Item = &'t str> + Clone, own: &Mapping) {
        let has_meaning = |name| own.field(name).is_some() || AzureMetric::named(name).is_some();
        if self.known.len() >= NAMES_MAX || !names.clone().any(has_meaning) {
            return;
        }
        for name in names {
            if self.known.len() < NAMES_MAX && self.known.insert(normalised(name)) {
                self.names.push(name.trim().to_owned());
            }
        }
    }
}

/// A column that the user has named and no file has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownColumn {
    /// The files have other columns.
    #[error("no file has the column `{column}`; the columns found are {found}")]
    Other {
        /// The column as the user has named it.
        column: String,
        /// The columns of the files.
        found: String,
    },
    /// No file is a table with columns, or JSON with keys, that have a meaning.
    #[error(
        "no file has the column `{0}`, because no table and no JSON object with a known column was \
         found"
    )]
    NoTable(String),
}

/// Meaning of the columns of one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Index of the column of each field.
    columns: [Option<usize>; COUNT],
    /// Columns whose names are those of metrics.
    pub(super) metrics: Vec<(AzureMetric, usize)>,
}

impl Layout {
    /// Creates the layout of a header. If several columns have standard names of one field, the one
    /// whose name comes first in the list of names is used.
    pub(super) fn new<'t>(header: impl Iterator<Item = &'t str>, mapping: &Mapping) -> Layout {
        let (mut layout, mut ranks) = (Layout::default(), [usize::MAX; COUNT]);
        for (column, index) in header.zip(0..) {
            if let Some(metric) = AzureMetric::named(column) {
                layout.metrics.push((metric, index));
                continue;
            }
            let Some(field) = mapping.field(column) else { continue };
            let names = FIELDS[field as usize].2;
            let rank = names.iter().position(|name| *name == normalised(column)).unwrap_or(0);
            if rank < ranks[field as usize] {
                ranks[field as usize] = rank;
                layout.columns[field as usize] = Some(index);
            }
        }
        layout
    }

    pub(super) fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    /// Returns whether rows have a time and a count.
    pub(super) fn is_usable(&self) -> bool {
        let has = |field| self.column(field).is_some();
        let counts = [
            Field::Requests,
            Field::RequestBytes,
            Field::ResponseBytes,
            Field::Failed,
            Field::Concurrent,
            Field::ElapsedMs,
        ];
        let metric = [Field::Total, Field::Average, Field::Maximum];
        has(Field::Time)
            && (counts.into_iter().any(has)
                || !self.metrics.is_empty()
                || has(Field::Metric) && metric.into_iter().any(has))
    }
}

/// Returns the letters and digits of a name in lower case.
pub(super) fn normalised(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_in_the_order_of_their_numbers() {
        for ((field, _, _), index) in FIELDS.iter().zip(0..) {
            assert_eq!(*field as usize, index);
        }
    }

    #[test]
    fn mapped_columns_replace_standard_ones() {
        let mut mapping = Mapping::default();
        mapping.add("requests = Total Hits").expect("a mapping");
        let header = ["Name", "Requests", "total hits", "StartTime", "Time"];
        let layout = Layout::new(header.into_iter(), &mapping);
        let columns = [Field::Endpoint, Field::Requests, Field::Time, Field::Failed];
        assert_eq!(columns.map(|field| layout.column(field)), [Some(0), Some(2), Some(3), None]);
        assert!(layout.is_usable());
        assert!(!Layout::new(["Name", "Requests"].into_iter(), &Mapping::default()).is_usable());
        assert!(mapping.add("requests=Other").expect_err("twice").contains("twice"));
        assert!(mapping.add("hits=x").expect_err("unknown").contains("`hits` is not a field"));
        let error = mapping.add("failed=total-hits").expect_err("one column");
        assert!(error.ends_with("is mapped to both `requests` and `failed`"), "{error}");
        assert!(mapping.add("failed").expect_err("no sign").starts_with("write FIELD=COLUMN"));
    }

    #[test]
    fn a_mapped_column_that_no_file_has_is_found() {
        let mut mapping = Mapping::default();
        mapping.add("requests=Hitz").expect("a mapping");
        let mut seen = SeenColumns::default();
        let missing = UnknownColumn::NoTable("Hitz".to_owned());
        assert_eq!(mapping.check(&seen), Err(missing.clone()));
        // A row of data is not a header.
        seen.add(["alice", "4711"].into_iter(), &mapping);
        assert_eq!(mapping.check(&seen), Err(missing));
        seen.add(["Date", " Hits "].into_iter(), &mapping);
        let error = mapping.check(&seen).expect_err("missing").to_string();
        assert_eq!(error, "no file has the column `Hitz`; the columns found are Date, Hits");
        seen.add(["HITZ"].into_iter(), &mapping);
        assert_eq!(mapping.check(&seen), Ok(()));
    }
}
