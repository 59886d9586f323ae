//! Writes a table as a Parquet file for notebooks and databases, with types, units and meanings.
//!
//! Every column is nullable: a missing number is null, and a time is infinite if the run ended
//! before the event that it measures, such as recovery. Text is stored without the apostrophes that
//! protect spreadsheets. The file metadata has one key, `cmgsim`, with the descriptions of the
//! [`Table`] as JSON. The file has one row group and no compression, because it is small and
//! compression would add a library to the build.

use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};

use super::RESULTS_VERSION;
use super::sweep::as_number;
use super::table::{Cell, Kind, Table};

/// Renders the table as a Parquet file.
pub fn to_bytes(table: &Table) -> Vec<u8> {
    write(table).expect("writing to memory cannot fail, and the schema matches the columns")
}

fn write(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let kinds: Vec<Kind> = table.columns.iter().map(|column| table.kind(column)).collect();
    let names = table.unique_names();
    let fields = names.iter().zip(&kinds).map(|(name, kind)| field(name, *kind));
    let fields = fields.collect::<Result<Vec<TypePtr>, ParquetError>>()?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
    let described = KeyValue::new("cmgsim".to_owned(), metadata(table, &names, &kinds));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("cmgsim version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![described]))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (column, kind) in table.columns.iter().zip(kinds) {
        if let Some(mut to) = group.next_column()? {
            fill(&mut to, kind, &column.cells)?;
            to.close()?;
        }
    }
    group.close()?;
    writer.into_inner()
}

fn field(name: &str, kind: Kind) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Text | Kind::Value => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Civil => (Physical::INT64, Some(LogicalType::timestamp(false, TimeUnit::MICROS))),
        Kind::Flag => (Physical::BOOLEAN, None),
    };
    let field = Type::primitive_type_builder(name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL)
        .build()?;
    Ok(Arc::new(field))
}

/// Returns the description of the table and its columns as JSON.
fn metadata(table: &Table, names: &[String], kinds: &[Kind]) -> String {
    let columns = table.columns.iter().zip(names).zip(kinds).map(|((column, name), kind)| {
        let described = table.description(column);
        serde_json::json!({
            "name": name,
            "type": kind.word(),
            "unit": described.unit,
            "meaning": described.meaning,
        })
    });
    serde_json::json!({
        "table": table.name,
        "row": table.row,
        "results_version": RESULTS_VERSION,
        "columns": columns.collect::<Vec<_>>(),
    })
    .to_string()
}

fn fill(
    to: &mut SerializedColumnWriter<'_>,
    kind: Kind,
    cells: &[Cell],
) -> Result<(), ParquetError> {
    match kind {
        Kind::Text | Kind::Value => put::<ByteArrayType>(to, cells, |cell| match cell {
            Cell::Text(text) => Some(ByteArray::from(text.as_str())),
            _ => None,
        }),
        // Counts and seeds are below 2^63.
        Kind::Integer => put::<Int64Type>(to, cells, |cell| match cell {
            Cell::Integer(number) => Some(i64::try_from(*number).unwrap_or(i64::MAX)),
            _ => None,
        }),
        Kind::Number => put::<DoubleType>(to, cells, |cell| match cell {
            Cell::Number(number) => Some(*number),
            Cell::Text(text) => as_number(text),
            _ => None,
        }),
        Kind::Civil => put::<Int64Type>(to, cells, |cell| match cell {
            Cell::Civil(seconds) => seconds.checked_mul(1_000_000),
            _ => None,
        }),
        Kind::Flag => put::<BoolType>(to, cells, |cell| match cell {
            Cell::Flag(flag) => Some(*flag),
            _ => None,
        }),
    }
}

/// Writes the existing values, and for every cell whether it has a value.
fn put<T: DataType>(
    to: &mut SerializedColumnWriter<'_>,
    cells: &[Cell],
    value: impl Fn(&Cell) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let found: Vec<Option<T::T>> = cells.iter().map(value).collect();
    let is_there: Vec<i16> = found.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = found.into_iter().flatten().collect();
    to.typed::<T>().write_batch(&values, Some(&is_there), None)?;
    Ok(())
}
