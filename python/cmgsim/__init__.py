"""cmgsim: simulator of Configuration Manager's cloud management gateway (CMG) at scale.

>>> import cmgsim
>>> found = cmgsim.run("quickstart", {"cohort.*.clients": 50, "duration": "5h"})
>>> found.verdict.answer
'yes'
"""

from cmgsim._core import build
from cmgsim._errors import (
    ClusterError,
    Error,
    FolderError,
    Problem,
    RequestError,
    RunError,
    ScenarioError,
    StoppedError,
    WorkerError,
)
from cmgsim._results import (
    Chart,
    Charts,
    Comparison,
    Metrics,
    Result,
    Run,
    Sensitivity,
    Sizing,
    Sweep,
    Table,
    Tables,
    Verdict,
)
from cmgsim._scenario import Scenario, ScenarioSource, metrics, presets
from cmgsim._studies import compare, replicate, report, run, sensitivity, size, sweep

__version__ = build().split(" ")[0]

__all__ = [
    "Chart",
    "Charts",
    "ClusterError",
    "Comparison",
    "Error",
    "FolderError",
    "Metrics",
    "Problem",
    "RequestError",
    "Result",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "ScenarioSource",
    "Sensitivity",
    "Sizing",
    "StoppedError",
    "Sweep",
    "Table",
    "Tables",
    "Verdict",
    "WorkerError",
    "build",
    "compare",
    "metrics",
    "presets",
    "replicate",
    "report",
    "run",
    "sensitivity",
    "size",
    "sweep",
]
