#!/usr/bin/env python3
"""Measure the time until a user has an answer: complete commands of cmgsim on ten scenarios.

Every command runs in a separate process. The column "in runs" is its processor time divided by the
processor time of `cmgsim run` on the same scenario. This ratio is comparable between machines. The
table also contains times, events, replications, designs and the answer. A change that only improves
speed must not change events, replications, designs or the answer. Requires only Python 3.10 and
Linux or macOS (`os.wait4`).

    cargo build --release
    python3 benches/decisions/decisions.py                        # all scenarios, an hour or more
    python3 benches/decisions/decisions.py --only quickstart      # about ten minutes
    python3 benches/decisions/decisions.py --only quickstart --verb size --against OTHER/cmgsim
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

OBJECTIVES = {"latency_p95_s": '"1 s"', "failure_share": '"0.1%"', "time_over_limit_share": '"5%"'}

# Embedded scenarios with their first gateway, connection point and management point.
SCENARIOS = {
    "quickstart": ("main", "cp", "mp"),
    "certificates": ("main", "cp", "mp"),
    "connection-point-outage": ("main", "cp", "mp"),
    "ibcm-coexistence": ("main", "cp", "mp"),
    "lab-b2s": ("lab", "cp", "mp"),
    "monday-morning": ("main", "cp", "mp"),
    "over-the-limit": ("main", "cp", "mp"),
    "patch-tuesday": ("main", "cp", "mp"),
    "two-cmgs-two-regions": ("west", "west", "mp"),
    "vpn-to-cmg": ("main", "cp", "mp"),
}

# The full table of `sensitivity` requires over 1,000 runs, so it is measured only for a scenario
# with short runs.
FULL_TABLE = {"lab-b2s"}


@dataclass
class Verb:
    """A command of the program, and the file with its result."""

    name: str
    arguments: list[str]
    document: str = ""
    exit_codes: tuple[int, ...] = (0,)
    settings: dict[str, str] = field(default_factory=dict)


def verbs(scenario: str) -> list[Verb]:
    """Return the commands to measure on a scenario."""
    gateway, point, management = SCENARIOS[scenario]
    narrow = [
        f"--find=gateway.{gateway}.instances=1..8",
        f"--find=connection_point.{point}.count=1..4",
    ]
    found = [
        # "No design meets the objectives" is a valid answer.
        Verb("size", ["size", scenario], "size.json", (0, 4), OBJECTIVES),
        Verb("size, narrow", ["size", scenario, *narrow], "size.json", (0, 4), OBJECTIVES),
        Verb("sensitivity", ["sensitivity", scenario], "sensitivity.json"),
        Verb(
            "compare to 5 %",
            ["compare", scenario, f"--set-b=gateway.{gateway}.instances=4", "--precision=5%"],
            "comparison.json",
            (0, 6),
        ),
        Verb("run to 2 %", ["run", scenario, "--precision=2%"], "summary.json", (0, 6)),
        Verb(
            "sweep of 32",
            [
                "sweep",
                scenario,
                f"--vary=gateway.{gateway}.instances=1..8",
                f"--vary=management_point.{management}.count=1..4",
                "--replications=1",
            ],
            "manifest.json",
        ),
    ]
    if scenario in FULL_TABLE:
        full = ["sensitivity", scenario, "--method=one-at-a-time"]
        found.insert(3, Verb("sensitivity, full table", full, "sensitivity.json"))
    if scenario == "quickstart":
        found.append(Verb("validate", ["validate", "--replications=4"]))
    return found


@dataclass
class Timed:
    """Times and output of a process."""

    cpu: float
    wall: float
    memory: int
    exit_code: int
    errors: str
    document: dict
    manifest: dict


def timed(program: str, verb: Verb, jobs: int, limit: float) -> Timed:
    """Run a command once and delete its results."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [program, *verb.arguments]
        if verb.arguments[0] != "validate":
            command.append(f"--out={out}")
        for name, value in verb.settings.items():
            command += ["--set", f"slo.{name}={value}"]
        environment = {**os.environ, "CMGSIM_JOBS": str(jobs)}
        with tempfile.TemporaryFile() as errors:
            started = time.monotonic()
            child = subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=environment,
                cwd=folder,
            )
            status, usage = wait(child.pid, started + limit)
            wall = time.monotonic() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            text = errors.read().decode()
        read = lambda name: json.loads(path.read_text()) if (path := out / name).is_file() else {}
        unit = 1024 if sys.platform.startswith("linux") else 1
        return Timed(
            usage.ru_utime + usage.ru_stime,
            wall,
            usage.ru_maxrss * unit,
            child.returncode,
            text,
            read(verb.document) if verb.document else {},
            read("manifest.json"),
        )


