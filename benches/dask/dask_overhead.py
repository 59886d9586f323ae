"""Measure studies on a Dask cluster on this machine against the same studies without Dask.

Starts a scheduler and two workers as separate processes, and repeats each pair of measurements in
alternating order. Prints medians. CPU times include this process, the scheduler and the workers,
so they depend less on other load than wall times.

    python3 benches/dask/dask_overhead.py                        # all measurements
    python3 benches/dask/dask_overhead.py --only units --repeat 3
    python3 benches/dask/dask_overhead.py --only tables --cmgsim target/release/cmgsim

The conversion of tables needs a program that was built with the feature `parquet`.
"""

import argparse
import contextlib
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import distributed
import psutil

import cmgsim
from cmgsim import _core

WORKERS = 2
QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}
# Clients of the quickstart, and number of replications.
LENGTHS = {"0.05 s": (400, 100), "0.5 s": (4_000, 10), "5 s": (40_000, 4)}
TINY = ("lab-b2s", {"duration": "1min", "warm_up": "0s"})


class Cluster:
    """Scheduler and workers, each a process."""

    def __init__(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory()
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", str(port))
        address = f"tcp://127.0.0.1:{port}"
        self.workers = [
            self.start("worker", address, "--nthreads", "1", "--no-nanny")
            for _ in range(WORKERS)
        ]
        self.client = distributed.Client(address, timeout=60, set_as_default=False)
        self.client.wait_for_workers(WORKERS, timeout=60)

    def start(self, name, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *arguments]
        return psutil.Popen(
            [*command, "--no-dashboard"], cwd=self.folder.name, env=os.environ | QUIET,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def close(self):
        self.client.close()
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()
        self.folder.cleanup()

    def cpu(self):
        """Return the CPU times of submitter, scheduler and workers."""
        groups = [[psutil.Process()], [self.scheduler], self.workers]
        return [sum(sum(one.cpu_times()[:2]) for one in group) for group in groups]


def measured(cluster, work):
    """Return the wall time and the CPU times of submitter, scheduler and workers."""
    before, start = cluster.cpu(), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    return [wall, *(now - then for now, then in zip(cluster.cpu(), before, strict=True))]


def medians(rows):
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def sweep(source, values, count, **options):
    """Simulate `count` replications of one point. Nothing else is simulated in this process."""
    path = "gateway.main.instances=2" if source == "quickstart" else "gateway.lab.instances=2"
    return cmgsim.sweep(source, [path], values, replications=count, **options)


def overhead(cluster, repeat):
    print("replication | without Dask s | Dask s | ratio | CPU without ms | CPU Dask ms | extra ms")
    for name, (clients, count) in LENGTHS.items():
        values = {"cohort.*.clients": clients, "duration": "5h"}
        alone, dask = [], []
        for turn in range(repeat):
            pair = [
                (alone, {"jobs": WORKERS}),
                (dask, {"client": cluster.client}),
            ]
            for rows, options in pair if turn % 2 == 0 else reversed(pair):
                rows.append(
                    measured(cluster, lambda: sweep("quickstart", values, count, **options))
                )
        pairs = list(zip(alone, dask, strict=True))
        ratio = statistics.median(d[0] / a[0] for a, d in pairs)
        (wall_a, *cpu_a), (wall_d, *cpu_d) = medians(alone), medians(dask)
        cpu_a, cpu_d = 1e3 * sum(cpu_a) / count, 1e3 * sum(cpu_d) / count
        extra = statistics.median(1e3 * (sum(d[1:]) - sum(a[1:])) / count for a, d in pairs)
        print(f"{name} ({count}) | {wall_a:.2f} | {wall_d:.2f} | {ratio:.3f} | {cpu_a:.1f} | "
              f"{cpu_d:.1f} | {extra:.1f}", flush=True)


def units(cluster, repeat):
    source, values = TINY
    count = 2_000
    alone = [measured(cluster, lambda: sweep(source, values, count, jobs=1)) for _ in range(2)]
    print(f"simulation of one tiny unit: {1e3 * medians(alone)[1] / count:.2f} ms of CPU time")
    print("in flight | units/s | CPU per unit: submitter ms | scheduler ms | workers ms")
    for in_flight in (64, 256, 2_000):
        options = {"client": cluster.client, "in_flight": in_flight}
        rows = [
            measured(cluster, lambda: sweep(source, values, count, **options))
            for _ in range(repeat)
        ]
        wall, *cpu = medians(rows)
        cpu = " | ".join(f"{1e3 * one / count:.2f}" for one in cpu)
        print(f"{in_flight} | {count / wall:.0f} | {cpu}", flush=True)


def waiting(cluster):
    """Print the CPU time of the submitter while its units wait."""
    for in_flight in (64, 2_000):
        ended = threading.Event()

        def stop(*_, ended=ended):
            if ended.is_set():
                raise TimeoutError

        def study(stop=stop, in_flight=in_flight):
            with contextlib.suppress(TimeoutError):
                sweep(*TINY, 20_000, client=cluster.client, in_flight=in_flight, progress=stop)

        thread = threading.Thread(target=study)
        thread.start()
        time.sleep(2)
        for worker in cluster.workers:
            worker.suspend()
        try:
            time.sleep(2)
            before = cluster.cpu()
            time.sleep(10)
            used = [10 * (now - then) for now, then in zip(cluster.cpu(), before, strict=True)]
            print(f"{in_flight} units wait: submitter {used[0]:.1f} %, scheduler {used[1]:.1f} % "
                  "of a core", flush=True)
            ended.set()
        finally:
            for worker in cluster.workers:
                worker.resume()
        thread.join()


def model_sizes():
    for name, values in (("quickstart", {}), ("cas-shared-cmg", {}), ("large-hierarchy", {})):
        print(f"{name}: model {len(model(cmgsim.Scenario(name, values))):,} bytes")
    with tempfile.TemporaryDirectory() as folder:
        for count in (100_000, 1_000_000):
            trace = pathlib.Path(folder, "arrivals.csv")
            lines = (f"{36_000 * number / count:.6f}" for number in range(count))
            trace.write_text("arrival_s\n" + "\n".join(lines) + "\n")
            scenario = pathlib.Path(folder, "recorded.toml")
            scenario.write_text(
                'schema = 1\n[management_point.mp]\n[source.s]\nenters = "management_points"\n'
                'trace = "arrivals.csv"\n'
            )
            size = len(model(cmgsim.Scenario(scenario, {"duration": "10h"})))
            print(f"{count:,} recorded arrivals: model {size:,} bytes")


def model(scenario):
    """Return the model of a unit."""
    broker = _core.Broker(1)

    def study():
        with contextlib.suppress(cmgsim.Error):
            _core.sweep(
                scenario._core, ["seed=1"], "grid", None, 1, 0.95, ["latency_p95_s"], None, False,
                None, None, broker,
            )

    thread = threading.Thread(target=study)
    thread.start()
    found = []
    while not found:
        found = broker.next(1, 1.0)
    broker.close("measured")
    thread.join()
    return found[0][3]


def tables(program, repeat):
    import pandas

    with tempfile.TemporaryDirectory() as folder:
        scenario = ["quickstart", "--set", "cohort.*.clients=500", "--replications", "20"]
        subprocess.run(
            [program, "run", *scenario, "--tables", "parquet,csv", "--charts", "none", "--quiet",
             "--out", f"{folder}/run"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        found = cmgsim.replicate("quickstart", 20, values={"cohort.*.clients": 500})
        files = {kind: sorted(pathlib.Path(folder, "run").rglob(f"*.{kind}"))
                 for kind in ("parquet", "csv")}
        readers = {
            "Arrow": lambda: [found.tables[name].to_pandas() for name in found.tables],
            "Parquet": lambda: [pandas.read_parquet(path) for path in files["parquet"]],
            "CSV": lambda: [pandas.read_csv(path, comment="#") for path in files["csv"]],
        }
        times = {name: [] for name in readers}
        for turn in range(4 * repeat + 1):
            for name, reader in list(readers.items())[:: 1 if turn % 2 else -1]:
                start = time.process_time(), time.perf_counter()
                frames = reader()
                times[name].append(time.perf_counter() - start[1])
                if turn == 0:
                    values = sum(frame.size for frame in frames)
                    print(f"{name}: {len(frames)} tables, {values:,} values")
        for name, found in times.items():
            print(f"{name}: median {1e3 * statistics.median(found[1:]):.1f} ms, "
                  f"minimum {1e3 * min(found[1:]):.1f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["overhead", "units", "waiting", "models", "tables"])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--cmgsim", default="target/release/cmgsim")
    options = parser.parse_args()
    is_wanted = lambda name: options.only in (None, name)  # noqa: E731
    if is_wanted("models"):
        model_sizes()
    if is_wanted("tables"):
        tables(options.cmgsim, options.repeat)
    if options.only in (None, "overhead", "units", "waiting"):
        cluster = Cluster()
        try:
            if is_wanted("units"):
                units(cluster, options.repeat)
            if is_wanted("waiting"):
                waiting(cluster)
            if is_wanted("overhead"):
                overhead(cluster, options.repeat)
        finally:
            cluster.close()


if __name__ == "__main__":
    main()
