"""Test studies on a real Dask cluster: scheduler and workers are separate commands.

Requires the package with Dask in the environment of this Python. Set `CMGSIM` to the path of the
Rust program (default: target/release/cmgsim).
"""

import asyncio
import collections
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

cmgsim = pytest.importorskip("cmgsim")
distributed = pytest.importorskip("distributed")
cloudpickle = pytest.importorskip("cloudpickle")
# The scheduler and the workers cannot import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

from cmgsim import _cluster, _core  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CMGSIM", ROOT / "target" / "release" / "cmgsim"))
QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", "PYTHONWARNINGS": "ignore"}
SMALL = {"cohort.*.clients": 50, "duration": "5h"}
VARY = {"gateway.main.instances": range(2, 12), "gateway.main.size": ["A2_v2", "A4_v2"]}
SWEEP = ["quickstart", "--vary", "gateway.main.instances=2..11", "--vary",
         "gateway.main.size=A2_v2,A4_v2", "--replications", "25", "--set",
         "cohort.*.clients=50", "--set", 'duration="5h"', "--charts", "none", "--quiet"]
UNITS = 500


def wait_until(condition, seconds=40):
    """Wait for a condition and return its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"timed out after {seconds} s")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    """Scheduler and workers, each a command in its own process group. The scheduler does not have
    the package, because it does not need it."""

    def __init__(self, folder, no_package):
        self.folder = folder
        self.no_package = str(no_package)
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes = []

    def start(self, *arguments, **environment):
        name = f"process-{len(self.processes)}"
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments], stdout=log, stderr=log, cwd=self.folder,
                env=os.environ | QUIET | environment, start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_scheduler(self):
        self.scheduler = self.start(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port),
            "--no-dashboard", PYTHONPATH=self.no_package,
        )

    def start_worker(self, *arguments, **environment):
        return self.start(
            "distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny",
            "--no-dashboard", "--local-directory", str(self.folder), *arguments, **environment,
        )

    def client(self, workers):
        client = distributed.Client(self.address, timeout=40, set_as_default=False)
        client.wait_for_workers(workers, timeout=40)
        return client

    def stop(self):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def no_package(tmp_path_factory):
    """Folder that hides the package from Python."""
    folder = tmp_path_factory.mktemp("none")
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'cmgsim':\n"
        "            raise ModuleNotFoundError(\"No module named 'cmgsim'\", name='cmgsim')\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, no_package):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), no_package)
    try:
        cluster.start_scheduler()
        cluster.workers = [cluster.start_worker() for _ in range(3)]
        nowhere = f"tcp://127.0.0.1:{free_port()}"
        cluster.unreachable = start_sweep(cluster.folder / "sweep", "--dask", nowhere)
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def client(cluster):
    with cluster.client(3) as client:
        yield client


@pytest.fixture(scope="module")
def one_machine(tmp_path_factory):
    """Folder of the sweep on this machine."""
    folder = tmp_path_factory.mktemp("one") / "sweep"
    done = start_sweep(folder)
    assert done.wait() == 0, done.stderr.read()
    assert len(units(folder)) == UNITS
    return folder


def start_sweep(folder, *arguments, out="--out"):
    """Start the command `cmgsim sweep` with 500 units."""
    return subprocess.Popen(
        [sys.executable, "-m", "cmgsim", "sweep", *SWEEP, out, folder, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=sys.prefix,
    )


def units(folder):
    """Return the numbers of point and replication of each unit in the journal."""
    with contextlib.suppress(FileNotFoundError):
        lines = (folder / "journal").read_text().splitlines()
        words = [line.split(" ", 6) for line in lines]
        return [(one[4], one[5]) for one in words if len(one) == 7 and one[3] == "unit"]
    return []


def assert_same_files(folder, expected):
    names = sorted(path.name for path in expected.iterdir())
    assert names == sorted(path.name for path in folder.iterdir())
    for name in (name for name in names if (expected / name).is_file()):
        assert (folder / name).read_bytes() == (expected / name).read_bytes(), name


def assert_once(folder):
    counts = collections.Counter(units(folder))
    assert all(count == 1 for count in counts.values())
    return len(counts)


def tasks(dask_scheduler):
    """Return the keys of all tasks of cmgsim on the scheduler."""
    return [str(key) for key in dask_scheduler.tasks if str(key).startswith("cmgsim-")]


class Sampled:
    """Keys on the scheduler, sampled during a study.

    A study takes a result, releases it, and submits the next unit. Dask sends the release from a
    callback of a callback, so on a busy machine it arrives after the next unit: the scheduler then
    has a result more for a moment. At most all units in flight are results of this kind.
    """

    def __init__(self, client):
        self.client, self.maximum, self.keys = client, 0, set()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopped.wait(0.02):
            found = self.client.run_on_scheduler(tasks)
            self.maximum = max(self.maximum, len(found))
            self.keys.update(found)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


def assert_no_tasks(client):
    wait_until(lambda: not client.run_on_scheduler(tasks))


def test_a_lost_worker_and_a_new_worker_do_not_change_the_bytes(
    cluster, client, one_machine, tmp_path
):
    folder = tmp_path / "sweep"
    with Sampled(client) as sampled:
        sweep = start_sweep(folder, "--dask", cluster.address)
        wait_until(lambda: len(units(folder)) >= 50)
        os.kill(cluster.workers.pop().pid, signal.SIGKILL)
        assert len(units(folder)) < UNITS / 2
        cluster.workers.append(cluster.start_worker())
        assert sweep.wait(60) == 0, sweep.stderr.read()
    assert_same_files(folder, one_machine)
    assert assert_once(folder) == UNITS
    assert 3 < sampled.maximum <= 2 * _cluster.MINIMUM_IN_FLIGHT
    assert_no_tasks(client)
    client.wait_for_workers(3)


def test_python_writes_the_same_bytes_with_few_units_in_flight(
    client, one_machine, tmp_path, monkeypatch
):
    submit, submitted = _cluster.Connection._submit, []

    def observed(self, units):
        futures = submit(self, units)
        submitted.append(len(self._units))
        return futures

    with monkeypatch.context() as patch, Sampled(client) as sampled:
        patch.setattr(_cluster.Connection, "_submit", observed)
        cmgsim.sweep("quickstart", VARY, SMALL, replications=3, client=client, in_flight=7)
    assert max(submitted) == 7
    assert 3 <= sampled.maximum <= 2 * 7
    # More replications are added to the same folder.
    options = {"out": tmp_path / "sweep", "client": client}
    cmgsim.sweep("quickstart", VARY, SMALL, replications=1, **options)
    found = cmgsim.sweep("quickstart", VARY, SMALL, replications=2, resume=True, **options)
    alone = cmgsim.sweep("quickstart", VARY, SMALL, replications=2, out=tmp_path / "alone")
    assert found.to_json() == alone.to_json()
    assert_same_files(tmp_path / "sweep", tmp_path / "alone")
    assert_same_files(tmp_path / "sweep" / "charts", tmp_path / "alone" / "charts")


def test_studies_give_the_same_bytes(client):
    one, other = cmgsim.Scenario("quickstart", SMALL), {"gateway.main.instances": 4}
    studies = {
        "replicate": lambda on: cmgsim.replicate(one, 6, **on),
        "precision": lambda on: cmgsim.run(one, precision=0.2, max_replications=8, **on),
        "compare": lambda on: cmgsim.compare(one, values=other, replications=4, **on),
        "size": lambda on: cmgsim.size(
            "lab-b2s", {"gateway.lab.instances": "1..3"},
            {"duration": "2h", "slo.time_over_limit_share": "1%"}, maximum=10, loss="none", **on,
        ),
        "sensitivity": lambda on: cmgsim.sensitivity(
            one, method="one-at-a-time", only=["quickstart", "cpu"], replications=2,
            tipping_point_steps=0, **on,
        ),
    }
    for name, study in studies.items():
        with Sampled(client) as sampled:
            found = study({"client": client})
        assert found.to_json() == study({}).to_json(), name
        assert sampled.keys, name
    assert_no_tasks(client)


def test_a_stopped_scheduler_leaves_a_journal_that_resumes(cluster, one_machine, tmp_path):
    folder = tmp_path / "half"
    sweep = start_sweep(folder, "--dask", cluster.address)
    wait_until(lambda: len(units(folder)) >= 100)
    cluster.scheduler.kill()
    message = sweep.communicate(timeout=60)[1]
    assert sweep.returncode == 1, message
    assert "the cluster returned no result: the connection to the cluster failed" in message
    assert f"--dask {cluster.address} --charts none --resume {folder}" in message
    assert 100 <= assert_once(folder) < UNITS
    for worker in cluster.workers:
        worker.kill()
    cluster.start_scheduler()
    cluster.workers = [cluster.start_worker() for _ in range(3)]
    shutil.copytree(folder, tmp_path / "python")
    with cluster.client(3) as client:
        sweep = start_sweep(folder, "--dask", cluster.address, out="--resume")
        assert sweep.wait(60) == 0, sweep.stderr.read()
        cmgsim.sweep(
            "quickstart", ["gateway.main.instances=2..11", "gateway.main.size=A2_v2,A4_v2"],
            SMALL, replications=25, out=tmp_path / "python", resume=True, client=client,
        )
    for resumed in (folder, tmp_path / "python"):
        assert assert_once(resumed) == UNITS
        for name in ("journal", "points.csv", "replications.csv", "sweep.json"):
            assert (resumed / name).read_bytes() == (one_machine / name).read_bytes(), name
    assert_same_files(folder, one_machine)


def test_ctrl_c_keeps_the_journal_and_releases_all_units(cluster, client, tmp_path):
    folder = tmp_path / "sweep"
    sweep = start_sweep(folder, "--dask", cluster.address)
    wait_until(lambda: len(units(folder)) >= 30)
    sweep.send_signal(signal.SIGINT)
    message = sweep.communicate(timeout=30)[1]
    assert sweep.returncode == 130, message
    assert "--dask" in message
    assert 30 <= assert_once(folder) < UNITS
    assert_no_tasks(client)


def test_keyboard_interrupt_releases_all_units(client, tmp_path):
    def interrupt():
        wait_until(lambda: len(units(tmp_path / "sweep")) >= 10)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        cmgsim.sweep("quickstart", VARY, SMALL, client=client, out=tmp_path / "sweep")
    thread.join()
    assert 10 <= assert_once(tmp_path / "sweep") < 200
    assert_no_tasks(client)
    # The client still works.
    assert cmgsim.replicate("quickstart", 2, values=SMALL, client=client).is_complete


def test_an_adaptive_cluster_grows_from_zero_workers(capfd):
    alone = cmgsim.sweep("quickstart", VARY, SMALL, replications=2)
    with distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, dashboard_address=":0"
    ) as adaptive:
        adaptive.adapt(minimum=0, maximum=2, interval="200ms")
        with distributed.Client(adaptive, set_as_default=False) as client:
            found = cmgsim.sweep("quickstart", VARY, SMALL, replications=2, client=client)
    assert found.to_json() == alone.to_json()
    assert "the cluster has no workers" in capfd.readouterr().err


@pytest.fixture(scope="module")
def other_version(tmp_path_factory):
    """Folder with the installed package, in which the compiled module has another commit."""
    folder = tmp_path_factory.mktemp("other")
    source = pathlib.Path(cmgsim.__file__).parent
    shutil.copytree(source, folder / "cmgsim", ignore=shutil.ignore_patterns("__pycache__"))
    commit = _core.build().split("(")[1].rstrip(")").encode()
    module = folder / "cmgsim" / pathlib.Path(_core.__file__).name
    content = module.read_bytes()
    assert content.count(commit) > 0
    module.write_bytes(content.replace(commit, b"e" * len(commit)))
    return folder


@contextlib.contextmanager
def started(cluster, client, count, *arguments, **environment):
    """Start workers, and stop them at the end."""
    before = set(client.nthreads())
    workers = [cluster.start_worker(*arguments, **environment) for _ in range(count)]
    try:
        yield lambda: wait_until(
            lambda: len(found := set(client.nthreads()) - before) == count and found
        )
    finally:
        for worker in workers:
            worker.kill()
        wait_until(lambda: set(client.nthreads()) <= before)


@contextlib.contextmanager
def paused(processes):
    """Stop processes, and continue them at the end."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def test_workers_with_another_version_are_refused_by_name(
    cluster, client, other_version, no_package, tmp_path, capfd
):
    options = {"values": SMALL, "replications": 10}
    alone = cmgsim.sweep("quickstart", VARY, **options)
    found = []

    def study():
        out = tmp_path / "sweep"
        found.append(cmgsim.sweep("quickstart", VARY, **options, out=out, client=client))

    thread = threading.Thread(target=study)
    with contextlib.ExitStack() as stack:
        thread.start()
        wait_until(lambda: units(tmp_path / "sweep"))
        with paused(cluster.workers):
            wrong = [
                stack.enter_context(started(cluster, client, 1, PYTHONPATH=str(folder)))()
                for folder in (other_version, no_package)
            ]
        thread.join(60)
        assert found[0].to_json() == alone.to_json()
        warnings = capfd.readouterr().err
        (other,), (none,) = wrong
        version = "cmgsim 0.1.0 (" + "e" * 10
        assert f"warning: worker {other} has {version}" in warnings
        assert f"warning: worker {none} has no cmgsim; it receives no further units" in warnings
        # A new study refuses the workers.
        with pytest.raises(cmgsim.ClusterError) as refused:
            cmgsim.replicate("quickstart", 2, values=SMALL, client=client)
        assert f"these workers do not have cmgsim {_core.build()}" in str(refused.value)
        assert f"  {other}: {version}" in str(refused.value)
        assert f"  {none}: no cmgsim" in str(refused.value)
        command = start_sweep(tmp_path / "unused", "--dask", cluster.address)
        message = command.communicate(timeout=30)[1]
        assert command.returncode == 3 and f"{other}: {version}" in message
        assert not (tmp_path / "unused").exists()


