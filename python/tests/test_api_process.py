"""Test threads, signals, processes and the command."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import cmgsim
import pytest
from conftest import SMALL, command_path

def test_progress_receives_rising_shares() -> None:
    seen: list[tuple[float, int]] = []
    scenario = cmgsim.Scenario("quickstart", SMALL | {"cohort.*.clients": 3_000})
    found = cmgsim.run(
        scenario, replications=3, progress=lambda share, events: seen.append((share, events))
    )
    assert found.is_complete
    shares = [share for share, _ in seen]
    assert len(set(shares)) > 2
    assert shares == sorted(shares)
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert [events for _, events in seen] == sorted(events for _, events in seen)


def test_an_exception_of_progress_stops_the_study() -> None:
    calls = 0

    def fail(share: float, events: int) -> None:
        nonlocal calls
        calls += 1
        raise LookupError("enough")

    start = time.monotonic()
    with pytest.raises(LookupError, match="enough"):
        cmgsim.run("quickstart", {"duration": "20d"}, replications=500, progress=fail)
    assert calls == 1
    assert time.monotonic() - start < 20


def test_other_threads_run_during_a_study() -> None:
    stop = threading.Event()
    count = 0

    def count_up() -> None:
        nonlocal count
        while not stop.wait(0.001):
            count += 1

    thread = threading.Thread(target=count_up)
    thread.start()
    try:
        before = count
        cmgsim.run("quickstart", SMALL | {"cohort.*.clients": 3_000}, replications=3, jobs=1)
        counted = count - before
    finally:
        stop.set()
        thread.join()
    assert counted > 20


def test_studies_in_two_threads_have_the_results_of_one() -> None:
    scenario = cmgsim.Scenario("quickstart", SMALL)
    expected = [cmgsim.run(scenario, seed=seed).to_json() for seed in range(4)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda seed: cmgsim.run(scenario, seed=seed).to_json(), range(4))
    assert list(found) == expected


def result_of_seed(seed: int) -> str:
    """Simulate in another process."""
    return cmgsim.run("quickstart", SMALL, seed=seed, replications=2).to_json()


def raise_in_process(_: int) -> None:
    """Raise an exception in another process."""
    cmgsim.Scenario("quickstart", {"gateway.main.instances": 99})


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_have_the_same_results(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    expected = [result_of_seed(seed) for seed in (1, 2)]
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        assert pool.map(result_of_seed, (1, 2)) == expected
        with pytest.raises(cmgsim.ScenarioError) as raised:
            pool.map(raise_in_process, [1])
    assert raised.value.code == "CMG0401"


INTERRUPTED = """
import time, cmgsim
scenario = cmgsim.Scenario("quickstart", {"duration": "60d"})
print("begun", flush=True)
try:
    cmgsim.run(scenario, replications=1000)
except KeyboardInterrupt:
    print("interrupted", time.monotonic(), flush=True)
print(cmgsim.run("quickstart", {"cohort.*.clients": 50, "duration": "5h"}).verdict.answer)
"""


@pytest.mark.skipif(os.name != "posix", reason="the signal is sent as on POSIX systems")
def test_ctrl_c_raises_keyboard_interrupt_within_a_second() -> None:
    arguments = [sys.executable, "-c", INTERRUPTED]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(1)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    word, _, at = process.stdout.readline().partition(" ")
    assert word == "interrupted"
    assert float(at) - sent < 1.0
    # The process can simulate again.
    assert process.stdout.readline() == "yes\n"
    assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["preset", "list"],
        ["run", "quickstart", "--set", "cohort.*.clients=50", "--out", "OUT", "--format", "json"],
        ["check", "missing.toml"],
        ["run", "--unknown-option"],
        ["explain", "CMG0201"],
        ["run", "quickstart", "--set", "gateway.main.instances=99", "--format", "json"],
        [],
    ],
)
def test_the_command_of_the_package_equals_the_binary(
    arguments: list[str], tmp_path: pathlib.Path
) -> None:
    arguments = [one.replace("OUT", str(tmp_path / "run")) for one in arguments]
    installed = os.path.join(os.path.dirname(sys.executable), "cmgsim")
    forms = [[command_path()], [installed], [sys.executable, "-m", "cmgsim"]]
    done = [subprocess.run([*form, *arguments], capture_output=True) for form in forms]
    assert len({one.returncode for one in done}) == 1, [one.stderr for one in done]
    assert len({one.stdout for one in done}) == 1
    assert len({one.stderr for one in done}) == 1


def test_the_version_is_that_of_the_command() -> None:
    done = subprocess.run([command_path(), "--version"], capture_output=True, text=True)
    assert done.stdout.split()[:2] == ["cmgsim", cmgsim.__version__]
    assert cmgsim.build().startswith(cmgsim.__version__)
