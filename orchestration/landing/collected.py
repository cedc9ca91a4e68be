"""Lands raw events: from files that were dropped, which stay where they are, and from the collector's spool, whose files are deleted
once what is in them has landed."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from orchestration.landing.quarantine import Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.rows import land_rows
from orchestration.landing.spooled import spooled
from orchestration.landing.zone import Landing, connect
from orchestration.sources.collector import EVENTS
from orchestration.sources.files.csv_lines import NoHeaderError
from orchestration.sources.files.event_files import MOST_UNREADABLE, Unreadable, is_events_file, read
from orchestration.sources.table import Progress, Row, silent

#: Names the dropped files that have landed, each with size and time of change. Lies with what landed, and goes with it.
READ_FILE = "_read.json"
_BROKEN = (OSError, EOFError, ValueError, OverflowError, zlib.error, pa.ArrowException)


def land_collected(dropped: Path | None, spool: Path, landing: Landing, as_of: datetime, progress: Progress = silent) -> Landed:
    """Lands the events that are new: an event_id that is known, or comes twice, lands once.

    dropped: a folder of files, and of folders of files, that anyone may put there; one is read again once it has changed. spool: the
    collector's; a file that a collector still writes is read too, and stays. as_of: aware. A file that cannot be read is told in
    `failures`, the others land; lines that are no records go to the quarantine with file and line. A crash at any point loses and
    doubles nothing: a spool file goes only after its events are on disk in the landing zone.
    """
    with landing.alone(EVENTS):
        return _land(dropped, spool, landing, as_of, progress)


def _land(dropped: Path | None, spool: Path, landing: Landing, as_of: datetime, progress: Progress) -> Landed:
    landing.declare(EVENTS)
    known = _read_before(landing)
    present = _fingerprints(dropped)
    unreadable: list[Unreadable] = []
    failures = [] if dropped is None or dropped.is_dir() else [f"there is no folder {dropped}: set EVENTS_FOLDER to one that is there."]
    done = {name: mark for name, mark in present.items() if known.get(name) == mark}
    with spooled(spool) as files:
        finished: list[Path] = []

        def rows() -> Iterator[Row]:
            for path, is_ended in files:
                with _told(path.name, failures):
                    yield from _sorted_out(read(path, path.name, is_spool=True), unreadable)
                    finished.extend([path] if is_ended else [])
            for name in sorted(present.keys() - done.keys()):
                with _told(name, failures):
                    yield from _sorted_out(read(Path(dropped or "", name), name), unreadable)
                    done[name] = present[name]

        landed = land_rows(EVENTS, rows(), landing, as_of, progress=progress)
        _keep_unreadable(unreadable, landing, as_of, landed)
        if done != known:
            with landing.writing(EVENTS, READ_FILE) as unfinished:
                unfinished.write_text(json.dumps(done, sort_keys=True))
        for path in finished:
            path.unlink()
    landed.failures += failures
    return landed


def _sorted_out(found: Iterator[Row | Unreadable], unreadable: list[Unreadable]) -> Iterator[Row]:
    before = len(unreadable)
    for one in found:
        if isinstance(one, Unreadable):
            unreadable.append(one)
            if len(unreadable) - before > MOST_UNREADABLE:
                raise ValueError(f"more than {MOST_UNREADABLE} lines are no records")
        else:
            yield one


@contextlib.contextmanager
def _told(name: str, failures: list[str]) -> Iterator[None]:
    """What is wrong with a file stops that file alone."""
    try:
        yield
    except NoHeaderError as error:
        failures.append(f"{name} cannot be read: its first line {error}. Write the names of the columns there, in a file of UTF-8.")
    except _BROKEN as error:
        failures.append(f"{name} cannot be read ({type(error).__name__}): write it again, whole. It is tried again on the next run.")


def waiting_files(dropped: Path | None, *spools: Path) -> dict[str, list[int]]:
    """The dropped and the collected files, each with its size and time of change."""
    return {name: state for folder in (dropped, *spools) for name, state in _fingerprints(folder).items()}


def _fingerprints(dropped: Path | None) -> dict[str, list[int]]:
    if dropped is None:
        return {}
    found: dict[str, list[int]] = {}
    for path in dropped.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # files come and go
            if is_events_file(path) and path.is_file():
                found[str(path.relative_to(dropped))] = [path.stat().st_size, path.stat().st_mtime_ns]
    return found


def _read_before(landing: Landing) -> dict[str, list[int]]:
    place = landing.folder(EVENTS) / READ_FILE
    known: dict[str, list[int]] = json.loads(place.read_text()) if place.exists() else {}
    return known


def _keep_unreadable(lines: list[Unreadable], landing: Landing, as_of: datetime, landed: Landed) -> None:
    if not lines:
        return
    with connect() as connection, Quarantine(connection, landing, EVENTS, as_of, "unreadable") as quarantine:
        columns = {
            "_row_key": [line.place for line in lines],
            "_reason": ["line_unreadable"] * len(lines),
            "_detail": [f"{line.place}: {line.fault}. Correct the line: the file is read again once it changes." for line in lines],
            "_payload": [json.dumps({"came_from": line.place, "line": line.text}) for line in lines],
        }
        connection.register("unreadable", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
        quarantine.take("unreadable", landed)
        quarantine.keep()
