"""Events as Klaviyo takes them, once per profile, metric and unique id, and the flow that answers with an e-mail."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.provider import profiles
from demo.provider.clock import Clock, to_us
from demo.provider.reactions import record
from demo.provider.schema import marks, to_json


@dataclass(frozen=True)
class IncomingEvent:
    """One event as it came in a request; `position` is its place there, for error pointers."""

    position: str
    profile_id: str | None
    profile: dict[str, Any]
    metric: str
    unique_id: str | None
    time: str | None
    properties: dict[str, Any]
    is_backfill: bool


class RepeatedEventError(Exception):
    """A unique id came twice for one profile and metric; the argument is the event's position."""


class UnknownProfileError(Exception):
    """An event names a profile id that does not exist; the argument is the event's position."""


def record_events(
    connection: sqlite3.Connection,
    incoming: Sequence[IncomingEvent],
    clock: Clock,
    *,
    in_bulk: bool,
    refuse_stored: bool,
    callback: str | None = None,
) -> int:
    """Store events and send the flow's e-mails, inside the caller's transaction. Returns how many were new.
    `callback`: where to tell what becomes of these e-mails.

    Raises RepeatedEventError for a repeat inside a bulk request (and, with `refuse_stored`, of a stored event), and
    UnknownProfileError; the caller's transaction then undoes everything.
    """
    now_us = clock.now_us()
    directory = profiles.Directory(connection, ((event.profile_id, event.profile) for event in incoming), now_us)
    owners: dict[int, tuple[int, str | None]] = {}
    metric_rows: dict[str, int] = {}
    keys: set[tuple[int, int, str]] = set()
    first = connection.execute("select coalesce(max(seq), 0) + 1 from events").fetchone()[0]
    rows: list[tuple[int, int, int, str, int, str]] = []
    for offset, event in enumerate(incoming):
        identity = id(event.profile)  # the events of one profile in a bulk call share its object
        if identity not in owners:
            owner = directory.of_event(event.profile_id, event.profile)
            if owner is None:
                raise UnknownProfileError(event.position)
            owners[identity] = owner
        profile = owners[identity][0]
        if event.metric not in metric_rows:
            metric_rows[event.metric] = metric_row(connection, event.metric, now_us)
        time_s = (now_us if event.time is None else to_us(datetime.fromisoformat(event.time))) // 1_000_000
        key = (profile, metric_rows[event.metric], str(time_s) if event.unique_id is None else event.unique_id)
        if in_bulk and key in keys:
            raise RepeatedEventError(event.position)
        keys.add(key)
        rows.append((first + offset, *key, time_s, to_json(event.properties)))
    directory.flush()
    connection.executemany("insert or ignore into events values (?, ?, ?, ?, ?, ?)", rows)
    new = {row[0] for row in connection.execute("select seq from events where seq >= ?", (first,))}
    if refuse_stored and len(new) < len(rows):
        raise RepeatedEventError(next(event.position for row, event in zip(rows, incoming, strict=True) if row[0] not in new))
    _count(connection, len(new), len(rows) - len(new))
    kept = [event for row, event in zip(rows, incoming, strict=True) if row[0] in new and not event.is_backfill]
    _send_flow(connection, [(*owners[id(event.profile)], event) for event in kept], clock, callback)
    return len(new)


def metric_row(connection: sqlite3.Connection, name: str, now_us: int) -> int:
    """The row of a metric, created at its first event."""
    connection.execute("insert or ignore into metrics (name, integration, created_us) values (?, 'API', ?)", (name, now_us))
    return int(connection.execute("select seq from metrics where name = ?", (name,)).fetchone()[0])


def _send_flow(
    connection: sqlite3.Connection, triggers: list[tuple[int, str | None, IncomingEvent]], clock: Clock, callback: str | None
) -> None:
    suppressed = _suppressed(connection, {address for _, address, _ in triggers if address is not None})
    rows: list[tuple[object, ...]] = []
    first_us = clock.now_us(len(triggers))
    for offset, (profile, address, event) in enumerate(triggers):
        if address is None or address in suppressed:
            continue
        properties = event.properties
        campaign = str(properties.get("campaign") or event.metric)
        subject, body = str(properties.get("subject") or event.metric), str(properties.get("body") or "")
        html = properties.get("html_body")
        sent = (address, profile, campaign, subject, body, event.unique_id, first_us + offset)
        rows.append((*sent, html if isinstance(html, str) else None, callback))
    connection.executemany(
        "insert into messages (provider, channel, direction, status, segments,"
        " address, profile_seq, campaign, subject, body, message_key, accepted_us, html, callback)"
        " values ('klaviyo', 'email', 'outbound', 'accepted', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def _suppressed(connection: sqlite3.Connection, addresses: set[str]) -> set[str]:
    query = f"select address from suppressions where channel = 'email' and address in ({marks(addresses)})"
    return {row[0] for row in connection.execute(query, tuple(addresses))}


def settle(connection: sqlite3.Connection, now_us: int, after_us: int) -> None:
    """E-mails that nobody reacted to for `after_us` have simply arrived."""
    waiting = connection.execute("select * from messages where status = 'accepted' and accepted_us <= ?", (now_us - after_us,)).fetchall()
    for message in waiting:
        record(connection, message, "delivered", message["accepted_us"] + 2_000_000, False)


def _count(connection: sqlite3.Connection, accepted: int, repeated: int) -> None:
    connection.executemany(
        "insert into counters values (?, ?) on conflict (name) do update set value = value + excluded.value",
        [("accepted", accepted), ("repeated", repeated)],
    )
