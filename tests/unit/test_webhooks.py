"""The receiver of webhooks over real sockets: what it keeps, what it refuses and with which status, and that a 200 is on disk. One file."""

import contextlib
import gzip
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import webhook_kit
from webhook_receiver import SECRETS, TOKEN, Receiver, event, receiving, signed

from orchestration.collector.receivers import receivers


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiving(tmp_path_factory.mktemp("collected"), body_bytes=20_000, seconds=1.0) as running:
        yield running


def bodies(receiver: Receiver) -> list[str]:
    return [one["body"] for one in receiver.kept() if "body" in one]


def raw(receiver: Receiver, text: bytes, more: bytes = b"") -> bytes:
    """The status line that a hand-made request is answered with."""
    host, port = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text)
        with contextlib.suppress(OSError):  # the answer has come already
            connection.sendall(more)
        return connection.recv(1000).split(b"\r\n")[0]


def head(path: str = "sendgrid", **headers: str) -> bytes:
    given = {"Host": "x", "Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return (
        f"POST /webhooks/{path} HTTP/1.1\r\n".encode() + "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode() + b"\r\n"
    )


def test_what_is_answered_200_is_on_disk_as_it_came(receiver: Receiver) -> None:
    body, headers = signed([event(1), event(2, email="ünö@example.com")])
    answer = receiver.post("sendgrid", body, headers, "?a=%2F&b")
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "unread": 0})
    (kept,) = [one for one in receiver.kept() if one["query"]]
    assert kept == {
        "received_at": "2026-06-30T09:00:00+00:00",
        "destination": "sendgrid",
        "content_type": "application/json",
        "query": "a=%2F&b",
        "body": body.decode(),
    }


def test_what_is_forged_too_old_or_from_the_future_is_refused_and_not_written(receiver: Receiver) -> None:
    before, told = bodies(receiver), receiver.told("sendgrid")
    body, headers = signed([event(10)])
    forged = [
        receiver.post("sendgrid", body + b" ", headers),
        receiver.post("sendgrid", body, {"content-type": "application/json"}),
        receiver.post("sendgrid", *signed([event(10)], X_Twilio_Email_Event_Webhook_Timestamp=str(int(time.time()) + 5))),
        receiver.post("sendgrid", *signed([event(10)], X_Twilio_Email_Event_Webhook_Signature="MEUCIQ==")),
        receiver.post("sendgrid", b"no json", headers),
    ]
    stale = [receiver.sendgrid(event(10), seconds=-310), receiver.sendgrid(event(10), seconds=310)]
    assert [answer.status_code for answer in forged + stale] == [401] * 7
    assert "seconds before it came" in stale[0].text and "seconds after it came" in stale[1].text
    now = receiver.told("sendgrid")
    assert (now["forged"] - told.get("forged", 0), now["stale"] - told.get("stale", 0)) == (5, 2)
    assert bodies(receiver) == before


def test_what_comes_again_is_recognised_and_written_once(receiver: Receiver) -> None:
    body, headers = signed([event(20)])
    first, again = receiver.post("sendgrid", body, headers), receiver.post("sendgrid", body, headers)
    anew = receiver.post("sendgrid", *signed(body))  # the vendor tries again, and signs again
    assert [answer.status_code for answer in (first, again, anew)] == [200] * 3
    assert (again.json(), anew.json()) == ({"repeated": True}, {"repeated": True})
    assert bodies(receiver).count(body.decode()) == 1


def test_what_cannot_be_read_is_told_and_kept_once_and_spoils_no_other(receiver: Receiver) -> None:
    mixed = receiver.sendgrid(event(30), event(31, event="levitated"), {"email": "ann@example.com"})
    assert (mixed.status_code, mixed.json()["accepted"], [one["index"] for one in mixed.json()["errors"]]) == (200, 1, [1, 2])
    for body in (b"[1]", b'{"event": "bounce"', b"\xff\xfe", b"[" * 5_000, b'[{"event": "bounce", "timestamp": "soon"}]'):
        assert receiver.post("sendgrid", *signed(body)).status_code == 422
    unread = len(receiver.kept())
    for _ in range(3):
        assert receiver.post("sendgrid", *signed(b"[1]")).status_code == 422
    assert len(receiver.kept()) == unread
    assert "ann@" not in mixed.text
    assert any(one.get("body64") for one in receiver.kept())
    nothing = receiver.sendgrid(event(32, event="account_status_change"))
    assert (nothing.status_code, nothing.json(), len(receiver.kept())) == (200, {"accepted": 0, "unread": 0}, unread)


def test_a_body_of_another_kind_or_too_long_or_too_slow_is_refused(receiver: Receiver) -> None:
    before = len(receiver.kept())
    assert receiver.sendgrid(event(40), content_type="text/html").status_code == 415
    assert receiver.sendgrid(event(40), content_type="application/x-www-form-urlencoded").status_code == 415
    body, headers = signed([event(40)])
    assert receiver.post("sendgrid", gzip.compress(body), {**headers, "content-encoding": "gzip"}).status_code == 415
    assert receiver.sendgrid(event(40, reason="x" * 20_000)).status_code == 413
    assert b"413" in raw(receiver, head(Content_Length="20001"))
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    assert b"413" in raw(receiver, head(Transfer_Encoding="chunked"), chunk * 6)
    assert b"408" in raw(receiver, head(Content_Length="100"), b"[")
    assert len(receiver.kept()) == before
    assert receiver.sendgrid(event(41), content_type="application/json; charset=utf-8").status_code == 200