def wait(pid: int, deadline: float):
    """Wait for a process; at the deadline, interrupt it as Ctrl-C does."""
    is_asked = False
    while True:
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            return status, usage
        if not is_asked and time.monotonic() > deadline:
            os.kill(pid, 2)
            is_asked = True
        time.sleep(0.01)


def answer(verb: Verb, found: Timed) -> str:
    """Return a short form of the answer of a command."""
    document = found.document
    if found.exit_code == 130:
        return "unfinished"
    match verb.name.split(",")[0]:
        case "size":
            chosen = document.get("design")
            return " ".join(chosen["values"]) if chosen else "no design meets the objectives"
        case "sensitivity":
            effects = document.get("effects", [])
            matter = [one["parameter"] for one in effects if one["swing"]["is_detectable"]]
            return f"{len(matter)} matter: " + ", ".join(matter[:5])
        case "compare to 5 %":
            found = [one for one in document["metrics"] if one["name"] == "latency_p95_s"]
            return f"latency_p95_s {found[0]['difference']:+.4f} s" if found else "?"
        case "run to 2 %":
            precision = document["replicated"]["precision"]
            return "reached" if precision["is_reached"] else "not reached"
        case _:
            return f"exit code {found.exit_code}"


def replications(verb: Verb, found: Timed) -> str:
    """Return the number of replications; empty if the document does not contain it."""
    document = found.document
    match verb.name.split(",")[0]:
        case "size":
            return f"{document.get('replications', '')}"
        case "compare to 5 %":
            return f"{2 * document.get('replications', 0)}"
        case "run to 2 %":
            return f"{document['replicated']['count']}" if "replicated" in document else ""
        case _:
            return ""


def first_answer(found: Timed) -> str:
    """Return the number of replications until the first design met all objectives in screening."""
    best = re.search(r"best so far .* after .* and ([\d,]+) replications", found.errors)
    return best.group(1) if best else ""


def rows(program: str, scenario: str, wanted: list[str], limit: float):
    """Yield the table rows: the median of three runs, then each command relative to this median."""
    run = Verb("run", ["run", scenario], "summary.json", (0, 4, 6))
    once = [timed(program, run, 1, limit) for _ in range(3)]
    unit = statistics.median(one.cpu for one in once)
    yield ["run", "1.0", f"{unit:.2f}", "", "", "", "1", "", "", ""]
    for verb in verbs(scenario):
        if wanted and not any(verb.name.startswith(name) for name in wanted):
            continue
        one = timed(program, verb, 1, limit)
        two = timed(program, verb, 2, limit)
        if one.exit_code not in (*verb.exit_codes, 130):
            print(f"{verb.name} of {scenario} failed:\n{one.errors}", file=sys.stderr)
            yield [verb.name, *[""] * 8, f"failed with {one.exit_code}"]
            continue
        designs = one.document.get("simulated", "") if verb.name.startswith("size") else ""
        yield [
            verb.name,
            f"{one.cpu / unit:.1f}",
            f"{one.cpu:.1f}",
            f"{one.wall:.1f}",
            f"{two.wall:.1f}",
            f"{one.manifest.get('events', 0) / 1e6:.0f}",
            replications(verb, one),
            f"{designs}",
            first_answer(one) if verb.name.startswith("size") else "",
            answer(verb, one),
        ]


HEADER = [
    "command",
    "in runs",
    "processor s",
    "wall s, 1 thread",
    "wall s, 2 threads",
    "million events",
    "replications",
    "designs",
    "replications to first result",
    "result",
]


def main() -> int:
    """Print one table per scenario."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", default="target/release/cmgsim")
    parser.add_argument("--against", help="another build of the program to measure for comparison")
    parser.add_argument("--only", action="append", choices=SCENARIOS, metavar="SCENARIO")
    parser.add_argument(
        "--verb",
        action="append",
        default=[],
        help="run only commands whose names start with VERB",
    )
    parser.add_argument("--limit", type=float, default=3600, help="limit per command in seconds")
    chosen = parser.parse_args()
    programs = [chosen.program, *([chosen.against] if chosen.against else [])]
    for scenario in chosen.only or SCENARIOS:
        for program in programs:
            program = str(Path(program).resolve())
            print(f"\n**{scenario}** ({program})\n", flush=True)
            print("| " + " | ".join(HEADER) + " |")
            print("|---" * len(HEADER) + "|")
            for row in rows(program, scenario, chosen.verb, chosen.limit):
                print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
