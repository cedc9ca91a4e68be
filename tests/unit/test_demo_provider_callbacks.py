"""The pretend provider calls senders back, signed as the vendors sign; with faults twice and out of order, and again after a failure."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from provider_kit import SendGrid, send_sms, set_clock

from demo.provider.options import Options
from demo.provider.server import running


class Receiver:
    """A real server that keeps what it was told; it answers 500 to the first `failing` requests."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.failing = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.failing -= 1
                if receiver.failing < 0:
                    receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(500 if receiver.failing >= 0 else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def sendgrid_events(self) -> list[dict]:
        return [event for _, body in self.got for event in json.loads(body)]

    def statuses(self) -> list[str]:
        return [dict(parse_qsl(body.decode()))["MessageStatus"] for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_twilio_tells_each_step_and_signs_it(tmp_path, receiver):
    set_clock(tmp_path)
    with running(tmp_path, options=Options(settle_seconds=0, twilio_token="token")) as provider:
        receiver.failing = 1
        url = receiver.url + "/sms?campaign=win_back&message_key=k"
        sid = send_sms(provider.url, StatusCallback=url).json()["sid"]
        until(lambda: len(receiver.got) >= 2)
        provider.state.react(sid, "bounced", provider.state.messages()[0].accepted_at)
        until(lambda: len(receiver.got) >= 3)
        assert sorted(receiver.statuses()) == ["delivered", "sent", "undelivered"], "the one that failed came again"
        for headers, body in receiver.got:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            assert form["MessageSid"] == sid and ("ErrorCode" in form) == (form["MessageStatus"] == "undelivered")
            signed = url + "".join(name + form[name] for name in sorted(form))
            wanted = base64.b64encode(hmac.digest(b"token", signed.encode(), hashlib.sha1)).decode()
            assert headers["x-twilio-signature"] == wanted
        until(lambda: requests.get(provider.url + "/_stats", timeout=30).json()["callbacks"]["told"] == 3)
        assert requests.get(provider.url + "/_stats", timeout=30).json()["callbacks"]["failed"] == 1


def test_sendgrid_tells_events_with_their_keys_and_signs_them(tmp_path, receiver):
    set_clock(tmp_path)
    with running(tmp_path, options=Options(sendgrid_webhook=receiver.url)) as provider:
        sendgrid = SendGrid(provider.url)
        sendgrid("POST", "asm/suppressions/global", {"recipient_emails": ["bob@example.com"]})
        message_id = sendgrid.mail("ann@example.com", "bob@example.com").headers["X-Message-Id"]
        (message,) = provider.state.messages()
        provider.state.react(message.message_id, "opened", message.accepted_at, is_machine=True)
        provider.state.react(message.message_id, "bounced", message.accepted_at)
        until(lambda: len(receiver.sendgrid_events()) >= 5)
        events = receiver.sendgrid_events()
        assert [event["event"] for event in events] == ["processed", "dropped", "delivered", "open", "bounce"]
        assert {event["message_key"] for event in events} == {"key-ann@example.com", "key-bob@example.com"}
        assert all(event["sg_message_id"].startswith(message_id) for event in events)
        assert (events[3]["sg_machine_open"], events[4]["type"], len({event["sg_event_id"] for event in events})) == (True, "bounce", 5)
        answer = sendgrid("GET", "user/webhooks/event/settings/signed").json()
        key = load_der_public_key(base64.b64decode(answer["public_key"]))
        headers, body = receiver.got[0]
        signature = base64.b64decode(headers["x-twilio-email-event-webhook-signature"])
        timestamp = headers["x-twilio-email-event-webhook-timestamp"].encode()
        key.verify(signature, timestamp + body, ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InvalidSignature):
            key.verify(signature, timestamp + body + b" ", ec.ECDSA(hashes.SHA256()))


def test_callbacks_come_twice_and_late_by_fault(tmp_path, receiver):
    set_clock(tmp_path)
    with running(tmp_path, options=Options(sendgrid_webhook=receiver.url, settle_seconds=0)) as provider:
        for fault in ({"match": "CALLBACK /sendgrid", "kind": "callback_twice"}, {"match": "CALLBACK /twilio", "kind": "callback_late"}):
            assert requests.post(provider.url + "/_faults", json=fault, timeout=30).status_code == 201
        SendGrid(provider.url).mail("ann@example.com")
        until(lambda: len(receiver.sendgrid_events()) >= 3)
        events = [event["sg_event_id"] for event in receiver.sendgrid_events()]
        assert len(events) > len(set(events))
        receiver.got.clear()
        send_sms(provider.url, StatusCallback=receiver.url)
        until(lambda: len(receiver.got) >= 2)
        assert receiver.statuses() == ["delivered", "sent"]
        stats = requests.get(provider.url + "/_stats", timeout=30).json()
        assert (stats["callbacks"]["repeated"], stats["faults"]) == (1, {"callback_twice": 1, "callback_late": 1})


def test_what_was_not_told_is_told_by_the_next_provider_and_nobody_else_is_called(tmp_path, receiver):
    set_clock(tmp_path)
    receiver.failing = 1_000
    with running(tmp_path, options=Options(twilio_token="token")) as provider:
        send_sms(provider.url, StatusCallback=receiver.url)
        until(lambda: receiver.failing < 1_000)
    receiver.failing = 0
    with running(tmp_path, options=Options(twilio_token="token")) as provider:
        until(lambda: len(receiver.got) >= 1)
        send_sms(provider.url, StatusCallback="https://shop.example.com/twilio")
        assert provider.state.read("select callback from messages order by seq desc limit 1")[0][0] is None
