"""One delivery at a time per SQLite ledger, by a lock that the operating system takes back when its holder dies."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


class LedgerBusyError(RuntimeError):
    """Another delivery is under way with the same ledger."""


@contextlib.contextmanager
def exclusive(database: str | None) -> Iterator[None]:
    """Holds the ledger in the file `database` for this process: `flock` on `<database>.lock`, which ends with the process,
    kill -9 included. Raises LedgerBusyError at once if another holds it. SQLite in memory has nobody to share with.
    """
    if not database or database == ":memory:":
        yield
        return
    with Path(f"{database}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerBusyError(f"another delivery is under way with this ledger (it holds {file.name}); wait for it to end") from None
        yield
