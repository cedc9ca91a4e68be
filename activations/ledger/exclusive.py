"""One delivery at a time per SQLite ledger, by a lock that the operating system takes back when its holder dies."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

_LOOK_SECONDS = 0.05


class LedgerBusyError(RuntimeError):
    """Another delivery is under way with the same ledger."""


@contextlib.contextmanager
def exclusive(database: str | None, wait_seconds: float = 0.0) -> Iterator[None]:
    """Holds the ledger in the file `database` for this process: `flock` on `<database>.lock`, which ends with the process,
    kill -9 included. Raises LedgerBusyError if another holds it and goes on to for so long. SQLite in memory has nobody to share with.
    """
    if not database or database == ":memory:":
        yield
        return
    with Path(f"{database}.lock").open("w") as file:
        until = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    words = f"another delivery is under way with this ledger (it holds {file.name}); wait for it to end"
                    raise LedgerBusyError(words) from None
                time.sleep(_LOOK_SECONDS)
        yield
