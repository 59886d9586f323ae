"""Exceptions of the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


class Error(Exception):
    """Base class of all exceptions of cmgsim."""


class RequestError(Error, ValueError):
    """The request is not possible: an argument, or its combination with the scenario."""


class RunError(Error):
    """A simulation has no valid result."""


class FolderError(Error):
    """A folder cannot be used for the results, or a journal belongs to another sweep."""


class StoppedError(Error):
    """The study was stopped before it had a result."""


class ClusterError(Error):
    """A cluster cannot be used: for example, its workers have another version of cmgsim."""


class WorkerError(ClusterError):
    """A worker refused a unit of work, because it has another version of cmgsim."""


@dataclass(frozen=True)
class Problem:
    """A problem or a warning of a scenario.

    Attributes:
        code: Stable code, for example `CMG0201`; `cmgsim explain CMG0201` explains it.
        severity: `error` or `warning`.
        message: What is wrong.
        file: Name of the file, of the embedded scenario or of the override; `None` if the problem
            has no position.
        line: Line in the file, from 1.
        column: Column in the line, from 1.
        label: Remark about the position.
        help: What to do.
    """

    code: str
    severity: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    label: str | None
    help: str | None


def problems(text: str) -> list[Problem]:
    """Read problems from a JSON array."""
    found: list[dict[str, Any]] = json.loads(text)
    return [
        Problem(
            code=one["code"],
            severity=one["severity"],
            message=one["message"],
            file=one.get("file"),
            line=one.get("line"),
            column=one.get("column"),
            label=one.get("label"),
            help=one.get("help"),
        )
        for one in found
    ]


class ScenarioError(Error):
    """The scenario is invalid.

    The attributes `code`, `file`, `line` and `column` describe the first problem.

    Attributes:
        problems: All problems of the scenario.
    """

    def __init__(self, message: str, problems_json: str = "[]") -> None:
        super().__init__(message, problems_json)
        self.message = message
        self.problems = problems(problems_json)

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        lines = self.message.splitlines() or [""]
        return f"ScenarioError({lines[0]!r})"

    @property
    def code(self) -> str:
        """Code of the first problem."""
        return self.problems[0].code if self.problems else ""

    @property
    def file(self) -> str | None:
        """File of the first problem."""
        return self.problems[0].file if self.problems else None

    @property
    def line(self) -> int | None:
        """Line of the first problem."""
        return self.problems[0].line if self.problems else None

    @property
    def column(self) -> int | None:
        """Column of the first problem."""
        return self.problems[0].column if self.problems else None
