//! Tables as Arrow data.

use std::sync::Arc;

use arrow_array::ffi::FFI_ArrowSchema;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchIterator,
    StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use cmgsim::internals::results::as_number;
use cmgsim::internals::results::table::{self, Cell, Column, Kind};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A table of results, which Arrow libraries read without a copy.
#[pyclass(frozen)]
pub struct Table {
    name: &'static str,
    row: &'static str,
    batch: RecordBatch,
    /// Name, unit and meaning of each column.
    columns: Vec<(String, &'static str, String)>,
}

#[pymethods]
impl Table {
    /// Name of the table, which is also the name of its file.
    #[getter]
    fn name(&self) -> &'static str {
        self.name
    }

    /// Meaning of a row.
    #[getter]
    fn row(&self) -> &'static str {
        self.row
    }

    /// Name, unit and meaning of each column.
    #[getter]
    fn columns(&self) -> Vec<(String, &'static str, String)> {
        self.columns.clone()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// Exports the schema of the table (Arrow PyCapsule interface).
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema().as_ref()).map_err(failed)?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// Exports the table as one batch (Arrow PyCapsule interface). The requested schema is ignored,
    /// as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}

fn failed(error: ArrowError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// Converts a table.
pub fn arrow(table: &table::Table) -> PyResult<Table> {
    let names = table.unique_names();
    let kinds: Vec<Kind> = table.columns.iter().map(|column| table.kind(column)).collect();
    let columns: Vec<_> = table
        .columns
        .iter()
        .zip(&names)
        .map(|(column, name)| {
            let described = table.description(column);
            (name.clone(), described.unit, described.meaning.clone())
        })
        .collect();
    let fields = columns.iter().zip(&kinds).map(|((name, unit, meaning), kind)| {
        let metadata = [("unit", (*unit).to_owned()), ("meaning", meaning.clone())];
        let metadata = metadata.map(|(key, text)| (key.to_owned(), text));
        Field::new(name, data_type(*kind), true).with_metadata(metadata)
    });
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = table.columns.iter().zip(kinds).map(|(column, kind)| array(column, kind));
    let batch = match columns.is_empty() {
        true => Ok(RecordBatch::new_empty(schema)),
        false => RecordBatch::try_new(schema, arrays.collect()),
    };
    Ok(Table { name: table.name, row: table.row, batch: batch.map_err(failed)?, columns })
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Value => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Civil => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::Flag => DataType::Boolean,
    }
}

/// Converts the cells of a column; cells of another kind have no value.
fn array(column: &Column, kind: Kind) -> ArrayRef {
    let cells = column.cells.iter();
    match kind {
        Kind::Text | Kind::Value => {
            Arc::new(StringArray::from_iter(cells.map(|cell| match cell {
                Cell::Text(text) => Some(text),
                _ => None,
            })))
        }
        Kind::Integer => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
            Cell::Integer(number) => Some(i64::try_from(*number).unwrap_or(i64::MAX)),
            _ => None,
        }))),
        Kind::Number => Arc::new(Float64Array::from_iter(cells.map(|cell| match cell {
            Cell::Number(number) => Some(*number),
            Cell::Text(text) => as_number(text),
            _ => None,
        }))),
        Kind::Civil => {
            Arc::new(TimestampMicrosecondArray::from_iter(cells.map(|cell| match cell {
                Cell::Civil(seconds) => Some(seconds.saturating_mul(MICROS_PER_SECOND)),
                _ => None,
            })))
        }
        Kind::Flag => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
            Cell::Flag(flag) => Some(*flag),
            _ => None,
        }))),
    }
}