def test_a_unit_that_stops_workers_fails_with_their_number(cluster, client, tmp_path):
    deadly = tmp_path / "deadly.py"
    deadly.write_text(
        "import os\nfrom cmgsim import _core\n_core.simulate_unit = lambda *_: os._exit(1)\n"
    )
    client.run_on_scheduler(allow_failures, 0)
    try:
        with (
            started(cluster, client, 1, "--preload", str(deadly)) as start,
            pytest.raises(cmgsim.ClusterError) as failed,
        ):
            start()
            cmgsim.sweep("quickstart", VARY, SMALL, replications=5, client=client)
    finally:
        client.run_on_scheduler(allow_failures, 3)
    assert "1 workers were lost while they simulated" in str(failed.value)
    assert "too little memory" in str(failed.value)
    assert_no_tasks(client)


def allow_failures(count, dask_scheduler):
    dask_scheduler.allowed_failures = count


def test_a_large_model_is_sent_once_and_again_if_its_worker_is_lost(
    cluster, client, monkeypatch, tmp_path
):
    monkeypatch.setattr(_cluster, "LARGE_MODEL_BYTES", 1_000)
    alone = cmgsim.sweep("quickstart", ["gateway.main.instances=2,3"], SMALL, replications=100)

    def lose():
        wait_until(lambda: len(units(tmp_path / "sweep")) >= 20)
        models = [key for key in client.run_on_scheduler(tasks) if key.count("-") == 2]
        assert len(models) in (1, 2)
        holders = {address for key in models for address in client.who_has()[key]}
        processes = client.run(os.getpid, workers=sorted(holders))
        os.kill(next(iter(processes.values())), signal.SIGKILL)

    thread = threading.Thread(target=lose)
    thread.start()
    found = cmgsim.sweep(
        "quickstart", ["gateway.main.instances=2,3"], SMALL, replications=100, client=client,
        out=tmp_path / "sweep",
    )
    thread.join()
    cluster.workers = [worker for worker in cluster.workers if worker.poll() is None]
    assert len(cluster.workers) == 2
    cluster.workers.append(cluster.start_worker())
    assert found.to_json() == alone.to_json()
    assert_no_tasks(client)


