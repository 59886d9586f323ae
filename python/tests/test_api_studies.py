"""Test studies: results are those of the command, with any number of threads."""

from __future__ import annotations

import csv
import datetime
import json
import math
import pathlib
from collections.abc import Callable
from typing import Any

import cmgsim
import pyarrow
import pytest
from conftest import LAB, SMALL, SMALL_ARGUMENTS

Command = Callable[..., str]


def cell(text: str, value: Any) -> Any:
    """Return the text of a CSV cell as a value of the type in the table."""
    if value is None:
        assert text in ("", "unlimited")
        return None
    if isinstance(value, bool):
        return {"true": True, "false": False}[text]
    if isinstance(value, datetime.datetime):
        return datetime.datetime.fromisoformat(text)
    return type(value)(text)


def assert_tables_equal_csv(found: cmgsim.Result, folder: pathlib.Path) -> None:
    """Compare each table with its CSV file."""
    assert set(found.tables) == {file.stem for file in folder.glob("*.csv")}
    for name, table in found.tables.items():
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert table.columns == header, name
        assert len(table) == len(rows), name
        columns = pyarrow.table(table).to_pydict()
        for place, column in enumerate(header):
            values = columns[column]
            texts = [row[place] for row in rows]
            expected = [cell(*one) for one in zip(texts, values, strict=True)]
            assert values == expected, (name, column)


