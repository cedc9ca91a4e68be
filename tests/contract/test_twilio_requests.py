"""Every request to Twilio, sent for real, is one that Twilio's specification allows. One file: all are sessions with one vendor."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from api_kit import Asked, Reply, serving
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import basic, judge, recorded

from activations.destination import Request, Suppression, Work
from activations.destinations import Twilio
from activations.destinations.twilio_codes import BUSY_CODES, ROW_CODES, SETUP_CODES, refusal
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Message, Rejected, Throttled, Unreachable
from activations.transport.http import Answer
from demo.provider.options import Options
from demo.provider.server import Running, running

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
ACCOUNT, SERVICE, TOKEN = "AC" + "a" * 32, "MG" + "b" * 32, "very-secret-token"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(twilio_token=TOKEN)) as provider:
        yield provider


def twilio(provider: Running, **more: str) -> Twilio:
    return Twilio(ACCOUNT, TOKEN, messaging_service_sid=SERVICE, base_url=provider.url, **more)  # type: ignore[arg-type]


def message(number: int, address: str) -> Message:
    return Message(
        f"s{number}", "win_back", f"p{number}", "sms", "twilio", address, "win_back", "marketing", None, "Hallo Änn & Co", None, NOW, "1"
    )  # fmt: skip


def test_a_session(provider: Running, tmp_path: Path) -> None:
    destination = twilio(provider, status_callback="https://shop.example.com/twilio")
    messages = [message(number, f"+4917012345{number:02d}") for number in range(20)] + [message(90, "+15005550001")]
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    with recorded(destination._http) as sent:
        report = deliver(messages, {"twilio": destination}, ledger, lambda: NOW)
        found = destination.look_up(messages[3], NOW)
    ledger.close()
    assert (report.accepted, dict(report.destinations["twilio"].rejected)) == (20, {"invalid_number": 1})
    assert len(found) == 1, "among 21 messages with one text, the one to this number"
    assert {request.method for request in sent} == {"GET", "POST"}
    for request in sent:
        judge("twilio", "https://api.twilio.com", request)
        assert basic(request) == f"{ACCOUNT}:{TOKEN}"
    form = parse_qs(sent[0].body if isinstance(sent[0].body, str) else (sent[0].body or b"").decode())
    assert (form["MessagingServiceSid"], form["Body"]) == ([SERVICE], ["Hallo Änn & Co"])
    assert form["ValidityPeriod"] == ["14400"], "nobody gets tomorrow what was urgent today"
    inbox = provider.state.messages()
    assert {(entry.campaign, entry.message_key) for entry in inbox} == {("win_back", f"s{number}") for number in range(20)}
    assert {entry.message_id for entry in inbox} >= {each.provider_ref for each in found}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, Rejected("opted_out", "Twilio 21610: to +49***67")),
        (400, 21211, Rejected("invalid_number", "Twilio 21211: to +49***67")),
        (400, 39999, Rejected("39999", "Twilio 39999: to +49***67")),
        (400, 21611, Throttled()),
        (400, 21606, Unreachable("Twilio refused the sender or the account (400, code 21606): to +49***67")),
        (404, 20404, Unreachable("Twilio refused the sender or the account (404, code 20404): to +49***67")),
    ],
)
def test_what_a_refusal_means(status: int, code: int, expected: object) -> None:
    assert refusal(Answer(status, {"code": code, "message": "to +491701234567", "status": status})) == expected


def test_a_look_up_takes_other_texts_and_earlier_messages_for_others(provider: Running) -> None:
    destination = twilio(provider)
    one = message(1, "+491709999999")
    (outcome,) = destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, one)]))
    assert isinstance(outcome, Accepted)
    assert [found.provider_ref for found in destination.look_up(one, NOW)] == [outcome.provider_ref]
    assert destination.look_up(one, datetime(2026, 6, 30, 10, tzinfo=UTC)) == []
    other = Message(*[getattr(one, name) if name != "body" else "Other" for name in Message.__dataclass_fields__])
    assert destination.look_up(other, NOW) == []


def test_the_token_is_not_shown(provider: Running) -> None:
    destination = twilio(provider)
    assert TOKEN not in repr(destination) + repr(vars(destination)) + repr(destination._http.session.auth)
    wrong = Twilio(ACCOUNT, "wrong-token", from_number="+15005550006", base_url=provider.url)
    (outcome,) = wrong.send(Request(Work.MESSAGE, [wrong.encode(Work.MESSAGE, message(1, "+491701234567"))]))
    assert isinstance(outcome, Unreachable) and "wrong-token" not in repr(outcome)


def test_codes_mean_one_thing() -> None:
    assert not set(ROW_CODES) & BUSY_CODES and not set(ROW_CODES) & SETUP_CODES and not BUSY_CODES & SETUP_CODES


def entry(number: int, body: str, at: str, direction: str = "inbound") -> dict[str, str]:
    return {"sid": f"SM{number}", "from": f"+4917012345{number:02d}", "body": body, "date_created": at, "direction": direction}


def test_who_wrote_stop_is_suppressed_unless_they_wrote_start_later() -> None:
    pages = [
        [entry(1, "Start", "Tue, 30 Jun 2026 10:00:00 +0000"), entry(2, " stop ", "Tue, 30 Jun 2026 09:30:00 +0000")],
        [entry(1, "STOP", "Tue, 30 Jun 2026 09:00:00 +0000"), entry(3, "STOP", "Tue, 30 Jun 2026 08:00:00 +0000"),
         entry(4, "Please stop it", "Tue, 30 Jun 2026 09:00:00 +0000"),
         entry(5, "STOP", "Tue, 30 Jun 2026 09:00:00 +0000", "outbound-api")],
    ]  # fmt: skip

    def answer(asked: Asked) -> Reply:
        page = int(asked.params.get("Page", 0))
        following = None if page else "https://elsewhere.example/x?Page=1&PageToken=PA1"
        return Reply({"messages": pages[page], "next_page_uri": following})

    with serving(answer) as server:
        destination = Twilio(ACCOUNT, TOKEN, from_number="+15005550006", base_url=server.url)
        with recorded(destination._http) as sent:
            found = list(destination.suppressed(NOW))
            everyone = list(destination.suppressed(None))
    for request in sent:
        judge("twilio", "https://api.twilio.com", request)
    assert found == [Suppression("+491701234502", "sms", "unsubscribed", datetime(2026, 6, 30, 9, 30, tzinfo=UTC))]
    assert {one.address[-2:] for one in everyone} == {"02", "03"}


NUMBERS = st.one_of(st.text(max_size=20), st.sampled_from(["+491701234567", "+1", "+4917012345678901", "+49170 1234567", "+49170١234567"]))
BODIES = st.one_of(st.text(), st.sampled_from(["", " \n", "🙂" * 1_600, "x" * 1_601, "a\r\nb&To=+1", "\x00", "\ud83d"]))


@settings(max_examples=80, deadline=None)
@given(body=BODIES, address=NUMBERS, campaign=st.text())
def test_whatever_a_message_holds_its_form_is_one_that_the_specification_allows(body: str, address: str, campaign: str) -> None:
    """Or it is not sent at all, and said why."""
    with serving(lambda asked: Reply({"sid": "SM1"}, 201)) as server:
        callback = {"status_callback": "https://shop.example.com/x?y=1"}
        destination = Twilio(ACCOUNT, TOKEN, messaging_service_sid=SERVICE, base_url=server.url, **callback)  # type: ignore[arg-type]
        one = Message("m1", campaign, "p1", "sms", "twilio", address, "m", "marketing", None, body, None, NOW, "1")
        encoded = destination.encode(Work.MESSAGE, one)
        assert encoded == destination.encode(Work.MESSAGE, one)
        with recorded(destination._http) as sent:
            (outcome,) = destination.send(Request(Work.MESSAGE, [encoded]))
        if isinstance(outcome, Rejected):
            assert not sent and outcome.code in {"invalid_number", "body_missing", "body_too_long"}
            return
        (request,) = sent
        judge("twilio", "https://api.twilio.com", request)
        form = parse_qs(encoded.decode("ascii"), keep_blank_values=True)
        assert set(form) == {"To", "Body", "MessagingServiceSid", "ValidityPeriod", "StatusCallback"}
        assert form["Body"] == [body.encode("utf-8", "replace").decode()]


@pytest.mark.parametrize("seconds", [0, 36_001])
def test_it_is_told_how_long_a_message_is_good_for(seconds: int) -> None:
    with pytest.raises(ValueError, match="1 to 36,000"):
        Twilio(ACCOUNT, TOKEN, from_number="+15005550006", valid_for_seconds=seconds)


def test_it_needs_one_sender() -> None:
    with pytest.raises(ValueError, match="messaging_service_sid or a from_number"):
        Twilio(ACCOUNT, TOKEN)