def test_two_studies_share_one_client(client):
    """One of two studies with the same units is stopped; the other study is complete."""
    alone = cmgsim.sweep("quickstart", VARY, SMALL, replications=5)
    found = []

    def stop(share, _):
        if share > 0.1:
            raise ValueError("stopped by the test")

    def study():
        found.append(cmgsim.sweep("quickstart", VARY, SMALL, replications=5, client=client))

    thread = threading.Thread(target=study)
    thread.start()
    with pytest.raises(ValueError, match="stopped by the test"):
        cmgsim.sweep("quickstart", VARY, SMALL, replications=5, client=client, progress=stop)
    thread.join(60)
    assert found[0].to_json() == alone.to_json()
    assert_no_tasks(client)


def test_points_that_are_the_same_scenario_share_units(client):
    vary = ["gateway.main.instances=2,3", "gateway.*.instances=4"]
    options = {"values": SMALL, "replications": 3}
    found = cmgsim.sweep("quickstart", vary, **options, client=client)
    assert found.to_json() == cmgsim.sweep("quickstart", vary, **options).to_json()


def test_a_study_runs_inside_a_task(client):
    def inside(values):
        import cmgsim
        import distributed

        with distributed.worker_client() as own:
            return cmgsim.replicate("quickstart", 4, values=values, client=own).to_json()

    found = client.submit(inside, SMALL).result(timeout=40)
    assert found == cmgsim.replicate("quickstart", 4, values=SMALL).to_json()


