"""The command `cmgsim`: `python -m cmgsim run quickstart`."""

from __future__ import annotations

import sys

from cmgsim import _core


def _connect(address: str) -> object:
    """Connect to the scheduler of a Dask cluster."""
    from cmgsim._cluster import Connection, client_of

    return Connection(client_of(address), closes_client=True)


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    return _core.main(["cmgsim", *sys.argv[1:]], _connect)


if __name__ == "__main__":
    sys.exit(main())