def test_a_run_equals_that_of_the_command(command: Command, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "run"
    printed = command("run", "quickstart", *SMALL_ARGUMENTS, "--out", out)
    found = cmgsim.run("quickstart", SMALL)
    assert found.to_json().encode() == (out / "summary.json").read_bytes()
    assert found.to_dict() == json.loads(found.to_json())
    assert_tables_equal_csv(found, out)
    for name, chart in found.charts.items():
        assert chart.svg.encode() == (out / "charts" / f"{name}.svg").read_bytes()
    assert found.charts["latency"].png() == (out / "charts" / "latency.png").read_bytes()
    assert found.text.strip() in printed


def test_replications_equal_those_of_the_command_with_any_number_of_threads(
    command: Command, tmp_path: pathlib.Path
) -> None:
    out = tmp_path / "run"
    arguments = [*SMALL_ARGUMENTS, "--replications", 3, "--seed", 7, "--jobs", 2]
    command("run", "quickstart", *arguments, "--out", out, "--quiet")
    one, two = (
        cmgsim.replicate("quickstart", 3, values=SMALL, seed=7, jobs=jobs) for jobs in (1, 2)
    )
    assert one.to_json() == two.to_json()
    assert one.to_json().encode() == (out / "summary.json").read_bytes()
    for name, table in one.tables.items():
        assert pyarrow.table(table).equals(pyarrow.table(two.tables[name])), name
    assert_tables_equal_csv(two, out)


def test_metrics_are_those_of_the_tables() -> None:
    found = cmgsim.run("quickstart", SMALL, replications=4)
    rows = pyarrow.table(found.tables["metrics"]).to_pylist()
    assert [row["metric"] for row in rows] == list(found.metrics)
    for row in rows:
        name = row["metric"]
        assert found.metrics.units[name] == row["unit"]
        if row["mean"] is None:
            assert not math.isfinite(found.metrics[name])
            continue
        assert found.metrics[name] == row["mean"]
        low, high = found.metrics.interval(name)
        if row["half_width"] is None:
            assert math.isnan(low)
        else:
            assert (low + high) / 2 == pytest.approx(row["mean"])
            assert (high - low) / 2 == pytest.approx(row["half_width"], rel=1e-6, abs=1e-12)
    values = pyarrow.table(found.tables["replications"])["latency_p95_s"].to_pylist()
    assert len(values) == 4
    mean = sum(values) / 4
    deviation = math.sqrt(sum((one - mean) ** 2 for one in values) / 3)
    low, high = found.metrics.interval("latency_p95_s")
    # 3.182 is the 97.5th percentile of Student's distribution with three degrees of freedom.
    assert found.metrics.latency_p95_s == pytest.approx(mean)
    assert high - mean == pytest.approx(3.182446 * deviation / 2, rel=1e-5)
    assert mean - low == pytest.approx(high - mean)


def test_metrics_are_attributes_and_items() -> None:
    metrics = cmgsim.run("quickstart", SMALL).metrics
    assert metrics.latency_p95_s == metrics["latency_p95_s"] == dict(metrics)["latency_p95_s"]
    assert set(cmgsim.metrics()) <= set(metrics)
    assert "latency_p95_s" in dir(metrics)
    assert metrics.units["latency_p95_s"] == "s"
    assert math.isnan(metrics.interval("latency_p95_s")[0])
    with pytest.raises(AttributeError, match="no metric 'latency_p96_s'"):
        _ = metrics.latency_p96_s
    with pytest.raises(KeyError):
        _ = metrics["latency_p96_s"]


def test_precision_adds_replications() -> None:
    scenario = cmgsim.Scenario("quickstart", SMALL)
    found = cmgsim.run(scenario, precision=0.02, max_replications=40)
    count = len(found.tables["replications"])
    assert 10 <= count <= 40
    low, high = found.metrics.interval("latency_p95_s")
    assert count == 40 or (high - low) / 2 <= 0.02 * found.metrics.latency_p95_s


def test_a_comparison_equals_that_of_the_command(
    command: Command, tmp_path: pathlib.Path
) -> None:
    out = tmp_path / "comparison"
    arguments = [*SMALL_ARGUMENTS, "--set-b", "gateway.main.instances=4", "--replications", 3]
    command("compare", "quickstart", *arguments, "--out", out, "--quiet")
    first = cmgsim.Scenario("quickstart", SMALL)
    found = cmgsim.compare(first, values={"gateway.main.instances": 4}, replications=3)
    theirs = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert found.to_dict()["metrics"] == theirs["metrics"]
    assert found.answer == theirs["answer"]
    assert found.to_json().encode() == (out / "comparison.json").read_bytes()
    rows = pyarrow.table(found.tables["comparison"]).to_pylist()
    costs = next(row for row in rows if row["metric"] == "cost_per_month")
    assert costs["difference"] == found.differences.cost_per_month > 0
    assert found.change("cost_per_month") == "worse"
    with pytest.raises(KeyError):
        found.change("nothing")


SWEEP = ["--vary", "gateway.main.instances=2..3", "--replications", 2]
VARY = {"gateway.main.instances": range(2, 4)}


def files(folder: pathlib.Path) -> dict[str, bytes]:
    """Return the files of a sweep, without those that contain times and the host."""
    found = {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in ("manifest.json", "journal", "run.log")
    }
    assert found
    return found


def test_a_sweep_equals_that_of_the_command(command: Command, tmp_path: pathlib.Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    command("sweep", "quickstart", *SMALL_ARGUMENTS, *SWEEP, "--out", theirs, "--quiet")
    stored = cmgsim.sweep("quickstart", VARY, SMALL, replications=2, out=ours)
    assert files(ours) == files(theirs)
    assert (ours / "manifest.json").exists()
    found = cmgsim.sweep("quickstart", VARY, SMALL, replications=2, jobs=1)
    assert found.to_json() == stored.to_json()
    assert found.to_json().encode() == (theirs / "sweep.json").read_bytes()
    assert_tables_equal_csv(found, theirs)


def test_lists_ranges_and_texts_give_the_same_factor() -> None:
    scenario = cmgsim.Scenario("quickstart", SMALL)
    path = "gateway.main.instances"
    forms: list[Any] = [{path: range(2, 4)}, {path: "2..3"}, [f"{path}=2..3"], f"{path}=2..3"]
    found = [cmgsim.sweep(scenario, vary, replications=1).to_json() for vary in forms]
    assert set(found) == {found[0]}
    listed: list[Any] = [{path: [2, 3]}, {path: (2, 3)}, {path: iter([2, 3])}, f"{path}=2,3"]
    assert len({cmgsim.sweep(scenario, vary, replications=1).to_json() for vary in listed}) == 1


def test_a_text_with_a_comma_is_one_value() -> None:
    vary = {"question": ["few, or many", "none"], "interval": ["5min", "10min"]}
    found = cmgsim.sweep("quickstart", vary, SMALL, replications=1)
    points = pyarrow.table(found.tables["replications"])
    assert len(points) == 4
    assert set(points["question"].to_pylist()) == {"few, or many", "none"}


def test_an_interrupted_sweep_resumes(command: Command, tmp_path: pathlib.Path) -> None:
    whole, half = tmp_path / "whole", tmp_path / "half"
    scenario = cmgsim.Scenario("quickstart", SMALL | {"cohort.*.clients": 400})
    vary = {"gateway.main.instances": range(2, 6)}
    expected = cmgsim.sweep(scenario, vary, replications=4, out=whole)

    class Enough(Exception):
        pass

    def stop(share: float, events: int) -> None:
        if share > 0.3:
            raise Enough

    with pytest.raises(Enough):
        cmgsim.sweep(scenario, vary, replications=4, out=half, progress=stop, jobs=1)
    assert (half / "journal").exists()
    assert not (half / "sweep.json").exists()
    with pytest.raises(cmgsim.FolderError):
        cmgsim.sweep(scenario, {"gateway.main.instances": [2, 9]}, out=half, resume=True)
    shares: list[float] = []
    found = cmgsim.sweep(
        scenario,
        vary,
        replications=4,
        out=half,
        resume=True,
        progress=lambda share, events: shares.append(share),
    )
    assert found.to_json() == expected.to_json()
    assert files(half) == files(whole)


def test_a_sweep_does_not_resume_another_one(tmp_path: pathlib.Path) -> None:
    cmgsim.sweep("quickstart", VARY, SMALL, replications=1, out=tmp_path)
    before = files(tmp_path)
    with pytest.raises(cmgsim.FolderError):
        cmgsim.sweep("quickstart", VARY, SMALL, replications=1, seed=9, out=tmp_path, resume=True)
    assert files(tmp_path) == before
    found = cmgsim.sweep("quickstart", VARY, SMALL, replications=1, seed=9, out=tmp_path)
    assert files(tmp_path)["sweep.json"] == found.to_json().encode() != before["sweep.json"]


def test_designs_of_a_sweep() -> None:
    scenario = cmgsim.Scenario("quickstart", SMALL)
    vary = {"gateway.main.instances": [2, 3], "connection_point.*.count": [1, 2]}
    count = {}
    for design, points in (("grid", None), ("one-at-a-time", None), ("latin", 3)):
        found = cmgsim.sweep(scenario, vary, design=design, points=points, replications=1)
        count[design] = len(found.tables["replications"])
    assert count == {"grid": 4, "one-at-a-time": 3, "latin": 3}


def test_a_sizing_equals_that_of_the_command(command: Command, tmp_path: pathlib.Path) -> None:
    file, out = tmp_path / "lab.toml", tmp_path / "size"
    file.write_text(LAB, encoding="utf-8")
    find = "gateway.lab.instances=1..8"
    command("size", file, "--find", find, "--without-loss", "--out", out, "--quiet")
    found = cmgsim.size(file, {"gateway.lab.instances": range(1, 9)}, loss="none")
    assert found.to_json().encode() == (out / "size.json").read_bytes()
    assert found.design is not None
    assert list(found.design) == ["gateway.lab.instances"]
    assert found.design["gateway.lab.instances"] in found.answer
    assert_tables_equal_csv(found, out)


def test_a_sizing_without_a_design_has_none() -> None:
    found = cmgsim.size(LAB, {"gateway.lab.instances": [1]}, loss="none")
    assert found.design is None
    assert found.answer


def test_a_sensitivity_study_equals_that_of_the_command(
    command: Command, tmp_path: pathlib.Path
) -> None:
    out = tmp_path / "sensitivity"
    chosen = ["--method", "one-at-a-time", "--only", "network", "--replications", 2]
    command("sensitivity", "lab-b2s", "--set", 'duration="1h"', *chosen, "--out", out, "--quiet")
    found = cmgsim.sensitivity(
        "lab-b2s",
        values={"duration": "1h"},
        method="one-at-a-time",
        only="network",
        replications=2,
    )
    assert found.to_json().encode() == (out / "sensitivity.json").read_bytes()
    assert_tables_equal_csv(found, out)


def test_a_report_equals_that_of_the_command(command: Command, tmp_path: pathlib.Path) -> None:
    out, page = tmp_path / "run", tmp_path / "page.html"
    command("run", "quickstart", *SMALL_ARGUMENTS, "--out", out, "--quiet")
    command("report", out, "--out", page, "--quiet")
    assert cmgsim.report(out) == str(out / "report.html")
    assert (out / "report.html").read_bytes() == page.read_bytes()
    other = tmp_path / "other.html"
    assert cmgsim.report(str(out), other) == str(other)
    with pytest.raises(cmgsim.FolderError):
        cmgsim.report(tmp_path / "missing")


def test_results_of_several_kinds_have_a_page() -> None:
    scenario = cmgsim.Scenario("quickstart", SMALL)
    results: list[cmgsim.Result] = [
        cmgsim.run(scenario),
        cmgsim.compare(scenario, values={"gateway.main.instances": 3}, replications=2),
        cmgsim.sweep(scenario, {"gateway.main.instances": [2, 3]}, replications=1),
        cmgsim.size(LAB, {"gateway.lab.instances": [1, 4]}, loss="none"),
    ]
    for found in results:
        assert found.is_complete
        assert found.answer
        assert found.text == str(found)
        assert found.report().lstrip().lower().startswith("<!doctype html>")
        assert type(found).__name__ in repr(found)
