"""Studies of scenarios."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from cmgsim import _checks, _core
from cmgsim._cluster import connected
from cmgsim._errors import FolderError, RequestError
from cmgsim._results import Comparison, Run, Sensitivity, Sizing, Sweep
from cmgsim._scenario import ScenarioSource, overrides, scenario, toml_value

if TYPE_CHECKING:
    from distributed import Client

Progress = Callable[[float, int], object]
"""Function that receives the completed share (0 to 1) and the number of events, at most 20 times a
second."""

Values = Union[str, Sequence[Any], range]
"""Values of a factor: text such as `2..16`, a range, or a list."""


_SPECIAL = frozenset(",\"'[]{}\\")
"""Characters that a text in a list of values contains only in quotes."""


def _replications(
    replications: int | None,
    precision: float | None,
    metric: str,
    maximum: int,
    minimum: int = 1,
) -> tuple[int | None, tuple[str, float, int] | None]:
    """Check the number of replications, or the precision that determines it."""
    count = _checks.optional_integer("replications", replications, minimum)
    if precision is None:
        return count, None
    if count is not None:
        raise RequestError("use either replications or precision, not both")
    share = _checks.open_share("precision", precision)
    return None, (
        _checks.metric(metric),
        share,
        _checks.integer("max_replications", maximum, 2),
    )


def _conditions(
    jobs: int | None, progress: Progress | None
) -> tuple[int | None, Progress | None]:
    """Check where a study runs and who observes it."""
    _checks.progress(progress)
    return _checks.jobs(jobs), progress


def _factors(
    name: str, values: Mapping[str, Values] | Iterable[str]
) -> list[str]:
    """Return factors as `path=values`."""
    if not isinstance(values, Mapping):
        return _checks.texts(name, values)
    return [f"{path}={_values(path, of)}" for path, of in _checks.mapping(name, values).items()]


def _values(path: str, values: Values) -> str:
    if isinstance(values, str):
        return values
    if isinstance(values, range) and values.step > 0 and len(values) > 1:
        step = "" if values.step == 1 else f":{values.step}"
        return f"{values.start}..{values[-1]}{step}"
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise TypeError(
            f"the values of {path} are {_checks.kind(values)}; they must be a list, a range, or"
            " text such as 2..16"
        )
    found = [_value(path, one) for one in values]
    if not found:
        raise RequestError(f"{path} has no values")
    return ",".join(found)


def _value(path: str, value: Any) -> str:
    """Return a value in a list of values, as a user of the command would write it."""
    is_bare = isinstance(value, str) and value == value.strip() != ""
    if is_bare and not _SPECIAL.intersection(value):
        return str(value)
    return toml_value(path, value)


def run(
    source: ScenarioSource = "quickstart",
    values: Mapping[str, Any] | None = None,
    *,
    replications: int | None = None,
    precision: float | None = None,
    metric: str = "latency_p95_s",
    max_replications: int = 200,
    confidence: float = 0.95,
    seed: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    client: Client | None = None,
    in_flight: int | None = None,
) -> Run:
    """Simulate a scenario.

    Args:
        source: The scenario.
        values: Values that replace those of the scenario, by path.
        replications: Number of replications; by default 1, or 10 if the scenario has objectives.
        precision: Add replications until the half-width of `metric`, as a share of its mean, is at
            most this value.
        metric: Metric of `precision`.
        max_replications: Maximum number of replications for `precision`.
        confidence: Confidence of the intervals.
        seed: Seed of all random streams; by default the seed of the scenario.
        jobs: Number of threads; by default the number of processors.
        progress: Function that receives the completed share and the number of events.
        client: Dask client; its workers simulate the replications.
        in_flight: Number of replications that are submitted to Dask at the same time.

    Raises:
        ScenarioError: The scenario is invalid.
        RequestError: An argument is invalid.
        RunError: The simulation has no valid result.
        ClusterError: The cluster cannot be used.

    >>> found = run("quickstart", {"cohort.*.clients": 50, "duration": "5h"})
    >>> found.verdict.answer
    'yes'
    >>> found.metrics.latency_p95_s < 1.0
    True
    """
    count, target = _replications(replications, precision, metric, max_replications)
    confidence = _checks.open_share("confidence", confidence)
    jobs, progress = _conditions(jobs, progress)
    loaded = scenario(source, values, seed)
    with connected(client, in_flight) as broker:
        found = _core.run(
            loaded._core, loaded._argument, count, target, confidence, jobs, progress, broker
        )
    return Run(found)


def replicate(source: ScenarioSource, count: int = 10, **options: Any) -> Run:
    """Simulate independent replications: `run` with `replications=count`.

    >>> found = replicate(
    ...     "quickstart", 3, values={"cohort.*.clients": 50, "duration": "5h"}
    ... )
    >>> low, high = found.metrics.interval("latency_p95_s")
    >>> low < found.metrics.latency_p95_s < high
    True
    """
    values = options.pop("values", None)
    return run(source, values, replications=_checks.integer("count", count, 1), **options)


def compare(
    first: ScenarioSource,
    second: ScenarioSource | None = None,
    values: Mapping[str, Any] | None = None,
    *,
    replications: int | None = None,
    precision: float | None = None,
    metric: str = "latency_p95_s",
    max_replications: int = 200,
    confidence: float = 0.95,
    relevant: float = 0.01,
    seed: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    client: Client | None = None,
    in_flight: int | None = None,
) -> Comparison:
    """Compare two scenarios with common random numbers.

    Args:
        first: First scenario.
        second: Second scenario; by default the first one.
        values: Values that replace those of the second scenario, by path.
        replications: Number of pairs of replications; by default 10.
        precision: Add pairs until the half-width of the difference of `metric`, as a share of the
            mean of the first scenario, is at most this value.
        metric: Metric of `precision`.
        max_replications: Maximum number of pairs for `precision`.
        confidence: Joint confidence of the intervals.
        relevant: Smallest relevant difference, as a share of the mean of the first scenario.
        seed: Seed of all random streams in both scenarios.
        jobs: Number of threads.
        progress: Function that receives the completed share and the number of events.
        client: Dask client; its workers simulate the replications.
        in_flight: Number of replications that are submitted to Dask at the same time.

    Raises:
        ScenarioError: A scenario is invalid.
        RequestError: An argument is invalid.

    >>> small = {"cohort.*.clients": 50, "duration": "5h"}
    >>> today = scenario("quickstart", small)
    >>> found = compare(today, values={"gateway.main.instances": 4}, replications=2)
    >>> found.differences.cost_per_month > 0
    True
    """
    count, target = _replications(replications, precision, metric, max_replications, minimum=2)
    confidence = _checks.open_share("confidence", confidence)
    relevant = _checks.share_below_one("relevant", relevant)
    jobs, progress = _conditions(jobs, progress)
    one = scenario(first, None, seed)
    other = scenario(first if second is None else second, values, seed)
    with connected(client, in_flight) as broker:
        found = _core.compare(
            one._core,
            other._core,
            count,
            target,
            confidence,
            relevant,
            ([], overrides(values)),
            jobs,
            progress,
            broker,
        )
    return Comparison(found)


def sweep(
    source: ScenarioSource,
    vary: Mapping[str, Values] | Iterable[str],
    values: Mapping[str, Any] | None = None,
    *,
    design: str = "grid",
    points: int | None = None,
    replications: int = 10,
    confidence: float = 0.95,
    metrics: Sequence[str] = ("latency_p95_s",),
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    seed: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    client: Client | None = None,
    in_flight: int | None = None,
) -> Sweep:
    """Simulate many variants of a scenario.

    Args:
        source: The scenario.
        vary: Values of each factor by path: a list, a range, or text such as `2..16`.
        values: Values that replace those of the scenario at all points, by path.
        design: `grid` for every combination, `latin` for `points` random points, or
            `one-at-a-time`.
        points: Number of points for `latin`.
        replications: Number of replications of each point.
        confidence: Confidence of the intervals.
        metrics: Metrics that the text and the charts show. The tables contain all metrics.
        out: Folder for the journal and all result files. They have the same bytes as those of the
            command `cmgsim sweep`, which can also resume the sweep.
        resume: Continue the sweep in `out`, if it was begun there. Without `resume`, the new sweep
            replaces the files of an earlier one.
        seed: Seed of all random streams.
        jobs: Number of threads.
        progress: Function that receives the completed share and the number of events.
        client: Dask client; its workers simulate the replications.
        in_flight: Number of replications that are submitted to Dask at the same time.

    Raises:
        ScenarioError: A point is an invalid scenario.
        RequestError: An argument is invalid.
        FolderError: The folder cannot be used, or `resume` finds another sweep in it.
        ClusterError: The cluster cannot be used.

    >>> small = {"cohort.*.clients": 50, "duration": "5h"}
    >>> found = sweep("quickstart", {"gateway.main.instances": [2, 4]}, small, replications=2)
    >>> len(found.tables["replications"])
    4
    """
    if resume and out is None:
        raise RequestError("resume needs the folder of the sweep: out")
    factors = _factors("vary", vary)
    if not factors:
        raise RequestError("vary is empty; name at least one value to vary")
    replications = _checks.integer("replications", replications, 1)
    points = _checks.optional_integer("points", points, 1)
    confidence = _checks.open_share("confidence", confidence)
    shown = _checks.metrics(metrics)
    jobs, progress = _conditions(jobs, progress)
    loaded = scenario(source, values, seed)
    with connected(client, in_flight) as broker:
        found = _core.sweep(
            loaded._core,
            factors,
            design,
            points,
            replications,
            confidence,
            shown,
            out,
            resume,
            jobs,
            progress,
            broker,
        )
    return Sweep(found)


def size(
    source: ScenarioSource,
    find: Mapping[str, Values] | Iterable[str] = (),
    values: Mapping[str, Any] | None = None,
    *,
    prices: Mapping[str, float] | None = None,
    quota: int | None = None,
    loss: str = "at-busiest",
    confidence: float = 0.95,
    first: int = 2,
    maximum: int = 40,
    seed: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    client: Client | None = None,
    in_flight: int | None = None,
) -> Sizing:
    """Find the cheapest design that meets the objectives of a scenario.

    Args:
        source: The scenario, with objectives in `[slo]`.
        find: Values to choose from, by path; by default sizes and numbers of all components.
        values: Values that replace those of the scenario, by path.
        prices: Price per month of one more component, by path.
        quota: Maximum number of vCPU cores of the gateways.
        loss: Loss of components during which the objectives must be met: `at-busiest`, `none`, or
            a time.
        confidence: One minus the maximum probability that the answer fails an objective.
        first: Number of replications of the first evaluation that may accept a design.
        maximum: Number of replications after which a design is undecided.
        seed: Seed of all random streams.
        jobs: Number of threads.
        progress: Function that receives the completed share and the number of events.
        client: Dask client; its workers simulate the replications.
        in_flight: Number of replications that are submitted to Dask at the same time.

    Raises:
        ScenarioError: The scenario is invalid.
        RequestError: The scenario has no objectives, or an argument is invalid.
    """
    factors = _factors("find", find)
    costs = [
        f"{path}={toml_value(path, price)}"
        for path, price in _checks.mapping("prices", prices).items()
    ]
    quota = _checks.optional_integer("quota", quota, 1)
    confidence = _checks.open_share("confidence", confidence)
    maximum = _checks.integer("maximum", maximum, 10, 10_000)
    first = _checks.integer("first", first, 1, maximum)
    jobs, progress = _conditions(jobs, progress)
    loaded = scenario(source, values, seed)
    with connected(client, in_flight) as broker:
        found = _core.size(
            loaded._core,
            factors,
            costs,
            quota,
            loss,
            confidence,
            first,
            maximum,
            jobs,
            progress,
            broker,
        )
    return Sizing(found)


def sensitivity(
    source: ScenarioSource,
    metrics: Sequence[str] = ("latency_p95_s",),
    values: Mapping[str, Any] | None = None,
    *,
    method: str = "screening",
    only: Sequence[str] = (),
    replications: int | None = None,
    threshold: float = 0.05,
    miss_risk: float = 0.125,
    budget: int = 130,
    trajectories: int = 10,
    tipping_point_steps: int = 6,
    confidence: float = 0.95,
    seed: int | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    client: Client | None = None,
    in_flight: int | None = None,
) -> Sensitivity:
    """Rank the assumed parameters of a scenario by their effect on metrics.

    Args:
        source: The scenario.
        metrics: Metrics to evaluate.
        values: Values that replace those of the scenario, by path.
        method: `screening`, `one-at-a-time` or `morris`.
        only: Vary only parameters whose path contains one of these patterns.
        replications: Number of replications of each point.
        threshold: Screening: smallest relevant change, as a share of the mean of a metric.
        miss_risk: Screening: maximum probability of missing a parameter whose effect is at least
            twice the threshold.
        budget: Screening: maximum work, in replications of the scenario.
        trajectories: Morris: number of trajectories.
        tipping_point_steps: Number of steps of the search for a tipping point.
        confidence: Joint confidence of the intervals of a metric.
        seed: Seed of all random streams.
        jobs: Number of threads.
        progress: Function that receives the completed share and the number of events.
        client: Dask client; its workers simulate the replications.
        in_flight: Number of replications that are submitted to Dask at the same time.

    Raises:
        ScenarioError: The scenario is invalid.
        RequestError: An argument is invalid, or no parameter can be varied.
    """
    names = _checks.metrics(metrics)
    patterns = _checks.texts("only", only)
    count = _checks.optional_integer("replications", replications, 1)
    threshold = _checks.open_share("threshold", threshold)
    miss_risk = _checks.open_share("miss_risk", miss_risk)
    budget = _checks.integer("budget", budget, 1)
    trajectories = _checks.integer("trajectories", trajectories, 2, 10_000)
    steps = _checks.integer("tipping_point_steps", tipping_point_steps, 0, 30)
    confidence = _checks.open_share("confidence", confidence)
    jobs, progress = _conditions(jobs, progress)
    loaded = scenario(source, values, seed)
    with connected(client, in_flight) as broker:
        found = _core.sensitivity(
            loaded._core,
            names,
            method,
            patterns,
            count,
            threshold,
            miss_risk,
            budget,
            trajectories,
            steps,
            confidence,
            jobs,
            progress,
            broker,
        )
    return Sensitivity(found)


def report(folder: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> str:
    """Write the HTML page of a results folder, as the command `cmgsim report` does.

    Args:
        folder: Folder of a run or a study.
        out: File to write; by default `report.html` in the folder.

    Returns:
        The path of the page.

    Raises:
        FolderError: The page cannot be written; the command prints the reason.
    """
    page = os.fspath(out) if out is not None else os.path.join(folder, "report.html")
    arguments = ["cmgsim", "report", os.fspath(folder), "--quiet", "--out", page]
    code = _core.main(arguments, lambda address: None)
    if code != 0:
        raise FolderError(f"cannot write the page of {os.fspath(folder)} (exit code {code})")
    return page
