"""Calls the sender back about what became of messages, as Twilio (a request for each step), Klaviyo and SendGrid (lists of events) do.

What is to be told is written in the transaction in which it happens, and sent from a thread of its own until the sender
answers 2xx, a few times at most; so it can come twice. Only addresses on this machine are called. The thread starts with
the first address.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import requests

from demo.provider import klaviyo_webhooks, sendgrid_events, twilio_callbacks
from demo.provider.clock import Clock
from demo.provider.events import settle
from demo.provider.faults import Faults
from demo.provider.options import Options
from demo.provider.reactions import record
from demo.provider.state import ProviderState

_LOOK_EVERY_SECONDS = 0.25
_TIMEOUT_SECONDS = 5.0
_TRIES = 6
_FIRST_WAIT_SECONDS = 0.1
_AT_ONCE = 200
_HERE = ("127.0.0.1", "localhost", "::1")


class Callbacks:
    """The sender of callbacks. `stop` ends it; what waits is sent when the provider runs again."""

    def __init__(self, state: ProviderState, clock: Clock, options: Options, faults: Faults) -> None:
        self._state = state
        self._clock = clock
        self._options = options
        self._faults = faults
        self._tokens: dict[str, str] = {}
        self._tried: Counter[int] = Counter()
        self._not_before: dict[int, float] = {}
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self.sent: Counter[str] = Counter()
        if options.sendgrid_webhook or options.klaviyo_webhook or state.read("select 1 from callbacks where state = 'waiting' limit 1"):
            self._start()

    def address(self, url: str | None) -> str | None:
        """The address if it may be called, else None."""
        if url is None or urlsplit(url).hostname not in _HERE:
            return None
        self._start()
        return url

    def know(self, account: str, token: str) -> None:
        """Twilio signs with the account's token: as it was given in a request, or in the options."""
        self._tokens[account] = self._options.twilio_token or token

    def told(self) -> dict[str, int]:
        """How many requests were answered, failed or were repeated on purpose, and what became of what was to be told."""
        rows = self._state.read("select state, count(*) from callbacks group by state")
        return {"waiting": 0, "told": 0, "given up": 0, **dict(map(tuple, rows)), **self.sent}

    def stop(self) -> None:
        """Send no more."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(2 * _TIMEOUT_SECONDS)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="demo-provider-callbacks", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not self._is_over.wait(_LOOK_EVERY_SECONDS):
                self._move_on()
                for rows in self._waiting():
                    self._call(session, rows)

    def _move_on(self) -> None:
        """Messages that are watched go on by themselves: an SMS is sent at once, and what nobody reacts to has simply arrived."""
        with self._state.transaction() as connection:
            now_us, after_us = self._clock.now_us(), int(self._options.settle_seconds * 1_000_000)
            watched = "select * from messages where provider = 'twilio' and callback is not null and status = ?"
            for message in connection.execute(watched, ("queued",)).fetchall():
                record(connection, message, "sent", message["accepted_us"] + 1_000_000, False)
            for message in connection.execute(watched, ("sent",)).fetchall():
                if message["accepted_us"] <= now_us - after_us:
                    record(connection, message, "delivered", message["accepted_us"] + 2_000_000, False)
            settle(connection, now_us, after_us)

    def _waiting(self) -> Iterator[list[dict[str, Any]]]:
        """What is to be sent now, as the rows of one request each; faults bring disorder into it."""
        rows = self._state.read(
            "select c.seq as callback_seq, c.event, c.at_us, c.is_machine, m.* from callbacks c join messages m on m.seq = c.message_seq"
            " where c.state = 'waiting' order by c.seq limit ?",
            (_AT_ONCE,),
        )
        now = time.monotonic()
        due = [dict(row) for row in rows if self._not_before.get(row["callback_seq"], 0.0) <= now]
        requests_ = [
            part
            for (_, provider), group in groupby(due, key=lambda row: (row["callback"], row["provider"]))
            for part in ([[row] for row in group] if provider == "twilio" else [list(group)])
        ]
        late: list[list[dict[str, Any]]] = []
        for part in requests_:
            fault = self._faults.take("CALLBACK", f"/{part[0]['provider']}")
            if fault is not None and fault.kind == "callback_late":
                late.insert(0, part[::-1])
                continue
            yield part
            if fault is not None:
                self.sent["repeated"] += 1
                yield part
        yield from late

    def _call(self, session: requests.Session, rows: list[dict[str, Any]]) -> None:
        if self._is_over.is_set():
            return
        data, headers = self._request(rows)
        try:
            answer = session.post(rows[0]["callback"], data=data, headers=headers, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
            is_told = answer.status_code < 300
        except requests.RequestException:
            is_told = False
        self.sent["answered" if is_told else "failed"] += 1
        with self._state.transaction() as connection:
            for row in rows:
                seq = row["callback_seq"]
                self._tried[seq] += 1
                self._not_before[seq] = time.monotonic() + _FIRST_WAIT_SECONDS * 2 ** self._tried[seq]
                if is_told or self._tried[seq] >= _TRIES:
                    told = "told" if is_told else "given up"
                    connection.execute("update callbacks set state = ? where seq = ? and state = 'waiting'", (told, seq))
                    del self._tried[seq], self._not_before[seq]

    def _request(self, rows: list[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
        """Body and headers, as the provider of these messages sends them."""
        if rows[0]["provider"] == "twilio":
            return twilio_callbacks.request(rows[0], self._tokens.get(rows[0]["account"] or "", self._options.twilio_token or ""))
        if rows[0]["provider"] == "klaviyo":
            return klaviyo_webhooks.request(rows, self._state, self._options.klaviyo_webhook_secret)
        return sendgrid_events.request(rows, self._state)
