"""Results of studies: answer, metrics, tables and charts."""

from __future__ import annotations

import html
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmgsim import _checks, _core

if TYPE_CHECKING:
    import pandas
    import polars


class Table:
    """A table of a result.

    Libraries that support the Arrow PyCapsule interface read it without a copy:
    `polars.DataFrame(table)`, `pyarrow.table(table)`, or a DuckDB query over the variable.
    """

    def __init__(self, core: _core.Table) -> None:
        self._core = core

    @property
    def name(self) -> str:
        """Name of the table, which is also the name of its file."""
        return self._core.name

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [name for name, _, _ in self._core.columns]

    def describe(self) -> dict[str, str]:
        """Return the meaning of each column, with its unit."""
        return {
            name: f"{meaning} [{unit}]" if unit else meaning
            for name, unit, meaning in self._core.columns
        }

    def __len__(self) -> int:
        return len(self._core)

    def __arrow_c_schema__(self) -> object:
        return self._core.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table as a pandas data frame. Requires pandas and pyarrow."""
        try:
            import pyarrow
        except ImportError as error:
            hint = 'to_pandas needs pandas and pyarrow: pip install "cmgsim[pandas]"'
            raise ImportError(hint) from error

        frame: pandas.DataFrame = pyarrow.table(self).to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """Return the table as a polars data frame. Requires polars."""
        import polars

        return polars.DataFrame(self)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} rows, {len(self.columns)} columns>"


class Chart:
    """A chart of a result. A notebook shows it as SVG."""

    def __init__(self, core: _core.Outcome, name: str, title: str) -> None:
        self._core = core
        self.name = name
        self.title = title

    @property
    def svg(self) -> str:
        """The chart as an SVG document."""
        return self._core.svg(self.name)

    def png(self, width: int = 1200, height: int = 675) -> bytes:
        """Return the chart as a PNG image, for a size in pixels as in `--chart-size`.

        The image is a third larger than the size in each direction, as are the PNG files of the
        command.
        """
        width = _checks.integer("width", width, 1, 100_000)
        height = _checks.integer("height", height, 1, 100_000)
        return self._core.png(self.name, width, height)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the chart to a file, whose name ends with `.svg` or `.png`."""
        file = Path(path)
        if file.suffix == ".svg":
            file.write_text(self.svg, encoding="utf-8")
        elif file.suffix == ".png":
            file.write_bytes(self.png())
        else:
            raise ValueError(f"the name of a chart file ends with .svg or .png, not {file.name}")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Chart {self.name}: {self.title}>"


