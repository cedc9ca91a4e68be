"""SMTP: e-mail through any mail server, by the standard library alone.

Credentials: user name and password of the server, where it wants them; the right to send as `sender`. Limits: 50 messages a
connection and 10 MB a message, which most servers take (a server's own SIZE is in its greeting; RFC 1870). A server knows no
repeats. A connection lost after the text began to leave says nothing about whether the message was taken (RFC 5321, 4.5.3.2.6 and
6.1): such a message is held, as is one that has no answer after `timeout_seconds`, though a server may take ten minutes (4.5.3.2.6);
one lost before it surely was not sent. 5xx about the recipient or the text is final for the message;
4xx means that it comes again with the next run, and keeps no other waiting; 5xx about the sender or the log-in is about the set-up. The
Message-ID is made from message_id, so that a repeat can be told in any mailbox. Marketing messages whose text has a link to unsubscribe
carry it in the header as well (RFC 2369, 8058).
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from activations.destination import Ability, Limits, Request, Work
from activations.destinations.rows import sending
from activations.destinations.smtp_answers import queue_id, refusal, told
from activations.destinations.smtp_connection import Security, connected
from activations.destinations.smtp_message import sender_address, written
from activations.model import Accepted, Outcome, Rejected, Throttled, Unknown, Unreachable
from activations.transport.sockets import Exchange, exchange


class Smtp:
    """`sender`: 'shop@example.com' or 'Shop <shop@example.com>'. `security` is 'starttls', 'tls' (from the first byte) or 'none', which
    goes without a password only. `tls` verifies the server's certificate; the system's authorities by default. `clock` dates the
    messages. `is_one_click`: the link to unsubscribe does so when it is posted to, without asking. `within_seconds` is what a connection
    may take in all.
    """

    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(rows=50, size_bytes=25_000_000, concurrency=4, row_bytes=10_000_000), is_repeatable=False)
    }

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        sender: str,
        clock: Callable[[], datetime],
        user: str = "",
        password: str = "",
        security: Security = "starttls",
        tls: ssl.SSLContext | None = None,
        reply_to: str = "",
        is_one_click: bool = False,
        timeout_seconds: float = 30.0,
        within_seconds: float = 120.0,
        stopwatch: Callable[[], float] = time.monotonic,
        name: str = "smtp",
    ) -> None:
        if security == "none" and password:
            raise ValueError("a password is not sent over a connection that anyone can read; use starttls or tls")
        self.name = name
        self._place = (host, port)
        self._sender, self._envelope_sender = sender, sender_address(sender)
        self._reply_to, self._is_one_click = reply_to, is_one_click
        self._security, self._tls = security, tls or ssl.create_default_context()
        self._log_in: Callable[[smtplib.SMTP], object] = lambda server: server.login(user, password) if user else None
        self._clock, self._timeout, self._within, self._stopwatch = clock, timeout_seconds, within_seconds, stopwatch

    def encode(self, work: Work, row: Any) -> bytes:
        return written(row, self._sender, self._reply_to, self._is_one_click, self._place[0])

    def send(self, request: Request) -> list[Outcome]:
        return sending(request.rows, self._send_all)

    def _send_all(self, rows: Sequence[bytes]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            with (
                exchange(self._stopwatch, self._within) as this,
                connected(self._place, self._security, self._tls, self._timeout, self._log_in) as server,
            ):
                for row in rows:
                    outcomes.append(self._send_one(server, row, this))
                    if isinstance(outcomes[-1], Unknown | Unreachable):
                        break  # what follows would fare no better
        except smtplib.SMTPAuthenticationError as error:
            outcomes.append(Unreachable(f"{self._named} refused the log-in ({error.smtp_code}): check user and password"))
        except (OSError, smtplib.SMTPException) as error:  # on connecting, or on saying good-bye
            outcomes.append(Unreachable(f"no conversation with {self._named} ({type(error).__name__})"))
        outcomes = outcomes[: len(rows)]
        last = outcomes[-1]
        rest = last if isinstance(last, Unreachable) else Unreachable("not sent: the connection was lost before")
        return outcomes + [rest] * (len(rows) - len(outcomes))

    @property
    def _named(self) -> str:
        return f"{self._place[0]}:{self._place[1]}"

    def _send_one(self, server: smtplib.SMTP, row: bytes, this: Exchange) -> Outcome:
        address, _, text = row.partition(b"\n")
        recipient = address.decode()
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        if options and not server.has_extn("smtputf8"):
            return Rejected("invalid_address", "the server takes only addresses of plain letters")
        try:
            code, answer = server.mail(self._envelope_sender, options)
            if code != 250:
                server.rset()
                return Throttled() if 400 <= code < 500 else Unreachable(f"{self._named} refused the sender: {told(code, answer)}")
            code, answer = server.rcpt(recipient)
            if code in (250, 251):
                code, answer = server.docmd("DATA")
            if code != 354:
                outcome = refusal(code, answer)
                server.rset()
                return outcome
        except (OSError, smtplib.SMTPException) as error:
            return Unreachable(f"{self._named} ended the conversation before the text was sent ({type(error).__name__})")
        this.has_left = False
        try:
            dated = b"Date: %b\r\n%b" % (format_datetime(self._clock()).encode(), text)
            server.send(re.sub(rb"(?m)^\.", b"..", dated) + b".\r\n")
            code, answer = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            if not this.has_left:
                return Unreachable(f"no time was left to send to {self._named}")
            return Unknown(f"{self._named} ended the conversation while it had the text ({type(error).__name__})")
        return Accepted(queue_id(answer)) if code == 250 else refusal(code, answer)
