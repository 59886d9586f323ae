"""Test tables: Arrow libraries read them without copies."""

from __future__ import annotations

import gc
from typing import Any

import cmgsim
import pyarrow
import pytest
from conftest import LAB, SMALL


@pytest.fixture(scope="module")
def found() -> cmgsim.Run:
    return cmgsim.run("quickstart", SMALL, replications=2)


def addresses(table: Any) -> list[int]:
    """Return the addresses of all buffers of a table."""
    return [
        buffer.address
        for column in table.columns
        for chunk in column.chunks
        for buffer in chunk.buffers()
        if buffer is not None
    ]


def test_two_imports_share_their_buffers(found: cmgsim.Run) -> None:
    table = found.tables["time_series"]
    first, second = pyarrow.table(table), pyarrow.table(table)
    assert addresses(first)
    assert addresses(first) == addresses(second)
    assert first.equals(second)


def test_polars_reads_the_buffers_of_pyarrow(found: cmgsim.Run) -> None:
    polars = pytest.importorskip("polars")
    table = found.tables["time_series"]
    ours = pyarrow.table(table)
    column = next(one.name for one in ours.schema if one.type == pyarrow.float64())
    own = ours[column].chunk(0).buffers()[1].address
    read = polars.DataFrame(table)[column]
    assert read.rechunk().to_arrow().buffers()[1].address == own


def test_pandas_polars_and_duckdb_have_the_same_values(found: cmgsim.Run) -> None:
    table = found.tables["metrics"]
    expected = pyarrow.table(table)["mean"].to_pylist()
    frame = table.to_pandas()
    assert list(frame.columns) == table.columns
    assert [None if one != one else one for one in frame["mean"]] == expected
    polars = pytest.importorskip("polars")
    assert table.to_polars()["mean"].to_list() == expected
    assert polars.DataFrame(table).columns == table.columns
    duckdb = pytest.importorskip("duckdb")
    table_of_metrics = table
    assert table_of_metrics.name == "metrics"
    rows = duckdb.sql("select mean from table_of_metrics").fetchall()
    assert [one for (one,) in rows] == expected


def test_types_and_metadata_describe_the_columns(found: cmgsim.Run) -> None:
    schema = pyarrow.schema(found.tables["time_series"])
    types = {str(one.type) for name in found.tables for one in pyarrow.schema(found.tables[name])}
    assert types <= {"string", "int64", "double", "timestamp[us]", "bool"}
    assert schema.names == found.tables["time_series"].columns
    for field in schema:
        assert set(field.metadata) == {b"unit", b"meaning"}
        assert field.metadata[b"meaning"]
    metrics = pyarrow.schema(found.tables["metrics"])
    assert metrics.field("mean").type == pyarrow.float64()
    assert metrics.field("metric").type == pyarrow.string()
    assert metrics.field("replications").type == pyarrow.int64()
    assert metrics.field("confidence").metadata[b"unit"] == b"share"
    described = found.tables["metrics"].describe()
    assert described["confidence"] == "confidence level of the interval [share]"


def test_a_table_without_rows_has_its_columns() -> None:
    found = cmgsim.run("lab-b2s", {"duration": "1h"})
    tables = {name: pyarrow.table(table) for name, table in found.tables.items()}
    for name, table in tables.items():
        assert table.column_names == found.tables[name].columns
    compared = cmgsim.sweep(LAB, {"gateway.lab.instances": [1, 2]}, replications=1)
    for name, table in compared.tables.items():
        read = pyarrow.table(table)
        assert read.slice(0, 0).num_rows == 0
        assert read.num_rows == len(table)


def test_a_capsule_can_be_read_once_and_a_table_any_number_of_times(found: cmgsim.Run) -> None:
    table = found.tables["stations"]

    class Once:
        """Object that always gives the same capsule."""

        capsule = table.__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return self.capsule

    once = Once()
    assert len(pyarrow.table(once)) == len(table)
    with pytest.raises((ValueError, pyarrow.ArrowInvalid, OSError)):
        pyarrow.table(once)
    # A capsule that nobody reads releases its memory.
    for _ in range(100):
        table.__arrow_c_stream__()
        table.__arrow_c_schema__()
    assert len(pyarrow.table(table)) == len(table)


def test_a_requested_schema_is_accepted(found: cmgsim.Run) -> None:
    table = found.tables["stations"]
    read = pyarrow.table(table, schema=pyarrow.schema(table))
    assert read.num_rows == len(table)


def test_a_table_outlives_its_result() -> None:
    found = cmgsim.run("quickstart", SMALL)
    table = found.tables["time_series"]
    read = pyarrow.table(table)
    expected = read.to_pydict()
    del found, table
    gc.collect()
    cmgsim.run("quickstart", SMALL)
    assert read.to_pydict() == expected


def test_a_missing_table_is_a_key_error(found: cmgsim.Run) -> None:
    with pytest.raises(KeyError):
        found.tables["nothing"]
    assert "nothing" not in found.tables
    assert found.tables.get("nothing") is None
    assert repr(found.tables["metrics"]).startswith("<Table metrics: ")
