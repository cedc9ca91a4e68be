"""Lands what providers told by webhook, from the receiver's spool, whose files are deleted once what is in them has landed.

What a reader does not understand goes to the quarantine as it came, and is read again on each landing: once a better reader understands
it, it lands and its entry is closed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import orjson
import pyarrow as pa

from activations.webhooks.event import Event, Post, Unread, Vendor
from activations.webhooks.schemes import vendor_of
from orchestration.collector.kept import fields_of, post_of, understood
from orchestration.landing.entries import UNREAD, Entry, amend, entries
from orchestration.landing.quarantine import Quarantine
from orchestration.landing.result import Landed
from orchestration.landing.rows import land_rows
from orchestration.landing.spooled import spooled
from orchestration.landing.unread import alone
from orchestration.landing.zone import Landing, connect, naive
from orchestration.sources.engagement import WEBHOOK_EVENTS
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Progress, Row, silent


@dataclass(frozen=True)
class _Refused:
    """An event that nobody understood. name: the destination's. why: for a person. post: this event alone, where it can be cut out."""

    name: str
    why: str
    post: Post

    @property
    def payload(self) -> dict[str, str]:
        """As it is kept; the same however often it is told."""
        came = fields_of(self.name, self.post)
        return {"event_id": f"unread-{hashlib.sha256(json.dumps(came).encode()).hexdigest()[:32]}", **came}


def land_webhooks(spool: Path, readers: Mapping[str, Vendor], landing: Landing, as_of: datetime, progress: Progress = silent) -> Landed:
    """Lands the events that are new: an event_id that is known, or comes twice, lands once. A file that the receiver still writes is read
    too, and stays. readers: by vendor. as_of: aware. A crash at any point loses and doubles nothing."""
    with landing.alone(WEBHOOK_EVENTS):
        return _land(spool, readers, landing, as_of, progress)


def waiting_webhooks(spool: Path, readers: Mapping[str, Vendor]) -> Iterator[Row]:
    """What was told and waits to be landed, for whoever cannot wait; changes nothing. Raises SourceError for a file that cannot be read."""
    for path in sorted(spool.glob("*.jsonl")):
        try:
            yield from _rows(path, readers, [])
        except FileNotFoundError:
            continue  # it was landed in this moment
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            remedy = "The landing tries it again on the next run."
            raise SourceError("webhooks", path.name, f"it cannot be read ({type(error).__name__}).", remedy) from None


def _land(spool: Path, readers: Mapping[str, Vendor], landing: Landing, as_of: datetime, progress: Progress) -> Landed:
    landing.declare(WEBHOOK_EVENTS)
    mended = _read_again(landing, readers)
    refused: list[_Refused] = []
    failures: list[str] = []
    with spooled(spool) as files:
        finished: list[Path] = []

        def rows() -> Iterator[Row]:
            for path, is_ended in files:
                try:
                    yield from _rows(path, readers, refused)
                    finished.extend([path] if is_ended else [])
                except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                    failures.append(f"{path.name} cannot be read ({type(error).__name__}): it is tried again on the next run.")

        again = chain.from_iterable(rows for _, rows in mended)
        landed = land_rows(WEBHOOK_EVENTS, chain(rows(), again), landing, as_of, progress=progress)
        _keep(refused, landing, as_of, landed)
        closed = {"state": "replayed", "closed_at": naive(as_of), "closed_by": "a reader that understands it"}
        amend(landing, [replace(entry, **closed) for entry, _ in mended])  # type: ignore[arg-type]
        for path in finished:
            path.unlink()
    landed.failures += failures
    return landed


def _rows(path: Path, readers: Mapping[str, Vendor], refused: list[_Refused]) -> Iterator[Row]:
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return  # a last line that was cut off was never answered for
            fields = orjson.loads(line)
            name, post = fields["destination"], post_of(fields)
            reader = readers.get(vendor_of(name) or "")
            for one in understood(post, reader):
                if isinstance(one, Event):
                    yield row_of(name, one)
                elif isinstance(one, Unread):
                    refused.append(_Refused(name, one.why, alone(post, one, reader) if reader else post))


def row_of(name: str, event: Event) -> Row:
    """An event as it lands. name: the destination's."""
    return {"destination": name, **asdict(event)}


def _keep(refused: list[_Refused], landing: Landing, as_of: datetime, landed: Landed) -> None:
    if not refused:
        return
    payloads = [one.payload for one in refused]
    remedy = (
        "Update its reader, and the next run lands it by itself; or say what it means: regulars quarantine fix ID --set channel=email "
        "--set status=... --set occurred_at=... --set address=..., then replay it."
    )
    columns = {
        "_row_key": [payload["event_id"] for payload in payloads],
        "_reason": [UNREAD] * len(refused),
        "_detail": [f"A webhook of {one.name} is not understood: {one.why}. {remedy}" for one in refused],
        "_payload": [json.dumps(payload) for payload in payloads],
    }
    with connect() as connection, Quarantine(connection, landing, WEBHOOK_EVENTS, as_of, "unread") as quarantine:
        connection.register("unread", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
        quarantine.take("unread", landed)
        quarantine.keep()


def _read_again(landing: Landing, readers: Mapping[str, Vendor]) -> list[tuple[Entry, list[Row]]]:
    """The open entries that a reader understands by now, each with its rows."""
    found = []
    for entry in entries(landing, table=WEBHOOK_EVENTS.raw_name, reason=UNREAD):
        fields = json.loads(entry.payload)
        post, reader = post_of(fields, entry.quarantined_at.replace(tzinfo=UTC)), readers.get(vendor_of(fields["destination"]) or "")
        outcomes = understood(post, reader)
        if not entry.fixed and not any(isinstance(one, Unread) for one in outcomes):
            found.append((entry, [row_of(fields["destination"], one) for one in outcomes if isinstance(one, Event)]))
    return found
