"""The files of a spool, each with whether it is ours for now: no collector writes it any more, and no other landing reads it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def spooled(folder: Path) -> Iterator[list[tuple[Path, bool]]]:
    """The files, and whether they are ours for as long as the block runs; only then may one be deleted, once what is in it has landed.
    Who writes one holds its lock (orchestration/collector/spool.py)."""
    with contextlib.ExitStack() as stack:
        found = [(path, stack.enter_context(_lock(path))) for path in sorted(folder.glob("*.jsonl"))]
        yield [(path, is_ended) for path, is_ended in found if is_ended is not None]


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[bool | None]:
    """Whether the lock is ours; `None`: the file is gone."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
