"""Test scenarios: sources, overrides, values and problems."""

from __future__ import annotations

import pathlib
import pickle
from collections.abc import Callable
from typing import Any

import cmgsim
import pytest
from conftest import LAB, SMALL


def test_all_sources_give_the_same_scenario(tmp_path: pathlib.Path) -> None:
    text = 'schema = 1\nextends = "quickstart"\nname = "monday"\n[gateway.main]\ninstances = 4\n'
    file = tmp_path / "monday.toml"
    file.write_text(text, encoding="utf-8")
    tables = {
        "schema": 1,
        "extends": "quickstart",
        "name": "monday",
        "gateway": {"main": {"instances": 4}},
    }
    found = [
        cmgsim.Scenario(file),
        cmgsim.Scenario(str(file)),
        cmgsim.Scenario(text),
        cmgsim.Scenario.from_text(text),
        cmgsim.Scenario(tables),
        cmgsim.Scenario(cmgsim.Scenario(text)),
    ]
    assert {one.hash for one in found} == {found[0].hash}
    assert len(set(found)) == 1
    assert found[0] != cmgsim.Scenario(text, {"gateway.main.instances": 3})
    assert found[0] != text


def test_embedded_scenarios_load() -> None:
    assert len(cmgsim.presets()) > 10
    for name in cmgsim.presets():
        assert cmgsim.Scenario(name).clients > 0


def test_values_of_every_type() -> None:
    question = "Reicht das für \"zwei\" Standorte\\Netze? 是 🙂 #="
    scenario = cmgsim.Scenario(
        "quickstart",
        {
            "question": question,
            "gateway.main.instances": 3,
            "prices.currency": "EUR",
            "cohort.remote": {"clients": 120, "presence": "always-on"},
            "cohort.office.clients": 80,
        },
    )
    assert scenario.question.startswith(question)
    values = {one["path"]: one["value"] for one in scenario.values()}
    assert values["gateway.main.instances"] == "3"
    assert values["cohort.remote.clients"] == "120"
    assert set(scenario.values()[0]) == {"path", "value", "provenance", "source"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (3, "3"),
        (-(2**62), str(-(2**62))),
        (0.1, "0.1"),
        (5.0, "5.0"),
        ("a \"b\" 'c' \\ ü\n🙂", None),
        (["a", "b,c"], '["a", "b,c"]'),
        ((1, 2), "[1, 2]"),
        ({"a": {"b": 1}}, "{ a = { b = 1 } }"),
    ],
)
def test_values_are_written_as_toml(value: Any, written: str | None) -> None:
    tomllib = pytest.importorskip("tomllib")
    from cmgsim._scenario import toml_value

    found = toml_value("path", value)
    read = tomllib.loads(f"value = {found}")["value"]
    assert read == (list(value) if isinstance(value, tuple) else value)
    assert type(read) is type(list(value) if isinstance(value, tuple) else value)
    assert written is None or found == written


def test_numbers_of_numpy_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    scenario = cmgsim.Scenario("quickstart", {"gateway.main.instances": numpy.int64(5)})
    assert scenario == cmgsim.Scenario("quickstart", {"gateway.main.instances": 5})


def test_with_values_changes_a_copy() -> None:
    first = cmgsim.Scenario("quickstart")
    second = first.with_values({"cohort.*.clients": 500, "seed": 7})
    third = second.with_values({"seed": 8})
    assert (first.clients, second.clients, third.clients) == (18_000, 1_500, 1_500)
    assert (first.seed, second.seed, third.seed) == (1, 7, 8)
    assert len({first, second, third}) == 3


def test_all_values_equal_those_of_the_command(
    command: Callable[..., str], tmp_path: pathlib.Path
) -> None:
    scenario = cmgsim.Scenario("patch-tuesday", {"gateway.main.instances": 6})
    printed = command("check", "patch-tuesday", "--set", "gateway.main.instances=6", "--resolved")
    assert scenario.to_toml().strip() == printed.strip()
    file = tmp_path / "all.toml"
    file.write_text(scenario.to_toml(), encoding="utf-8")
    assert cmgsim.Scenario(file).to_toml().count("\n") == scenario.to_toml().count("\n")


