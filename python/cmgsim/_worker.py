"""Functions that Dask workers execute.

Dask sends a nested function as a whole. The scheduler therefore does not need this package, and a
worker without the package reports an error. If Dask sent the names of functions, the message with
the first unit would stop such a worker.
"""

from __future__ import annotations

from collections.abc import Callable


def build() -> Callable[[], str]:
    """Return a function that returns version and commit of cmgsim in its process."""

    def build() -> str:
        from cmgsim import _core

        return _core.build()

    return build


def simulate() -> Callable[[bytes, int], bytes]:
    """Return a function that simulates one replication of a model. Its result depends only on its
    arguments."""

    def simulate(model: bytes, number: int) -> bytes:
        from cmgsim import _core

        return _core.simulate_unit(model, number)

    return simulate