def test_only_whom_we_know_is_answered_and_who_asks_first_is(receiver: Receiver) -> None:
    assert receiver.post("klaviyo", b"{}", {"content-type": "application/json"}).status_code == 404
    assert receiver.post("sendgrid_uk", *signed([event(50)])).status_code == 404
    for method, name, wanted in (("GET", "mailchimp", 200), ("HEAD", "mailchimp", 200), ("GET", "sendgrid", 405), ("GET", "nobody", 404)):
        assert requests.request(method, f"{receiver.url}/webhooks/{name}", timeout=10).status_code == wanted
    assert requests.put(f"{receiver.url}/webhooks/sendgrid", timeout=10).status_code == 405
    assert requests.post(f"{receiver.url}/events", json={}, timeout=10).status_code == 404, "without its token it takes no events"


def test_who_signs_nothing_must_show_our_token(receiver: Receiver) -> None:
    body = json.dumps({"RecordType": "Delivery", "MessageID": "m1", "Recipient": "a@example.com", "DeliveredAt": "2026-06-29T10:00:00Z"})
    kind = {"content-type": "application/json"}
    for given in ("", TOKEN + "x"):
        assert receiver.post("postmark", body.encode(), {**kind, "authorization": f"Bearer {given}"}).status_code == 401
    assert receiver.post("postmark/" + TOKEN[:-1], body.encode(), kind).status_code == 401
    before = len(receiver.kept())
    assert receiver.post("postmark/" + TOKEN, body.encode(), kind).status_code == 200
    assert len(receiver.kept()) == before + 1
    assert TOKEN not in receiver.spool.joinpath(next(receiver.spool.glob("*.jsonl")).name).read_text()


def test_a_form_signed_by_mailchimp_is_kept_as_it_came(receiver: Receiver) -> None:
    body = b"type=unsubscribe&fired_at=2026-06-29+10%3A00%3A00&data%5Bemail%5D=ann%40example.com&data%5Bid%5D=1"
    good, headers = webhook_kit.mailchimp(SECRETS["mailchimp"], time.time(), "", body)
    assert receiver.post("mailchimp", good, {**headers, "content-type": "application/json"}).status_code == 415
    assert receiver.post("mailchimp", good, headers).status_code == 200
    assert good.decode() in bodies(receiver)


def test_nothing_that_came_is_logged(receiver: Receiver) -> None:
    receiver.sendgrid(event(60, email="ann@example.com"), seconds=-400)
    log = receiver.log.read_text()
    assert "webhooks of sendgrid" in log and "ann" not in log and "@" not in log and TOKEN not in log


def test_more_than_a_provider_may_send_waits_and_strangers_use_nothing_up(tmp_path: Path) -> None:
    with receiving(tmp_path, a_second=0.01, at_once=3) as running:
        body, headers = signed([event(1)])
        assert {running.post("sendgrid", body + b"x", headers).status_code for _ in range(10)} == {401}
        answers = [running.sendgrid(event(number)) for number in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert int(answers[-1].headers["Retry-After"]) > 60
        assert running.post("postmark/" + TOKEN, b"{}", {"content-type": "application/json"}).status_code != 429, "each has its own"
        assert len(running.kept()) <= 4


def test_a_full_disk_is_answered_503_and_the_next_try_is_kept(tmp_path: Path) -> None:
    with receiving(tmp_path, longest_file=3_000) as running:
        assert running.sendgrid(event(1)).status_code == 200
        torn = running.sendgrid(*(event(number) for number in range(100, 140)))
        assert (torn.status_code, torn.headers["Retry-After"]) == (503, "5")
        again = running.sendgrid(event(2))
        assert (again.status_code, again.json()) == (200, {"accepted": 1, "unread": 0})
        assert running.sendgrid(*(event(number) for number in range(100, 140))).status_code == 503, "what was not kept is not remembered"


@pytest.mark.parametrize(
    ("secrets", "tokens", "said"),
    [
        ({"postmark": "short"}, {}, "POSTMARK_WEBHOOK_SECRET must have at least 16"),
        ({"sendgrid": "no-key"}, {}, "SENDGRID_WEBHOOK_SECRET is no"),
        ({"pigeons": "a" * 20}, {}, "PIGEONS_WEBHOOK_SECRET: pigeons is no provider"),
    ],
)
def test_a_secret_that_will_not_do_starts_nothing(secrets: dict[str, str], tokens: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        receivers(secrets, tokens)
    assert not any(secret in str(refused.value) for secret in secrets.values())


def test_accounts_have_addresses_of_their_own() -> None:
    made = receivers({"sendgrid_uk": SECRETS["sendgrid"], "postmark": f"{TOKEN}, {TOKEN}2"}, {"sentry": "x", "twilio_uk": "t"})
    assert {"sendgrid_uk", "postmark", "twilio_uk"} == made.keys()
    assert made["sendgrid_uk"].vendor.name == "sendgrid" and made["postmark"].secrets == (TOKEN, f"{TOKEN}2")
    assert TOKEN not in repr(made)
