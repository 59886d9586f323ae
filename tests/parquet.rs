//! Parquet tables contain the same values as CSV tables. These tests require the feature `parquet`.

use std::fs;
use std::io::Write;

use cmgsim::internals::results::table::{Cell, Kind, Table};
use cmgsim::internals::results::tables;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use crate::common::files::{cmgsim_into, files, folder};

/// Returns the column names and rows of a Parquet file.
fn read_back(bytes: &[u8]) -> (Vec<String>, Vec<Vec<Field>>) {
    let mut file = tempfile::tempfile().expect("file is created");
    file.write_all(bytes).expect("file is written");
    let reader = SerializedFileReader::new(file).expect("a Parquet file");
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names = schema.columns().iter().map(|column| column.name().to_owned()).collect();
    let rows = reader.get_row_iter(None).expect("rows").map(|row| {
        let row = row.expect("a row");
        row.into_columns().into_iter().map(|(_, field)| field).collect()
    });
    (names, rows.collect())
}

fn is_same(kind: Kind, cell: &Cell, field: &Field) -> bool {
    match (cell, field) {
        (Cell::Absent, Field::Null) => true,
        (Cell::Text(text), Field::Str(found)) => text == found,
        (Cell::Text(text), Field::Double(found)) => {
            kind == Kind::Value && text.replace('_', "").parse() == Ok(*found)
        }
        (Cell::Integer(number), Field::Long(found)) => i64::try_from(*number) == Ok(*found),
        (Cell::Number(number), Field::Double(found)) => number.to_bits() == found.to_bits(),
        (Cell::Civil(seconds), Field::TimestampMicros(found)) => *found == seconds * 1_000_000,
        (Cell::Flag(flag), Field::Bool(found)) => flag == found,
        _ => false,
    }
}

fn assert_read_back(table: &Table) {
    let (names, rows) = read_back(&cmgsim::internals::results::parquet::to_bytes(table));
    let expected: Vec<&String> = table.columns.iter().map(|column| &column.name).collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), expected);
    assert_eq!(rows.len(), table.rows, "{}", table.name);
    for (number, row) in rows.iter().enumerate() {
        for (column, field) in table.columns.iter().zip(row) {
            let (kind, cell) = (table.description(column).kind, &column.cells[number]);
            assert!(is_same(kind, cell, field), "{}: {cell:?} {field:?}", column.name);
        }
    }
}

#[test]
fn parquet_contains_the_cells_of_each_table() {
    let text =
        cmgsim::internals::scenario::preset::text("patch-tuesday").expect("preset is embedded");
    let few = vec!["cohort.*.clients=50".to_owned()];
    let result = crate::common::simulate_text(text, few, 1).remove(0);
    let all = [
        tables::run::time_series(&result),
        tables::run::latency(&result),
        tables::run::latency_distribution(&result),
        tables::run::stations(&result),
        tables::run::checks(&result),
        tables::run::flows(&result),
        tables::run::cost(&result),
        tables::run::deployments(&result),
    ];
    assert!(all.iter().all(|table| table.rows > 0));
    all.iter().for_each(assert_read_back);
    tables::all().iter().for_each(assert_read_back);
}

#[test]
fn tables_are_stored_in_the_requested_formats() {
    let here = folder();
    let out = here.path().join("out");
    let names = |formats: &str| -> Vec<String> {
        let short = ["run", "lab-b2s", "--set", "duration=\"1h\"", "--tables", formats];
        cmgsim_into(&out, &short).arg("--quiet").assert().success();
        let manifest = fs::read(out.join("manifest.json")).expect("file is readable");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        let files = manifest["files"].as_object().expect("files");
        assert!(files.keys().all(|name| out.join(name).exists()));
        let of_stations = ["stations.csv", "stations.parquet"];
        let found = of_stations.iter().filter(|name| out.join(name).exists());
        found.filter(|name| files.contains_key(**name)).map(|name| (*name).to_owned()).collect()
    };
    assert_eq!(names("parquet,csv,csv"), ["stations.csv", "stations.parquet"]);
    // A run removes tables of an earlier run that are no longer requested.
    assert_eq!(names("csv"), ["stations.csv"]);
    assert!(!out.join("stations.parquet").exists());
    assert_eq!(names("parquet"), ["stations.parquet"]);
}

const SWEEP: [&str; 10] = [
    "sweep",
    "lab-b2s",
    "--set",
    "duration=\"1h\"",
    "--vary",
    "gateway.lab.instances=1..2",
    "--replications",
    "3",
    "--tables",
    "csv,parquet",
];

#[test]
fn a_resumed_or_merged_sweep_has_the_same_parquet_files() {
    let here = folder();
    let path = |name: &str| here.path().join(name);
    let sweep = |out: &str, more: &[&str]| {
        cmgsim_into(&path(out), &[&SWEEP, more].concat()).arg("--quiet").assert().success();
    };
    sweep("whole", &["--jobs", "1"]);
    let whole = files(&path("whole"));
    for name in ["points.csv", "points.parquet", "replications.parquet", "manifest.json"] {
        assert!(whole.contains_key(name), "{name}");
    }
    sweep("1", &["--shard", "1/2"]);
    sweep("2", &["--shard", "2/2"]);
    let shards = [path("2"), path("1")];
    let merge = ["merge", "--quiet", "--tables", "csv,parquet"];
    cmgsim_into(&path("merged"), &merge).args(shards).assert().success();
    assert!(whole == files(&path("merged")));
    // Simulate an interruption while results are written: the journal lacks some replications, and
    // one table is incomplete.
    let journal = fs::read_to_string(path("whole/journal")).expect("file is readable");
    let kept: String = journal.split_inclusive('\n').take(4).collect();
    fs::create_dir_all(path("resumed/.cmgsim-unfinished")).expect("folder is created");
    fs::write(path("resumed/journal"), kept).expect("journal is truncated");
    fs::write(path("resumed/.cmgsim-unfinished/tipping_points.parquet"), "stale")
        .expect("file is written");
    sweep("resumed", &["--resume"]);
    assert!(whole == files(&path("resumed")));
}
