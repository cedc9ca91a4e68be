"""E-mail through a real mail server: taken once, refused with a reason, in doubt only where it is. One file, for it is one server."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from any_rows import any_message
from delivery_kit import NOW, Waits, clock, free_port, message
from hypothesis import given, settings
from mail_server import Mailboxes, certificate, mail_server, only

from activations.destination import Request, Work
from activations.destinations import Smtp
from activations.destinations.smtp_answers import refusal
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Deferred, Message, Rejected, Unknown, Unreachable
from activations.transport.sockets import no_longer_than


@pytest.fixture
def boxes() -> Iterator[Mailboxes]:
    with mail_server() as boxes:
        yield boxes


def smtp(port: int, **changes: Any) -> Smtp:
    return Smtp("127.0.0.1", port, **{"sender": "Café <shop@example.com>", "clock": clock, "security": "none"} | changes)


def send(destination: Smtp, *messages: Message) -> list[Any]:
    return destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, each) for each in messages]))


def test_messages_arrive_as_they_were_written(boxes: Mailboxes) -> None:
    ledger = Ledger("sqlite://")
    link = "https://shop.example/unsubscribe?m=1&token=" + "a1b2" * 60
    messages = [
        message(
            1, "smtp", subject="Dein Korb – noch da 👩‍🚀", body=f".Hallo\n..\n{link}", html_body=f"<p>Hi</p><a href='{link}'>" + "ü" * 3_000
        ),
        message(2, "smtp", purpose="service", body=link),
        message(3, "smtp", address="jörg@exämple.de"),
        message(4, "smtp", address="not an address"),
        message(5, "smtp", body="", html_body='<a href="https://shop.example/Unsubscribe?a=1&amp;b=2">'),
    ]
    report = deliver(messages, {"smtp": smtp(boxes.port, is_one_click=True)}, ledger, clock, patience=Waits().patience())
    assert (report.accepted, dict(report.destinations["smtp"].rejected)) == (4, {"invalid_address": 1})
    by_id = {mail["Message-ID"]: mail for mail in boxes.inbox}
    first, second = by_id["<smtp-0001@example.com>"], by_id["<smtp-0002@example.com>"]
    assert (first["Subject"], first["From"], first["To"]) == (messages[0].subject, "Café <shop@example.com>", "ann1@example.com")
    assert first["Date"].datetime == NOW and first["List-Unsubscribe"] == f"<{link}>" and first["List-Unsubscribe-Post"]
    text, html = first.get_body(("plain",)), first.get_body(("html",))
    assert text is not None and html is not None
    assert text.get_content().strip().splitlines() == messages[0].body.splitlines()
    assert html.get_content().strip() == messages[0].html_body
    assert second["List-Unsubscribe"] is None, "a service message is nothing to unsubscribe from"
    assert by_id["<smtp-0005@example.com>"]["List-Unsubscribe"] == "<https://shop.example/Unsubscribe?a=1&b=2>"
    assert by_id["<smtp-0003@example.com>"]["To"] == "jörg@xn--exmple-cua.de"


def test_a_refused_recipient_is_nobody_elses_fault(boxes: Mailboxes) -> None:
    boxes.answers = {"ann1@example.com": "550 5.1.1 <ann1@example.com> unknown", "ann2@example.com": "451 4.7.1 greylisted, try later"}
    first, second, third = send(smtp(boxes.port), message(1), message(2), message(3))
    assert first == Rejected("no_such_mailbox", "550 5.1.1 <a***@example.com> unknown")
    assert (second, third) == (Deferred("451 4.7.1 greylisted, try later"), Accepted("4F2A1B"))
    boxes.data_answer = "552 5.3.4 too large"
    assert send(smtp(boxes.port), message(4)) == [Rejected("too_large", "552 5.3.4 too large")]
    boxes.answers = {"ann5@example.com": "554 5.7.1 Relay access denied"}
    assert isinstance(send(smtp(boxes.port), message(5))[0], Unreachable)


@pytest.mark.parametrize(
    "answer",
    [
        "553 5.7.1 <shop@example.com>: Sender address rejected: not owned by user shop",  # Postfix asks for the sender at the recipient
        "550 5.1.8 <shop@example.com>: Sender address rejected: Domain not found",
        "550 5.7.26 Multiple authentication checks failed",  # RFC 7372
        "550 5.7.23 SPF validation failed",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "530 5.7.57 Client not authenticated to send mail",
    ],
)
def test_a_fault_of_the_sender_is_no_recipients(boxes: Mailboxes, answer: str) -> None:
    boxes.answers = {"ann1@example.com": answer}
    first, second = send(smtp(boxes.port), message(1), message(2))
    assert isinstance(first, Unreachable) and isinstance(second, Unreachable), "the message goes once the sender is put right"
    assert refusal(550, b"5.7.1 blocked by a policy of the receiver") == Rejected(
        "refused_by_policy", "550 5.7.1 blocked by a policy of the receiver"
    )
    assert refusal(450, b"4.1.8 <shop@example.com>: Sender address rejected: Domain not found") == Deferred(
        "450 4.1.8 <s***@example.com>: Sender address rejected: Domain not found"
    )


def test_a_mailbox_that_is_full_keeps_nobody_else_waiting(boxes: Mailboxes) -> None:
    boxes.answers = {"ann0@example.com": "452 4.2.2 mailbox full"}
    messages, ledger, waits = [message(number, "smtp") for number in range(120)], Ledger("sqlite://"), Waits()
    for later in (False, True):
        if later:
            boxes.answers = {}
        report = deliver(messages, {"smtp": smtp(boxes.port)}, ledger, clock, patience=waits.patience())
        tally = report.destinations["smtp"]
        assert (tally.accepted, tally.left, tally.stopped, waits) == ((1, 0, None, []) if later else (119, 1, None, []))
    assert len(boxes.inbox) == 120


@pytest.mark.parametrize(("place", "doubtful"), [("RCPT", False), ("DATA", True), ("taken", True)])
def test_a_connection_that_is_cut(boxes: Mailboxes, place: str, doubtful: bool) -> None:
    boxes.cut = [place]
    first, second = send(smtp(boxes.port), message(1), message(2))
    assert isinstance(first, Unknown if doubtful else Unreachable) and isinstance(second, Unreachable)
    boxes.cut = [place]
    ledger = Ledger("sqlite://")
    report = deliver([message(number, "smtp") for number in (3, 4)], {"smtp": smtp(boxes.port)}, ledger, clock, patience=Waits().patience())
    assert (report.accepted, report.unknown) == ((1, 1) if doubtful else (2, 0))
    arrived = [mail["Message-ID"] for mail in boxes.inbox]
    assert len(arrived) == len(set(arrived)), "nothing arrives twice"


def test_whose_time_is_over_sends_nothing(boxes: Mailboxes) -> None:
    with no_longer_than(lambda: 0.0):
        assert all(isinstance(outcome, Unreachable) for outcome in send(smtp(boxes.port), message(1), message(2)))
    for moment in range(1, 45, 4):  # the time is over after so many looks at the watch, wherever that is
        boxes.inbox.clear()
        looks = itertools.count()
        late = smtp(boxes.port, stopwatch=lambda: 0.0 if next(looks) < moment else 1e9)  # noqa: B023  (called at once)
        outcomes = send(late, *(message(number, "smtp") for number in range(3)))
        arrived = {mail["Message-ID"].split("@")[0] for mail in boxes.inbox}
        for number, outcome in enumerate(outcomes):
            has_arrived = f"<smtp-{number:04d}" in arrived
            assert isinstance(outcome, Unknown) or has_arrived == isinstance(outcome, Accepted), (moment, outcomes)


def test_secrets_go_over_tls_alone(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    with mail_server(certificate=server, **only("shop", "very secret")) as boxes:
        assert send(smtp(boxes.port, security="starttls", tls=client, user="shop", password="very secret"), message(1)) == [
            Accepted("4F2A1B")
        ]
        stranger = smtp(boxes.port, security="starttls", user="shop", password="very secret")
        assert isinstance(send(stranger, message(2))[0], Unreachable), "a certificate that nobody vouches for"
        wrong = smtp(boxes.port, security="starttls", tls=client, user="shop", password="wrong secret")
        (outcome,) = send(wrong, message(3))
        assert isinstance(outcome, Unreachable) and "password" in outcome.detail
        assert "secret" not in repr(wrong) + repr(vars(wrong)) + repr(outcome)
        assert isinstance(send(smtp(boxes.port), message(4))[0], Unreachable), "the server wants a log-in"
    assert len(boxes.inbox) == 1
    with pytest.raises(ValueError, match="anyone can read"):
        smtp(25, password="secret")
    assert all(isinstance(outcome, Unreachable) for outcome in send(smtp(free_port()), message(1), message(2)))


def test_any_message_is_one_mail_to_one_recipient_or_none() -> None:
    with mail_server() as boxes:
        destination = smtp(boxes.port)

        @settings(max_examples=60, deadline=None)
        @given(any_message())
        def check(text: dict[str, Any]) -> None:
            boxes.inbox.clear()
            each = message(1, **text)
            assert destination.encode(Work.MESSAGE, each) == destination.encode(Work.MESSAGE, each)
            (outcome,) = send(destination, each)
            assert isinstance(outcome, Accepted | Rejected), outcome
            assert len(boxes.inbox) == isinstance(outcome, Accepted)
            for mail in boxes.inbox:
                assert set(mail.keys()) <= {"Date", "From", "To", "Subject", "Message-ID", "MIME-Version", *_OPTIONAL}, "a header was added"
                assert "\n" not in mail["Subject"] and mail["Bcc"] is None

        check()


_OPTIONAL = {"Content-Type", "Content-Transfer-Encoding", "List-Unsubscribe", "X-Peer", "X-MailFrom", "X-RcptTo"}
