"""One warm worker at a time, and who is there: a lock of the operating system, which ends with the process, and what the worker says."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.landing.lock import HeldError, locked

#: It says something each half a minute, were it that nothing came; a tick with much in hand takes longer.
SILENT_SECONDS = 600.0


class WorkerBusyError(RuntimeError):
    """Another worker answers for this data folder."""


def folder_of(data: Path) -> Path:
    """Where the worker keeps what is its own; it may be deleted while none lives."""
    return data / "reactive"


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """The only worker of a data folder for as long as the block runs. Raises WorkerBusyError."""
    try:
        with locked(folder_of(data) / "worker.lock", patience=1.0):
            yield
    except HeldError as held:
        raise WorkerBusyError(f"process {held.holder or 'unknown'} answers for {data} already; end it first.") from None


def is_there(data: Path) -> bool:
    """Whether a worker lives; asks the lock, so that a killed one does not."""
    try:
        handle = os.open(folder_of(data) / "worker.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def say(data: Path, **what: object) -> None:
    """Leaves word for others, whole and at once."""
    place = folder_of(data) / "worker.json"
    unfinished = place.with_suffix(".new")
    unfinished.write_text(json.dumps(what))
    unfinished.replace(place)


def left(data: Path) -> dict[str, list[int]]:
    """The word of a worker that lives no more, with its size and time: what it had landed it may not have answered to. Nothing while one
    lives, and where none ever did."""
    place = folder_of(data) / "worker.json"
    if is_there(data) or not place.exists():
        return {}
    stat = place.stat()
    return {"the worker's last word": [stat.st_size, stat.st_mtime_ns]}


def said(data: Path) -> dict[str, Any]:
    """What the worker that lives said last; nothing where none does, nor of one that has said nothing for long: it hangs."""
    place = folder_of(data) / "worker.json"
    if not is_there(data) or not place.exists() or time.time() - place.stat().st_mtime > SILENT_SECONDS:
        return {}
    found: dict[str, Any] = json.loads(place.read_text())
    return found