def test_a_problem_has_code_file_line_and_column(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "wröng.toml"
    file.write_text(
        'schema = 1\nextends = "quickstart"\n[gateway.main]\ninstances = 99\nsize = "Z9"\n',
        encoding="utf-8",
    )
    with pytest.raises(cmgsim.ScenarioError) as raised:
        cmgsim.Scenario(file)
    error = raised.value
    assert len(error.problems) == 2
    assert error.file == str(file)
    assert {(one.line, one.column) for one in error.problems} == {(4, 13), (5, 8)}
    assert error.code == error.problems[0].code
    assert error.code.startswith("CMG")
    assert (error.line, error.column) == (error.problems[0].line, error.problems[0].column)
    assert all(one.severity == "error" for one in error.problems)
    assert "99" in str(error)
    assert str(file) in str(error)


def test_problems_of_text_and_overrides_have_a_position() -> None:
    with pytest.raises(cmgsim.ScenarioError) as raised:
        cmgsim.Scenario.from_text("schema = 1\nunknown = 2\n", name="of-text")
    assert (raised.value.file, raised.value.line, raised.value.column) == ("of-text", 2, 1)
    with pytest.raises(cmgsim.ScenarioError) as raised:
        cmgsim.Scenario("quickstart", {"gateway.main.instances": 99})
    assert (raised.value.line, raised.value.column) == (1, 24)
    with pytest.raises(cmgsim.ScenarioError):
        cmgsim.Scenario("schema = \n")


@pytest.mark.parametrize("name", ["missing.toml", "quickstrat", "", "."])
def test_a_scenario_that_cannot_be_read_is_a_scenario_error(name: str) -> None:
    with pytest.raises(cmgsim.ScenarioError) as raised:
        cmgsim.Scenario(name)
    assert raised.value.code == "CMG0601"
    assert raised.value.line is None
    with pytest.raises(cmgsim.ScenarioError):
        cmgsim.Scenario(pathlib.Path("missing.toml"))


def test_exceptions_survive_pickling() -> None:
    with pytest.raises(cmgsim.ScenarioError) as raised:
        cmgsim.Scenario("quickstart", {"gateway.main.instances": 99})
    copy = pickle.loads(pickle.dumps(raised.value))
    assert type(copy) is cmgsim.ScenarioError
    assert copy.problems == raised.value.problems
    assert str(copy) == str(raised.value)
    assert repr(copy) == repr(raised.value)
    assert repr(copy).startswith("ScenarioError('error[CMG0401]")
    for kind in (cmgsim.RequestError, cmgsim.RunError, cmgsim.FolderError, cmgsim.WorkerError):
        one = kind("a reason")
        assert str(pickle.loads(pickle.dumps(one))) == str(one)


def test_exceptions_have_one_base_class() -> None:
    for name in cmgsim.__all__:
        one = getattr(cmgsim, name)
        if isinstance(one, type) and issubclass(one, Exception):
            assert issubclass(one, cmgsim.Error)
    assert issubclass(cmgsim.RequestError, ValueError)


def test_warnings_are_problems() -> None:
    outage = {"kind": "identity-provider-outage", "at": "1h", "down": "5min"}
    values = {"site.version": "2503", "disruption.sign-in": outage}
    (warning,) = cmgsim.Scenario("quickstart", values).warnings
    assert warning.severity == "warning"
    assert "sign-in" in warning.message
    assert warning.code.startswith("CMG")
    assert cmgsim.Scenario(LAB).warnings == []
    assert repr(cmgsim.Scenario("quickstart", SMALL)) == (
        "<Scenario quickstart: 150 clients, seed 1>"
    )
