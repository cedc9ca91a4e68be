"""A mail server on 127.0.0.1 that keeps what it takes, refuses whom it is told to, and hangs up when told to."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from delivery_kit import NOW


@dataclass
class Mailboxes:
    """`answers`: what the server says to RCPT, by recipient. `cut`: at which command ("RCPT", "DATA", "taken": after the whole text
    was kept) it hangs up, each once."""

    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 2.0.0 Ok: queued as 4F2A1B"
    cut: list[str] = field(default_factory=list)
    inbox: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    port: int = 0

    def _hangs_up(self, server: SMTP, place: str) -> bool:
        if self.cut[:1] == [place]:
            self.cut.pop(0)
            server.transport.abort()
            return True
        return False

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]) -> str:  # noqa: N802
        if self._hangs_up(server, "RCPT"):
            return "421 bye"
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._hangs_up(server, "DATA"):
            return "250 never said"
        if self.data_answer.startswith("250"):
            self.raw.append(envelope.content or b"")  # type: ignore[arg-type]
            self.inbox.append(message_from_bytes(self.raw[-1], policy=default))
        self._hangs_up(server, "taken")
        return self.data_answer


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        assert self.server
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()


@contextmanager
def mail_server(*, certificate: ssl.SSLContext | None = None, **settings: Any) -> Iterator[Mailboxes]:
    boxes = Mailboxes()
    if certificate:
        settings |= {"tls_context": certificate, "require_starttls": True}
    controller = _AnyPort(boxes, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, **settings)
    controller.start()
    boxes.port = controller.port
    try:
        yield boxes
    finally:
        controller.stop()


def only(user: str, password: str) -> dict[str, Any]:
    """Settings of a server that takes mail from this user alone."""

    def knows(_: SMTP, __: Session, ___: Envelope, ____: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data == LoginPassword(user.encode(), password.encode()), handled=False)

    return {"auth_required": True, "authenticator": knows}


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for 127.0.0.1: for the server, and for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(NOW.tzinfo)  # certificates are checked against the machine's clock
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), today - timedelta(1), today + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    signed = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    chain = folder / "certificate.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cadata=signed.public_bytes(serialization.Encoding.PEM).decode())
