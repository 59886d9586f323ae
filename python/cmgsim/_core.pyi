"""Types of the extension module."""

from collections.abc import Callable
from os import PathLike
from typing import final

__all__ = [
    "Broker",
    "Outcome",
    "Scenario",
    "Table",
    "build",
    "compare",
    "is_metric",
    "main",
    "metric_names",
    "override_value",
    "preset_names",
    "run",
    "sensitivity",
    "simulate_unit",
    "size",
    "sweep",
]

def build() -> str: ...
def simulate_unit(model: bytes, number: int) -> bytes: ...
def preset_names() -> list[str]: ...
def metric_names() -> list[str]: ...
def is_metric(name: str) -> bool: ...
def override_value(json: str) -> str: ...
def main(arguments: list[str], connect: Callable[[str], object]) -> int: ...

@final
class Broker:
    def __new__(cls, in_flight: int) -> Broker: ...
    @property
    def in_flight(self) -> int: ...
    def next(
        self, count: int, seconds: float
    ) -> list[tuple[int, str, str, bytes, int]] | None: ...
    def cancelled(self) -> list[int]: ...
    def deliver(self, id: int, reply: bytes) -> None: ...
    def fail(self, id: int, reason: str) -> None: ...
    def close(self, reason: str) -> None: ...

@final
class Scenario:
    @staticmethod
    def load(name: str, overrides: list[str]) -> Scenario: ...
    @staticmethod
    def load_file(path: str | PathLike[str], overrides: list[str]) -> Scenario: ...
    @staticmethod
    def parse(text: str, name: str, overrides: list[str]) -> Scenario: ...
    @staticmethod
    def from_json(json: str, name: str, overrides: list[str]) -> Scenario: ...
    def with_overrides(self, overrides: list[str]) -> Scenario: ...
    @property
    def name(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def hash(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def clients(self) -> int: ...
    @property
    def warnings_json(self) -> str: ...
    def to_toml(self) -> str: ...
    def values(self) -> list[tuple[str, str, str, str]]: ...

@final
class Table:
    @property
    def name(self) -> str: ...
    @property
    def row(self) -> str: ...
    @property
    def columns(self) -> list[tuple[str, str, str]]: ...
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Outcome:
    @property
    def kind(self) -> str: ...
    @property
    def json(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def is_complete(self) -> bool: ...
    @property
    def metrics(self) -> list[tuple[str, str, float, float | None]]: ...
    @property
    def table_names(self) -> list[str]: ...
    def table(self, name: str) -> Table: ...
    @property
    def charts(self) -> list[tuple[str, str]]: ...
    def svg(self, name: str) -> str: ...
    def png(self, name: str, width: int, height: int) -> bytes: ...
    def page(self) -> bytes: ...

_Progress = Callable[[float, int], object]

def run(
    scenario: Scenario,
    argument: str,
    count: int | None,
    precision: tuple[str, float, int] | None,
    confidence: float,
    jobs: int | None,
    progress: _Progress | None,
    broker: Broker | None,
) -> Outcome: ...
def compare(
    first: Scenario,
    second: Scenario,
    count: int | None,
    precision: tuple[str, float, int] | None,
    confidence: float,
    relevant: float,
    changes: tuple[list[str], list[str]],
    jobs: int | None,
    progress: _Progress | None,
    broker: Broker | None,
) -> Outcome: ...
def sweep(
    scenario: Scenario,
    vary: list[str],
    design_name: str,
    points: int | None,
    count: int,
    confidence: float,
    metrics: list[str],
    folder: str | PathLike[str] | None,
    is_resumed: bool,
    jobs: int | None,
    progress: _Progress | None,
    broker: Broker | None,
) -> Outcome: ...
def size(
    scenario: Scenario,
    find: list[str],
    prices: list[str],
    quota: int | None,
    loss: str,
    confidence: float,
    first: int,
    maximum: int,
    jobs: int | None,
    progress: _Progress | None,
    broker: Broker | None,
) -> Outcome: ...
def sensitivity(
    scenario: Scenario,
    metrics: list[str],
    method: str,
    only: list[str],
    count: int | None,
    threshold: float,
    miss_risk: float,
    budget: int,
    trajectories: int,
    tipping_point_steps: int,
    confidence: float,
    jobs: int | None,
    progress: _Progress | None,
    broker: Broker | None,
) -> Outcome: ...
