"""Fixtures of the tests of the package.

Set `CMGSIM` to the path of the command with which results are compared (default: the command of the
package).
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

# .ci/python tests report pages without the package; .ci/package tests the package without a browser.
collect_ignore_glob = []
if importlib.util.find_spec("cmgsim") is None:
    collect_ignore_glob.append("test_api_*.py")
if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob.append("test_report.py")

SMALL: dict[str, Any] = {"cohort.*.clients": 50, "duration": "5h"}
"""Overrides with which the quickstart takes a tenth of a second."""

SMALL_ARGUMENTS = ["--set", "cohort.*.clients=50", "--set", 'duration="5h"']
"""The same overrides for the command."""

LAB = """schema = 1
extends = "lab-b2s"
question = "How many lab instances do 25 devices need?"
duration = "2h"
cohort.test-group.clients = 25
prices.vm_hour = { B2s = 0.05 }

[slo]
time_over_limit_share = "1%"
latency_p95_s = "1 s"
"""
"""Scenario with objectives."""


def command_path() -> str:
    """Return the path of the command."""
    found = os.environ.get("CMGSIM")
    if not found:
        found = shutil.which("cmgsim", path=str(pathlib.Path(sys.executable).parent))
    assert found, "the command cmgsim is not installed"
    return found


@pytest.fixture(scope="session")
def command() -> Callable[..., str]:
    """Run the command and return its standard output."""

    def execute(*arguments: object, code: int = 0) -> str:
        texts = [command_path(), *(str(one) for one in arguments)]
        done = subprocess.run(texts, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout

    return execute
