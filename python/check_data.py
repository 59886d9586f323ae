"""Run the examples of a page, and compare the CSV file of every table with its Parquet file.

Usage: python check_data.py PAGE FOLDER. The script runs the fenced sql and python blocks of PAGE in
the result folders in FOLDER.
"""

import json
import os
import re
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

FENCE = re.compile(r"^```(sql|python)( sweep)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_blocks(page: Path, results: Path) -> int:
    """Run each block in its folder, as a reader of the page would. A query must return rows."""
    blocks = FENCE.findall(page.read_text(encoding="utf-8"))
    for language, where, text in blocks:
        os.chdir(results / ("sweep" if where else "run-1"))
        print(f"-- {text.strip()}", flush=True)
        if language == "sql":
            answer = duckdb.sql(text)
            assert answer is not None and len(answer.fetchall()) > 0, "no rows"
        else:
            exec(text, {})  # The page is part of this repository, so its code is trusted.
    return len(blocks)


def same(table: Path) -> None:
    """Check that both files of a table have equal values, and that metadata describe each column."""
    parquet = pq.read_table(table)
    described = json.loads(pq.read_schema(table).metadata[b"cmgsim"])["columns"]
    texts = pd.read_csv(table.with_suffix(".csv"), dtype=str, keep_default_na=False)
    assert [one["name"] for one in described] == parquet.column_names, table
    assert len(texts.columns) == parquet.num_columns and len(texts) == parquet.num_rows, table
    for place, one in enumerate(described):
        found = parquet.column(place).to_pylist()
        assert one["meaning"], one
        for text, value in zip(texts.iloc[:, place], found, strict=True):
            assert matches(text, value), (table, one["name"], text, value)
    # Check that polars and DuckDB can also read the file.
    rows = parquet.num_rows
    assert pl.read_parquet(table).shape == (rows, parquet.num_columns), table
    assert duckdb.sql(f"SELECT count(*) FROM '{table}'").fetchall() == [(rows,)], table


def matches(text: str, value: object) -> bool:
    """Return whether a CSV cell equals a Parquet value."""
    if value is None:
        return text in ("", "unlimited")
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, (int, float)):
        return float(text) == value
    if isinstance(value, str):
        return text.removeprefix("'") == value
    return text == value.isoformat()


def main() -> None:
    page, results = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    count = run_blocks(page, results)
    tables = sorted(results.glob("*/*.parquet"))
    assert count >= 10 and len(tables) >= 20, (count, len(tables))
    for table in tables:
        same(table)
    print(f"{count} examples ran; CSV and Parquet of {len(tables)} tables are the same")


if __name__ == "__main__":
    main()
