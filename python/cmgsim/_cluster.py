"""Submission of units of work to a Dask cluster.

A study passes units to a `Broker`. A thread of this module submits them to the scheduler and
returns the results. A unit has a key, so Dask simulates it again if its worker is lost, and never
twice at the same time. The broker limits the number of units that are submitted at the same time.

Workers with another version refuse units. The thread then finds all such workers, reports them, and
submits units only to the other workers.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Union
from weakref import WeakValueDictionary

from cmgsim import _checks, _core, _worker
from cmgsim._errors import ClusterError, Error, RequestError

if TYPE_CHECKING:
    from distributed import Client, Future

MINIMUM_IN_FLIGHT = 64
"""Minimum number of units in flight, so that an adaptive cluster sees work and grows."""

UNITS_PER_THREAD = 2
"""Units in flight per thread of the cluster: one that runs and one that waits at the worker."""

SUBMITTED_AT_ONCE = 64
"""Maximum number of units in one message to the scheduler."""

LARGE_MODEL_BYTES = 500_000
"""Size above which a model is submitted once as a separate task, and not with each unit. Models are
this large only if they contain recorded values."""

BUSY_WAIT_S = 0.005
IDLE_WAIT_S = 0.25
CHECK_INTERVAL_S = 2.0

INSTALL = 'Dask is not installed: pip install "cmgsim[dask]"'


def client_of(address: str) -> Client:
    """Connect to a scheduler."""
    try:
        from distributed import Client
        from distributed.comm.addressing import resolve_address
    except ImportError:
        raise ClusterError(INSTALL) from None
    try:
        # A client with an invalid address prints an error when it is deleted.
        resolve_address(address)
        return Client(address, timeout=10, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(f"cannot connect to the scheduler: {error}") from error


@contextmanager
def connected(client: Client | None, in_flight: int | None = None) -> Iterator[_core.Broker | None]:
    """Connect a study to a cluster, and release its units at the end."""
    if client is None:
        yield None
        return
    _checks.optional_integer("in_flight", in_flight, 1)
    connection = Connection(_checked(client), in_flight=in_flight)
    try:
        yield connection.broker
    except Error as error:
        if connection.has_failed and not isinstance(error, ClusterError):
            raise ClusterError(str(error)) from None
        raise
    finally:
        connection.close()


def _checked(client: Any) -> Client:
    """Refuse anything but a connected, synchronous client.

    Raises:
        TypeError: The client is not a client of Dask.
        RequestError: The client is asynchronous.
        ClusterError: The client is closed, or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(INSTALL) from None
    if not isinstance(client, Client):
        raise TypeError(
            f"client is {_checks.kind(client)}; it must be a client of Dask, for example "
            'distributed.Client("tcp://scheduler:8786")'
        )
    if client.asynchronous or getattr(client, "_asynchronous", False):
        raise RequestError("client is asynchronous; create it without asynchronous=True")
    if client.status != "running":
        raise ClusterError(f"the client is not connected to a scheduler (status: {client.status})")
    return client


Model = Union[bytes, "Future[bytes]"]
"""Model, or the task that returns it."""


@dataclass(frozen=True)
class Unit:
    """A replication of a model.

    Attributes:
        id: Identifier for the broker.
        key: Key of the unit.
        model: Model.
        number: Number of the replication.
        workers: Workers that may simulate the unit; `None` for all workers.
        refusals: Number of times that a worker refused the unit.
    """

    id: int
    key: str
    model: Model
    number: int
    workers: frozenset[str] | None = None
    refusals: int = 0

    @property
    def task_key(self) -> str:
        """Key of the task. Dask keeps errors by key, so a refused unit needs another one."""
        return f"{self.key}-{self.refusals}" if self.refusals else self.key


