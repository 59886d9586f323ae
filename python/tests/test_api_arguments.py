"""Test that wrong arguments are refused with the name of the argument and its value."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Callable
from typing import Any

import cmgsim
import pytest
from conftest import LAB, SMALL

SCENARIO = cmgsim.Scenario("quickstart", SMALL)
PATH = "gateway.main.instances"
VARY = {PATH: [2, 3]}


def run(**options: Any) -> object:
    return cmgsim.run(SCENARIO, **options)


def sweep(**options: Any) -> object:
    chosen: dict[str, Any] = {"vary": VARY, "replications": 1, **options}
    return cmgsim.sweep(SCENARIO, **chosen)


def compare(**options: Any) -> object:
    return cmgsim.compare(SCENARIO, **options)


def size(**options: Any) -> object:
    return cmgsim.size(LAB, **options)


def sensitivity(**options: Any) -> object:
    return cmgsim.sensitivity(SCENARIO, **options)


def load(source: Any, values: Any = None) -> object:
    return cmgsim.Scenario(source, values)


@pytest.mark.parametrize(
    ("call", "options", "message"),
    [
        (load, {"source": 5}, "the scenario is of type int"),
        (load, {"source": None}, "the scenario is None"),
        (load, {"source": b"quickstart"}, "the scenario is of type bytes"),
        (load, {"source": [1]}, "the scenario is of type list"),
        (load, {"source": {1: 2}}, "the scenario has the key 1"),
        (load, {"source": {"schema": None}}, "schema is None"),
        (load, {"source": "quickstart", "values": [f"{PATH}=2"]}, "values is of type list"),
        (load, {"source": "quickstart", "values": f"{PATH}=2"}, "values is of type str"),
        (load, {"source": "quickstart", "values": {5: 2}}, "values has the key 5"),
        (load, {"source": "quickstart", "values": {PATH: None}}, f"{PATH} is None"),
        (load, {"source": "quickstart", "values": {PATH: {1}}}, f"{PATH} is of type set"),
        (load, {"source": "quickstart", "values": {PATH: [b"1"]}}, "is of type bytes"),
        (load, {"source": "quickstart", "values": {PATH: pathlib.Path()}}, "of type Posix|Windows"),
        (run, {"replications": 1.5}, "replications is of type float"),
        (run, {"replications": "2"}, "replications is of type str"),
        (run, {"replications": True}, "replications is of type bool"),
        (run, {"confidence": "high"}, "confidence is of type str"),
        (run, {"confidence": None}, "confidence is None"),
        (run, {"jobs": 1.5}, "jobs is of type float"),
        (run, {"seed": "1"}, "seed is of type str"),
        (run, {"progress": 5}, "progress is of type int"),
        (run, {"client": "tcp://scheduler:8786"}, "client is of type str"),
        (run, {"precision": "2%"}, "precision is of type str"),
        (run, {"precision": 0.1, "metric": 5}, "a metric is of type int"),
        (run, {"unknown": 1}, "unexpected keyword"),
        (sweep, {"vary": None}, "vary is None"),
        (sweep, {"vary": 5}, "vary is of type int"),
        (sweep, {"vary": [5]}, "vary contains a value of type int"),
        (sweep, {"vary": {PATH: 3}}, f"the values of {PATH} are of type int"),
        (sweep, {"vary": {PATH: {"a": 1}}}, "of type dict"),
        (sweep, {"vary": {PATH: [None]}}, f"{PATH} is None"),
        (sweep, {"vary": {5: [1]}}, "vary has the key 5"),
        (sweep, {"design": None}, "str"),
        (sweep, {"metrics": 5}, "metrics is of type int"),
        (sweep, {"out": 5}, "PathLike"),
        (size, {"prices": ["a"]}, "prices is of type list"),
        (size, {"quota": "8"}, "quota is of type str"),
        (sensitivity, {"only": 5}, "only is of type int"),
        (sensitivity, {"threshold": "5%"}, "threshold is of type str"),
        (cmgsim.report, {"folder": 5}, "PathLike"),
    ],
)
def test_wrong_types_are_refused(
    call: Callable[..., object], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        call(**options)


@pytest.mark.parametrize(
    ("call", "options", "message"),
    [
        (load, {"source": "quickstart", "values": {PATH: math.nan}}, f"{PATH} is nan"),
        (load, {"source": "quickstart", "values": {PATH: math.inf}}, f"{PATH} is inf"),
        (load, {"source": "quickstart", "values": {PATH: 2**63}}, "64-bit"),
        (run, {"replications": -1}, "replications is -1; it must be from 1"),
        (run, {"replications": 0}, "replications is 0"),
        (run, {"replications": 10**12}, "replications is 1000000000000"),
        (run, {"replications": 2, "precision": 0.1}, "not both"),
        (run, {"confidence": math.nan}, "confidence is nan"),
        (run, {"confidence": 0}, "confidence is 0"),
        (run, {"confidence": 1}, "confidence is 1"),
        (run, {"confidence": 95}, "confidence is 95"),
        (run, {"precision": 0}, "precision is 0"),
        (run, {"precision": math.nan}, "precision is nan"),
        (run, {"precision": -1}, "precision is -1"),
        (run, {"precision": 0.1, "metric": "latency_p96"}, "`latency_p96` is not a metric"),
        (run, {"precision": 0.1, "max_replications": 0}, "max_replications is 0"),
        (run, {"jobs": 0}, "jobs is 0; it must be from 1 to 1024"),
        (run, {"jobs": -1}, "jobs is -1"),
        (run, {"jobs": 10**6}, "jobs is 1000000"),
        (run, {"seed": -1}, "seed is -1"),
        (run, {"seed": 2**53}, "seed is 9007199254740992"),
        (compare, {"replications": 1}, "replications is 1; it must be from 2"),
        (compare, {"replications": 2, "relevant": math.nan}, "relevant is nan"),
        (compare, {"replications": 2, "relevant": -1}, "relevant is -1"),
        (sweep, {"vary": {}}, "vary is empty"),
        (sweep, {"vary": []}, "vary is empty"),
        (sweep, {"vary": {PATH: []}}, f"{PATH} has no values"),
        (sweep, {"vary": "nonsense"}, "expected PATH=VALUES"),
        (sweep, {"vary": {PATH: "4..2"}}, "FIRST is above LAST"),
        (sweep, {"vary": {PATH: [2, 2]}}, "twice"),
        (sweep, {"vary": {PATH: range(10**7)}}, "10000000 points"),
        (sweep, {"design": "gird"}, 'design is "gird"'),
        (sweep, {"design": "latin"}, "needs points"),
        (sweep, {"design": "latin", "points": 0}, "points is 0"),
        (sweep, {"points": 3}, "points is only for"),
        (sweep, {"replications": 0}, "replications is 0"),
        (sweep, {"metrics": ["latency_p96"]}, "`latency_p96` is not a metric"),
        (sweep, {"metrics": []}, "metrics is empty"),
        (sweep, {"metrics": ["failure_share"] * 2}, "appears twice"),
        (sweep, {"resume": True}, "resume needs"),
        (size, {"first": 0}, "first is 0"),
        (size, {"maximum": 2}, "maximum is 2"),
        (size, {"quota": 0}, "quota is 0"),
        (size, {"quota": -1}, "quota is -1"),
        (size, {"prices": {"gateway.lab.instances": -3}}, "-3"),
        (size, {"prices": {"nothing": 3}}, "nothing"),
        (size, {"source": "lab-b2s"}, "objectives"),
        (sensitivity, {"method": "guess"}, 'method is "guess"'),
        (sensitivity, {"metrics": ["latency_p96"]}, "latency_p96"),
        (sensitivity, {"metrics": []}, "metrics is empty"),
        (sensitivity, {"only": ["zzzz"]}, "can be varied"),
        (sensitivity, {"budget": 0}, "budget is 0"),
        (sensitivity, {"threshold": math.nan}, "threshold is nan"),
        (sensitivity, {"trajectories": 0}, "trajectories is 0"),
        (sensitivity, {"method": "one-at-a-time", "replications": 0}, "replications is 0"),
    ],
)
def test_wrong_values_are_refused(
    call: Callable[..., object], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(cmgsim.RequestError, match=message):
        if "source" in options and call is size:
            cmgsim.size(options["source"])
        else:
            call(**options)


@pytest.mark.parametrize("vary", [{"nothing.here": [1, 2]}, {PATH: [-1, 2]}, {PATH: ["many"]}])
def test_wrong_points_are_refused_with_their_problems(vary: dict[str, list[Any]]) -> None:
    with pytest.raises(cmgsim.ScenarioError) as raised:
        cmgsim.sweep(SCENARIO, vary, replications=1)
    assert raised.value.code
    assert raised.value.column


def test_files_and_folders_that_cannot_be_used_are_refused(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    for out in (file, file / "below"):
        with pytest.raises(cmgsim.FolderError):
            cmgsim.sweep(SCENARIO, VARY, replications=1, out=out)
    with pytest.raises(cmgsim.FolderError):
        cmgsim.report(file)
    with pytest.raises(cmgsim.ScenarioError):
        cmgsim.Scenario(tmp_path)


def test_unusual_texts_do_no_harm() -> None:
    for text in ("\0", "\ud800", "a\0b.toml", "x" * 100_000, "\n\0\n"):
        with pytest.raises((cmgsim.ScenarioError, ValueError)):
            cmgsim.Scenario(text)
        with pytest.raises((cmgsim.ScenarioError, ValueError)):
            cmgsim.Scenario("quickstart", {PATH: text})
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises((cmgsim.Error, ValueError, RecursionError)):
        cmgsim.Scenario("quickstart", {PATH: deep})