def _fitted(svg: str) -> str:
    """Return an SVG image that is not wider than its element."""
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return a message about an unknown name, with all known names."""
    return f"this result has no {what} {name!r}; it has {', '.join(known)}"


class Tables(Mapping[str, Table]):
    """Tables of a result by name."""

    def __init__(self, core: _core.Outcome) -> None:
        self._core = core

    def __getitem__(self, name: str) -> Table:
        if name not in self._core.table_names:
            raise KeyError(_unknown("table", name, self))
        return Table(self._core.table(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._core.table_names)

    def __len__(self) -> int:
        return len(self._core.table_names)

    def __repr__(self) -> str:
        return f"<Tables: {', '.join(self)}>"


class Charts(Mapping[str, Chart]):
    """Charts of a result by name."""

    def __init__(self, core: _core.Outcome) -> None:
        self._core = core
        self._titles = dict(core.charts)

    def __getitem__(self, name: str) -> Chart:
        if name not in self._titles:
            raise KeyError(_unknown("chart", name, self))
        return Chart(self._core, name, self._titles[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._titles)

    def __len__(self) -> int:
        return len(self._titles)

    def __repr__(self) -> str:
        return f"<Charts: {', '.join(self)}>"


class Metrics(Mapping[str, float]):
    """Metrics by name, as items and as attributes.

    With several replications, a value is the mean over replications. A metric without a value is
    NaN. `units` has the unit of each metric.
    """

    def __init__(self, core: _core.Outcome) -> None:
        self._values = {name: value for name, _, value, _ in core.metrics}
        self._half_widths = {name: width for name, _, _, width in core.metrics}
        self.units = {name: unit for name, unit, _, _ in core.metrics}

    def __getitem__(self, name: str) -> float:
        if name not in self._values:
            raise KeyError(f"no metric {name!r}; cmgsim.metrics() lists all metrics")
        return self._values[name]

    def __getattr__(self, name: str) -> float:
        if not name.startswith("_") and name in self._values:
            return self._values[name]
        raise AttributeError(f"no metric {name!r}; cmgsim.metrics() lists all metrics")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self._values if name.isidentifier())]

    def interval(self, name: str) -> tuple[float, float]:
        """Return the confidence interval of a metric; NaN without one."""
        width = self._half_widths[name]
        width = math.nan if width is None else width
        return self._values[name] - width, self._values[name] + width

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Metrics: {len(self)} metrics>"


class Result:
    """Result of a study."""

    def __init__(self, core: _core.Outcome) -> None:
        self._core = core

    @cached_property
    def _document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._core.json)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries: the content of the JSON file of the command."""
        found: dict[str, Any] = json.loads(self._core.json)
        return found

    def to_json(self) -> str:
        """Return the JSON document of the command, with the same bytes."""
        return self._core.json

    @property
    def answer(self) -> str:
        """The answer in one or two sentences."""
        return str(self._document.get("answer", ""))

    @property
    def is_complete(self) -> bool:
        """Whether the study was not stopped early."""
        return self._core.is_complete

    @property
    def text(self) -> str:
        """The text that the command prints."""
        return self._core.text

    @property
    def tables(self) -> Tables:
        """Tables by name."""
        return Tables(self._core)

    @cached_property
    def charts(self) -> Charts:
        """Charts by name."""
        return Charts(self._core)

    def report(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the result as one HTML page, and write it to a file if a path is given."""
        page = self._core.page()
        if path is not None:
            Path(path).write_bytes(page)
        return page.decode()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.answer}>"

    def _shown(self) -> list[str]:
        """Return the names of the charts that a notebook shows."""
        return list(self.charts)[:2]

    def _repr_html_(self) -> str:
        charts = "".join(
            f'<div style="max-width:52em">{_fitted(self.charts[name].svg)}</div>'
            for name in self._shown()
        )
        return f"<p><strong>{html.escape(self.answer)}</strong></p>{charts}"


@dataclass(frozen=True)
class Verdict:
    """Verdict on a run.

    Attributes:
        answer: `yes`, `yes-but`, `no` or `undecided`.
        statement: The answer as one sentence.
        reasons: Reasons, the most important first.
        enough: What would be enough, as one sentence; may be empty.
        certainty: How certain the answer is, as one sentence.
    """

    answer: str
    statement: str
    reasons: tuple[str, ...]
    enough: str
    certainty: str


class Run(Result):
    """Result of one scenario, with one or several replications."""

    @cached_property
    def metrics(self) -> Metrics:
        """Metrics by name."""
        return Metrics(self._core)

    @property
    def verdict(self) -> Verdict:
        """Whether the design is enough, and why."""
        found = self._document["verdict"]
        return Verdict(
            answer=found["answer"],
            statement=found["statement"],
            reasons=tuple(one["sentence"] for one in found["reasons"]),
            enough=found.get("enough") or "",
            certainty=found.get("certainty") or "",
        )

    @property
    def answer(self) -> str:
        """The verdict as text."""
        verdict = self.verdict
        return f"{verdict.answer.replace('-', ', ').capitalize()}: {verdict.statement}"

    def _shown(self) -> list[str]:
        shown = [name for name in ("requests", "latency", "connections") if name in self.charts]
        return shown or super()._shown()

    def _repr_html_(self) -> str:
        verdict = self.verdict
        lines = [*verdict.reasons, verdict.enough, verdict.certainty]
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines if line)
        charts = super()._repr_html_()
        head, _, rest = charts.partition("</p>")
        return f"{head}</p><ul>{items}</ul>{rest}"


class Comparison(Result):
    """Result of a comparison. Metrics are differences: second scenario minus first."""

    @cached_property
    def differences(self) -> Metrics:
        """Differences of all metrics: second scenario minus first."""
        return Metrics(self._core)

    def change(self, metric: str) -> str:
        """Return the verdict on a metric, for example `better` or `no-relevant-difference`."""
        for one in self._document["metrics"]:
            if one["name"] == metric:
                return str(one["change"])
        raise KeyError(metric)


class Sweep(Result):
    """Result of a sweep.

    `tables["points"]` has a row per metric and point, and `tables["replications"]` has a row per
    replication.
    """


class Sizing(Result):
    """Result of a sizing."""

    @property
    def answer(self) -> str:
        """The answer in one or two sentences."""
        found = self._document
        return str(found.get("answer") or found.get("sentence") or "")

    @property
    def design(self) -> dict[str, str] | None:
        """Values of the cheapest design that meets the objectives, by path; `None` without one."""
        found = self._document.get("design")
        if not found:
            return None
        paths = [one["path"] for one in self._document["dimensions"]]
        return dict(zip(paths, found["values"], strict=True))


class Sensitivity(Result):
    """Result of a sensitivity study."""