def test_unsuitable_clients_are_refused(cluster, client):
    def refused(error, on, **options):
        with pytest.raises(error) as found:
            cmgsim.replicate("quickstart", 2, values=SMALL, client=on, **options)
        return str(found.value)

    assert "it must be a client of Dask" in refused(TypeError, cluster.address)
    assert "in_flight is 0" in refused(cmgsim.RequestError, client, in_flight=0)

    async def asynchronous():
        async with distributed.Client(cluster.address, asynchronous=True) as client:
            return refused(cmgsim.RequestError, client)

    assert "without asynchronous=True" in asyncio.run(asynchronous())
    closed = distributed.Client(cluster.address, set_as_default=False)
    closed.close()
    assert "not connected" in refused(cmgsim.ClusterError, closed)


def test_the_command_reports_an_unreachable_scheduler(cluster):
    message = cluster.unreachable.communicate(timeout=40)[1]
    assert cluster.unreachable.returncode == 3, message
    assert "cannot connect to the scheduler" in message
    assert not (cluster.folder / "sweep").exists()


@pytest.mark.skipif(not BINARY.exists(), reason="the Rust program is not built")
def test_the_rust_program_starts_the_package(cluster, client, tmp_path):
    def start(python, *arguments):
        return subprocess.run(
            [BINARY, "sweep", "quickstart", "--vary", "gateway.main.instances=2,3", "--set",
             "cohort.*.clients=50", "--set", "duration=5h", "--replications", "2", "--quiet",
             "--out", tmp_path / "sweep", *arguments],
            capture_output=True, text=True, timeout=60, check=False, cwd=sys.prefix,
            env=os.environ | {"CMGSIM_PYTHON": str(python)},
        )

    missing = start(tmp_path / "none", "--dask", cluster.address)
    assert missing.returncode == 2
    assert 'pip install "cmgsim[dask]"' in missing.stderr
    assert str(tmp_path / "none") in missing.stderr
    done = start(sys.executable, "--dask", cluster.address)
    assert (done.returncode, done.stderr) == (0, "")
    assert assert_once(tmp_path / "sweep") == 4


def test_an_invalid_address_is_one_error_without_a_traceback():
    command = [sys.executable, "-m", "cmgsim", "sweep", "lab-b2s", "--vary"]
    command += ["gateway.lab.instances=1,2", "--dask", "not an address"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "missing port number" in done.stderr and "Traceback" not in done.stderr
