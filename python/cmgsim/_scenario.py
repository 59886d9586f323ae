"""Scenarios: files, embedded scenarios, text and dictionaries."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Union

from cmgsim import _checks, _core
from cmgsim._errors import Problem, problems

ScenarioSource = Union["Scenario", str, "os.PathLike[str]", Mapping[str, Any]]
"""A scenario, the name of an embedded scenario, a path, TOML text with line breaks, or a dictionary
with the keys of a scenario file."""

SEED_MAX = 2**53 - 1


def overrides(values: Mapping[str, Any] | None) -> list[str]:
    """Return values by path as overrides (`path=value`)."""
    named = _checks.mapping("values", values)
    return [f"{path}={toml_value(path, value)}" for path, value in named.items()]


def toml_value(path: str, value: Any) -> str:
    """Return the value of a path in TOML syntax."""
    return _core.override_value(json.dumps(_checks.plain(path, value), ensure_ascii=False))


class Scenario:
    """A checked scenario. It never changes; `with_values` returns another one.

    Args:
        source: Name of an embedded scenario (`cmgsim.presets()`), path of a file, TOML text with
            line breaks, or a dictionary with the keys of a scenario file.
        values: Values that replace those of the source, by path. A `*` in a path stands for any
            name.

    Raises:
        ScenarioError: The scenario is invalid. The exception contains all problems.

    >>> import cmgsim
    >>> scenario = cmgsim.Scenario("quickstart", {"gateway.main.instances": 4})
    >>> scenario.name, scenario.clients
    ('quickstart', 18000)
    """

    def __init__(
        self, source: ScenarioSource = "quickstart", values: Mapping[str, Any] | None = None
    ) -> None:
        self._core, self._argument = _loaded(source, overrides(values))

    @classmethod
    def from_text(
        cls, text: str, *, name: str = "scenario", values: Mapping[str, Any] | None = None
    ) -> Scenario:
        """Return a scenario from TOML text."""
        return cls._of(_core.Scenario.parse(text, name, overrides(values)), name)

    @classmethod
    def _of(cls, core: _core.Scenario, argument: str) -> Scenario:
        scenario = cls.__new__(cls)
        scenario._core, scenario._argument = core, argument
        return scenario

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario with other values, by path.

        >>> import cmgsim
        >>> cmgsim.Scenario().with_values({"cohort.*.clients": 500}).clients
        1500
        """
        return self._of(self._core.with_overrides(overrides(values)), self._argument)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self._core.name

    @property
    def question(self) -> str:
        """Question that the scenario answers; may be empty."""
        return self._core.question

    @property
    def hash(self) -> str:
        """Hash of all values. Results depend only on it and on the seed."""
        return self._core.hash

    @property
    def seed(self) -> int:
        """Seed of all random streams."""
        return self._core.seed

    @property
    def clients(self) -> int:
        """Number of clients."""
        return self._core.clients

    @property
    def warnings(self) -> list[Problem]:
        """Warnings about the scenario."""
        return problems(self._core.warnings_json)

    def to_toml(self) -> str:
        """Return all values as a scenario file, with the origin of each as a comment."""
        return self._core.to_toml()

    def values(self) -> list[dict[str, str]]:
        """Return path, value, provenance and source of each value."""
        names = ("path", "value", "provenance", "source")
        return [dict(zip(names, one, strict=True)) for one in self._core.values()]

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self.clients:,} clients, seed {self.seed}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


def _loaded(source: ScenarioSource, texts: list[str]) -> tuple[_core.Scenario, str]:
    if isinstance(source, Scenario):
        return source._core.with_overrides(texts), source._argument
    if isinstance(source, str):
        if "\n" in source:
            return _core.Scenario.parse(source, "scenario", texts), "scenario"
        return _core.Scenario.load(source, texts), source
    if isinstance(source, Mapping):
        name = str(source.get("name", "scenario"))
        tables = {key: _checks.plain(key, one) for key, one in _checks.mapping("the scenario", source).items()}
        text = json.dumps(tables, ensure_ascii=False)
        return _core.Scenario.from_json(text, name, texts), name
    if not isinstance(source, os.PathLike):
        raise TypeError(
            f"the scenario is {_checks.kind(source)}; it must be a Scenario, a text, a path or a"
            " dictionary"
        )
    return _core.Scenario.load_file(source, texts), os.fspath(source)


def scenario(
    source: ScenarioSource, values: Mapping[str, Any] | None = None, seed: int | None = None
) -> Scenario:
    """Return a scenario with other values and another seed."""
    changed = _checks.mapping("values", values)
    if seed is not None:
        changed["seed"] = _checks.integer("seed", seed, 0, SEED_MAX)
    if isinstance(source, Scenario) and not changed:
        return source
    return Scenario(source, changed)


def presets() -> list[str]:
    """Return the names of the embedded scenarios.

    >>> "patch-tuesday" in presets()
    True
    """
    return _core.preset_names()


def metrics() -> list[str]:
    """Return the names of the metrics of a run.

    >>> "latency_p95_s" in metrics()
    True
    """
    return _core.metric_names()
