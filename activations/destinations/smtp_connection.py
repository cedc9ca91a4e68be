"""Connections to a mail server that end with their request's time, however slowly the server talks."""

import smtplib
import ssl
from collections.abc import Callable
from typing import Any, Literal

from activations.transport.sockets import TimedSocket

Security = Literal["starttls", "tls", "none"]


class _Open(smtplib.SMTP):
    def _get_socket(self, *args: Any) -> Any:
        self._raw = super()._get_socket(*args)  # type: ignore[misc]  # where the standard library makes its sockets
        return TimedSocket(self._raw)

    def starttls(self, *, context: ssl.SSLContext | None = None) -> tuple[int, bytes]:  # type: ignore[override]
        self.sock = self._raw  # only a real socket can be wrapped
        answer = super().starttls(context=context)
        self.sock = TimedSocket(self.sock)  # type: ignore[assignment]
        return answer


class _Closed(smtplib.SMTP_SSL):
    def _get_socket(self, *args: Any) -> Any:
        return TimedSocket(super()._get_socket(*args))  # type: ignore[misc]


def connected(
    place: tuple[str, int], security: Security, tls: ssl.SSLContext, timeout_seconds: float, log_in: Callable[[smtplib.SMTP], object]
) -> smtplib.SMTP:
    """A connection that is ready for messages. Raises OSError, SMTPException."""
    if security == "tls":
        server: smtplib.SMTP = _Closed(*place, timeout=timeout_seconds, context=tls)
    else:
        server = _Open(*place, timeout=timeout_seconds)
    try:
        if security == "starttls":
            server.starttls(context=tls)
        server.ehlo_or_helo_if_needed()
        log_in(server)
    except BaseException:
        server.close()
        raise
    return server
