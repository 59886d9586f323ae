"""Run cmgsim and read its results. The notebooks use this module.

The environment variable `CMGSIM` sets the program; the default is the newest build in `target/`.
"""

import io
import json
import os
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass

import pandas

ROOT = pathlib.Path(__file__).resolve().parents[1]
UNDECIDED, VIOLATED = 6, 4


def binary():
    """Return the path of the program."""
    named = os.environ.get("CMGSIM")
    built = [ROOT / "target" / kind / "cmgsim" for kind in ("release", "debug")]
    there = [path for path in built if path.exists()]
    if not named and not there:
        raise FileNotFoundError("build it first: cargo build --release")
    return named or str(max(there, key=lambda path: path.stat().st_mtime))


@dataclass
class Results:
    """Results in a folder."""

    folder: pathlib.Path

    def json(self, name="summary.json"):
        """Read a JSON file in the folder."""
        return json.loads((self.folder / name).read_text())

    def table(self, name):
        """Read a table by name (`time_series` reads `time_series.csv`) and parse civil times."""
        table = pandas.read_csv(self.folder / f"{name}.csv")
        if "time_civil" in table:
            table["time_civil"] = pandas.to_datetime(table["time_civil"])
        return table


def cmgsim(verb, scenario, *arguments, may_fail=False):
    """Run a command and return its results. `scenario` is a name, a path, or TOML text.

    With `may_fail`, violated or undecided objectives do not raise an error.
    """
    out = pathlib.Path(tempfile.mkdtemp(prefix="cmgsim-")) / verb
    text = scenario if "\n" in scenario else None
    command = [binary(), verb, "-" if text else scenario, *map(str, arguments)]
    done = subprocess.run(
        [*command, "--quiet", "--out", str(out)], input=text, capture_output=True, text=True
    )
    allowed = {0, VIOLATED, UNDECIDED} if may_fail else {0}
    if done.returncode not in allowed:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return Results(out)


def printed(*arguments):
    """Run a command and return its output."""
    return subprocess.run(
        [binary(), *map(str, arguments)], capture_output=True, text=True, check=True
    ).stdout
