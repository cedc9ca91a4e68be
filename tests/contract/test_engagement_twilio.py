"""Twilio's messages as a source: against the vendor's specification, and against the demo provider over real HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest

from demo.provider import server
from demo.provider.options import Options
from orchestration.landing import Landing, land_rows
from orchestration.sources import twilio
from orchestration.sources.engagement import ENGAGEMENT
from orchestration.sources.errors import SourceError

SPECIFICATION = Path(__file__).parents[3] / "shared/contracts/twilio.json"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
ACCOUNT = "AC" + "0" * 32
TOKEN = "t0ken"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[server.Running]:
    (tmp_path / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat(), "seed": 1, "customers": 1}))
    with server.running(tmp_path, options=Options(limits="off", twilio_token=TOKEN)) as running:
        yield running


def text(url: str, to: str) -> str:
    form = {"To": to, "From": "+15005550006", "Body": "Hi"}
    place = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.post(place, data=form, auth=(ACCOUNT, TOKEN), timeout=10)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def states(url: str, since: datetime | None = None) -> set[tuple[str, str]]:
    return {(row["event_id"], row["status"]) for row in twilio.engagement(url, ACCOUNT, TOKEN, since)}


def test_each_state_of_a_message_is_one_event(provider: server.Running, tmp_path: Path) -> None:
    sid = text(provider.url, "+4915112345678")
    landing = Landing(tmp_path / "landing")
    for _ in range(5):
        since = landing.since(ENGAGEMENT, destination="twilio")
        rows = twilio.engagement(provider.url, ACCOUNT, TOKEN, since)
        land_rows(ENGAGEMENT, rows, landing, NOW + timedelta(hours=1), since=since)
    seen = [row for path in landing.files(ENGAGEMENT) for row in _event_ids(path)]
    assert len(seen) == len(set(seen))
    assert {f"{sid}:sent", f"{sid}:delivered"} <= set(seen)


def _event_ids(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    ids: list[str] = pq.read_table(path)["event_id"].to_pylist()
    return ids


def test_stop_is_an_unsubscribe_of_the_customer(provider: server.Running) -> None:
    text(provider.url, "+4915112345678")
    (message,) = provider.state.messages(None)
    provider.state.react(message.message_id, "unsubscribed", NOW + timedelta(minutes=5))
    gone = [row for row in twilio.engagement(provider.url, ACCOUNT, TOKEN, None) if row["status"] == "unsubscribed"]
    assert [(row["address"], row["channel"], row["destination"]) for row in gone] == [("+4915112345678", "sms", "twilio")]


def test_a_message_that_did_not_arrive_bounced(provider: server.Running) -> None:
    sid = text(provider.url, "+4915112345678")
    (message,) = provider.state.messages(None)
    provider.state.react(message.message_id, "bounced", NOW + timedelta(minutes=5))
    states(provider.url)
    assert (f"{sid}:bounced", "bounced") in states(provider.url)


def test_all_pages_are_read_and_only_from_since_on(provider: server.Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sids = {text(provider.url, f"+49151123456{number:02}") for number in range(5)}
    monkeypatch.setattr(twilio, "PAGE_SIZE", 2)
    assert {event_id.partition(":")[0] for event_id, _ in states(provider.url)} == sids
    assert states(provider.url, NOW + timedelta(days=9)) == set()


def test_a_limit_is_waited_out_and_a_lasting_fault_is_said(provider: server.Running) -> None:
    sid = text(provider.url, "+4915112345678")
    fault = {"match": "GET /2010-04-01", "kind": "429", "times": 1, "seconds": 3}
    requests.post(f"{provider.url}/_faults", json=fault, timeout=10)
    waits: list[float] = []
    rows = list(twilio.engagement(provider.url, ACCOUNT, TOKEN, None, sleep=waits.append))
    assert [row["event_id"].partition(":")[0] for row in rows] == [sid]
    assert len(waits) == 1
    with pytest.raises(SourceError, match=r"it answered 401\. Check the key"):
        list(twilio.engagement(provider.url, ACCOUNT, "wrong", None))
    requests.post(f"{provider.url}/_faults", json=fault | {"kind": "500", "times": None}, timeout=10)
    with pytest.raises(SourceError, match=r"it answered 500\. Tried 6 times"):
        list(twilio.engagement(provider.url, ACCOUNT, TOKEN, None, sleep=lambda _: None))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"status": "undelivered", "error_code": 30005}, "bounced"),
        ({"status": "undelivered", "error_code": 30003}, "failed"),
        ({"status": "failed"}, "failed"),
        ({"status": "failed", "error_code": 21610}, "unsubscribed"),
        ({"status": "canceled"}, "rejected"),
        ({"direction": "inbound", "status": "received", "body": " stop "}, "unsubscribed"),
        ({"direction": "inbound", "status": "received", "body": "Thanks"}, None),
    ],
)
def test_states_in_our_vocabulary(message: dict[str, object], expected: str | None) -> None:
    row = twilio._row({"sid": "SM1", "to": "+49", "from": "+1", "date_updated": "Fri, 24 May 2019 17:44:50 +0000", **message})
    assert (row and row["status"]) == expected


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the vendors' specifications are not at ../shared/contracts")
def test_requests_are_as_the_vendor_specifies(provider: server.Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[requests.PreparedRequest] = []
    send = requests.Session.send

    def keep(session: requests.Session, request: requests.PreparedRequest, **options: object) -> requests.Response:
        sent.append(request)
        return send(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", keep)
    list(twilio.engagement(provider.url, ACCOUNT, TOKEN, NOW))
    specification = json.loads(SPECIFICATION.read_text()) | {"servers": [{"url": provider.url}]}
    for path in specification["paths"].values():
        path.pop("servers", None)
    contract = OpenAPI.from_dict(specification)
    assert sent
    for request in sent:
        assert "DateSent%3E=2026-06-29T09%3A00%3A00Z" in str(request.url)
        assert request.headers["Authorization"].startswith("Basic ")
        contract.validate_request(RequestsOpenAPIRequest(request))
