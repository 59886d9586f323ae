"""Checks of arguments: a wrong type raises `TypeError`, a wrong value raises `RequestError`."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cmgsim import _core
from cmgsim._errors import RequestError

REPLICATIONS_MAX = 1_000_000
JOBS_MAX = 1_024
INTEGER_MAX = 2**63 - 1


def integer(name: str, value: Any, minimum: int, maximum: int = REPLICATIONS_MAX) -> int:
    """Return a whole number between two limits."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} is {kind(value)}; it must be a whole number")
    number = operator.index(value)
    if not minimum <= number <= maximum:
        raise RequestError(f"{name} is {number}; it must be from {minimum} to {maximum}")
    return number


def optional_integer(
    name: str, value: Any, minimum: int, maximum: int = REPLICATIONS_MAX
) -> int | None:
    """Return a whole number between two limits, or `None`."""
    return None if value is None else integer(name, value, minimum, maximum)


def open_share(name: str, value: Any) -> float:
    """Return a number above 0 and below 1."""
    share = _number(name, value)
    if not 0.0 < share < 1.0:
        raise RequestError(f"{name} is {share}; it must be above 0 and below 1")
    return share


def share_below_one(name: str, value: Any) -> float:
    """Return a number from 0 that is below 1."""
    share = _number(name, value)
    if not 0.0 <= share < 1.0:
        raise RequestError(f"{name} is {share}; it must be at least 0 and below 1")
    return share


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} is {kind(value)}; it must be a number")
    return float(value)


def jobs(value: Any) -> int | None:
    """Return the number of threads; `None` for the number of processors."""
    return optional_integer("jobs", value, 1, JOBS_MAX)


def progress(value: Any) -> None:
    """Check the function that receives the progress."""
    if value is not None and not callable(value):
        raise TypeError(f"progress is {kind(value)}; it must be a function of two arguments")


def metric(name: Any) -> str:
    """Return the name of a metric."""
    if not isinstance(name, str):
        raise TypeError(f"a metric is {kind(name)}; it must be the name of a metric")
    if not _core.is_metric(name):
        raise RequestError(f"`{name}` is not a metric; cmgsim.metrics() lists all metrics")
    return name


def metrics(names: Sequence[str] | str) -> list[str]:
    """Return the names of metrics; a text is one name."""
    found = [metric(name) for name in texts("metrics", names)]
    if not found:
        raise RequestError("metrics is empty; name at least one metric, such as latency_p95_s")
    for place, name in enumerate(found):
        if name in found[:place]:
            raise RequestError(f"the metric {name} appears twice")
    return found


def texts(name: str, values: Iterable[str] | str) -> list[str]:
    """Return a list of texts; a text is a list with one item."""
    if isinstance(values, str):
        return [values]
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} is {kind(values)}; it must be a list of texts")
    found = list(values)
    for one in found:
        if not isinstance(one, str):
            raise TypeError(f"{name} contains a value {kind(one)}; it must contain only texts")
    return found


def mapping(name: str, values: Any) -> dict[str, Any]:
    """Return values by path; `None` means no values."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        example = '{"gateway.main.instances": 4}'
        raise TypeError(f"{name} is {kind(values)}; it must be a dictionary, such as {example}")
    for path in values:
        if not isinstance(path, str):
            raise TypeError(f"{name} has the key {path!r}; each key must be the path of a value")
    return dict(values)


def plain(path: str, value: Any) -> Any:
    """Return a value as a type that a scenario can contain: text, number, Boolean, list or table.

    Numbers of numpy are converted.
    """
    if isinstance(value, str | bool):
        return value
    if isinstance(value, numbers.Integral):
        if not -INTEGER_MAX <= int(value) <= INTEGER_MAX:
            raise RequestError(f"{path} is {value}; it must be a 64-bit whole number")
        return int(value)
    if isinstance(value, numbers.Real):
        if not math.isfinite(value):
            raise RequestError(f"{path} is {value}; it must be a finite number")
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain(f"{path}.{key}", one) for key, one in mapping(path, value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(f"{path}[{place}]", one) for place, one in enumerate(value)]
    raise TypeError(
        f"{path} is {kind(value)}; a scenario contains texts, numbers, Booleans, lists and"
        " dictionaries"
    )


def kind(value: Any) -> str:
    """Describe a value by its type, for messages."""
    return "None" if value is None else f"of type {type(value).__name__}"