class Connection:
    """Connection of one study to a Dask cluster.

    Args:
        client: Client of the cluster.
        in_flight: Number of units that are submitted at the same time; by default twice the number
            of threads of the cluster, and at least 64.
        closes_client: Whether `close` also closes the client.

    Attributes:
        broker: Units of the study.
        has_failed: Whether the cluster could not simulate a unit.

    Raises:
        RequestError: `in_flight` is invalid.
        ClusterError: A worker has no cmgsim, or another version.
    """

    def __init__(
        self, client: Client, *, in_flight: int | None = None, closes_client: bool = False
    ) -> None:
        self._client = client
        self._closes_client = closes_client
        self.has_failed = False
        try:
            if in_flight is not None and in_flight < 1:
                raise RequestError(f"in_flight is {in_flight}; it must be at least 1")
            _refuse_wrong_builds(client)
            threads = sum(client.nthreads().values())
        except BaseException:
            self._close_client()
            raise
        if not threads:
            _warn("the cluster has no workers; the study continues when a worker joins")
        default = max(MINIMUM_IN_FLIGHT, UNITS_PER_THREAD * threads)
        self.broker = _core.Broker(default if in_flight is None else in_flight)
        self._units: dict[Future[bytes], Unit] = {}
        self._models: WeakValueDictionary[str, Future[bytes]] = WeakValueDictionary()
        self._refused: set[str] = set()
        self._checked_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="cmgsim-dask", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Release all units that have no result, and end the connection."""
        self.broker.close("the study has ended")
        self._thread.join()
        self._close_client()

    def _close_client(self) -> None:
        if self._closes_client:
            self._client.close()

    def _run(self) -> None:
        """Submit units and return results until the broker is closed."""
        from distributed import as_completed

        completed = as_completed(loop=self._client.loop, with_results=False)
        try:
            while True:
                wait = BUSY_WAIT_S if self._units else IDLE_WAIT_S
                arrived = self.broker.next(SUBMITTED_AT_ONCE, wait)
                if arrived is None:
                    break
                if arrived:
                    completed.update(self._submit([self._unit(*one) for one in arrived]))
                if cancelled := set(self.broker.cancelled()):
                    units = self._units.items()
                    self._release([one for one, unit in units if unit.id in cancelled])
                if batch := completed.next_batch(block=False):
                    completed.update(self._take(batch))
                completed.update(self._unit_without_worker())
        except BaseException as error:
            self.has_failed = True
            reason = str(error) if isinstance(error, ClusterError) else _reason(error)
            self.broker.close(f"the connection to the cluster failed: {reason}")
        finally:
            self._release(list(self._units))

    def _unit(self, unit_id: int, key: str, model_key: str, model: bytes, number: int) -> Unit:
        """Return a unit; a large model becomes a task of its own."""
        if len(model) <= LARGE_MODEL_BYTES:
            return Unit(unit_id, key, model, number)
        task = self._models.get(model_key)
        if task is None:
            # If the worker that has the model is lost, Dask executes the task again.
            task = self._client.submit(bytes, model, key=model_key, pure=True)
            self._models[model_key] = task
        return Unit(unit_id, key, task, number)

    def _submit(self, units: list[Unit]) -> list[Future[bytes]]:
        """Submit units, each with its key, to all workers that have not refused units."""
        if not units:
            return []
        workers = None
        if self._refused:
            workers = frozenset(self._client.nthreads()) - self._refused
            if not workers:
                raise ClusterError("all workers have another version of cmgsim")
            units = [replace(unit, workers=workers) for unit in units]
        first = {unit.key: unit for unit in reversed(units)}
        futures = self._client.map(
            _worker.simulate(),
            [unit.model for unit in first.values()],
            [unit.number for unit in first.values()],
            key=[unit.task_key for unit in first.values()],
            pure=True,
            workers=sorted(workers) if workers else None,
        )
        self._units.update(zip(futures, first.values(), strict=True))
        # Points of a sweep that are the same scenario have the same keys, but each needs a future.
        return [*futures, *self._submit([one for one in units if one is not first[one.key]])]

    def _release(self, futures: Iterable[Future[bytes]]) -> None:
        """Release units, so that the scheduler cancels those that no other study needs."""
        for future in futures:
            del self._units[future]
            future.release()

    def _take(self, batch: list[Future[bytes]]) -> list[Future[bytes]]:
        """Return the results of completed units to the study; return units that have none yet."""
        again: list[Future[bytes]] = []
        failed: list[tuple[Unit, BaseException | None]] = []
        own = [future for future in batch if future in self._units]
        finished = [future for future in own if future.status == "finished"]
        for future, reply in zip(finished, self._client.gather(finished), strict=True):
            unit = self._units[future]
            # Before the study passes the next unit, so that `in_flight` limits the results, too.
            self._release([future])
            self.broker.deliver(unit.id, reply)
        for future in own:
            if future not in self._units:
                continue
            if future.status == "error":
                failed.append((self._units[future], future.exception()))
                self._release([future])
            elif future.status == "cancelled":
                raise ClusterError("the scheduler was stopped, or has cancelled the units")
            else:
                # The worker was lost after it simulated the unit, so Dask simulates it again.
                again.append(future)
        return again + self._submit(self._refused_units(failed))

    def _refused_units(self, failed: list[tuple[Unit, BaseException | None]]) -> list[Unit]:
        """Return the failed units that another worker can simulate; the study receives the others
        as failures."""
        if not failed:
            return []
        wrong = _wrong_builds(self._client)
        for worker in sorted(set(wrong) - self._refused):
            _warn(f"worker {worker} has {wrong[worker]}; it receives no further units")
        self._refused.update(wrong)
        others: list[Unit] = []
        for unit, error in failed:
            is_refused = self._refused and (unit.workers is None or unit.workers & self._refused)
            if is_refused and not _is_killed(error):
                others.append(replace(unit, refusals=unit.refusals + 1))
            else:
                self.has_failed = True
                self.broker.fail(unit.id, _failure(error))
        return others

    def _unit_without_worker(self) -> list[Future[bytes]]:
        """Submit units again if all workers that may simulate them were lost."""
        if not self._refused or time.monotonic() < self._checked_at + CHECK_INTERVAL_S:
            return []
        self._checked_at = time.monotonic()
        present = frozenset(self._client.nthreads())
        lost = {
            future: unit
            for future, unit in self._units.items()
            if unit.workers is not None and not unit.workers & present
        }
        self._release(lost)
        return self._submit([replace(one, refusals=one.refusals + 1) for one in lost.values()])


def _wrong_builds(client: Client) -> dict[str, str]:
    """Return the workers without cmgsim or with another version, each with what it has."""
    own = _core.build()
    found: dict[str, Any] = client.run(_worker.build(), on_error="return")
    return {
        worker: _described(build)
        for worker, build in found.items()
        # A worker that was lost during the check gives OSError.
        if build != own and not isinstance(build, OSError)
    }


def _refuse_wrong_builds(client: Client) -> None:
    """Refuse a cluster with workers without cmgsim or with another version.

    Raises:
        ClusterError: Names each worker and its version.
    """
    wrong = _wrong_builds(client)
    if not wrong:
        return
    lines = [f"  {worker}: {build}" for worker, build in sorted(wrong.items())]
    raise ClusterError(
        f"these workers do not have cmgsim {_core.build()}; install the same version on all "
        "workers:\n" + "\n".join(lines)
    )


def _described(build: Any) -> str:
    if isinstance(build, ModuleNotFoundError) and build.name in ("cmgsim", None):
        return "no cmgsim"
    return _reason(build) if isinstance(build, BaseException) else f"cmgsim {build}"


def _is_killed(error: BaseException | None) -> bool:
    from distributed import KilledWorker

    return isinstance(error, KilledWorker)


def _failure(error: BaseException | None) -> str:
    """Return why a unit failed."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return (
            f"{error.allowed_failures + 1} workers were lost while they simulated it, most "
            f"recently {error.last_worker.address}. A common cause is too little memory: read the "
            "log of this worker. If workers are often stopped for other reasons, increase the "
            "scheduler's setting distributed.scheduler.allowed-failures"
        )
    return _reason(error)


def _reason(error: BaseException | None) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
