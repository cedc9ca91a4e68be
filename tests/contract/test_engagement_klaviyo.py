"""Klaviyo's events as a source: against the vendor's specification, and against the demo provider over real HTTP."""

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
from orchestration.sources import klaviyo
from orchestration.sources.engagement import ENGAGEMENT
from orchestration.sources.errors import SourceError

SPECIFICATION = Path(__file__).parents[3] / "shared/contracts/klaviyo.json"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
KEY = "pk_test"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[server.Running]:
    (tmp_path / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat(), "seed": 1, "customers": 1}))
    with server.running(tmp_path, options=Options(limits="off", klaviyo_key=KEY, settle_seconds=0.0)) as running:
        yield running


def trigger(url: str, email: str, unique_id: str) -> None:
    metric = {"data": {"type": "metric", "attributes": {"name": "Cart abandoned"}}}
    profile = {"data": {"type": "profile", "attributes": {"email": email}}}
    properties = {"campaign": "cart_abandoned", "subject": "Still yours", "body": "…"}
    attributes = {"properties": properties, "unique_id": unique_id, "metric": metric, "profile": profile}
    headers = {"Authorization": f"Klaviyo-API-Key {KEY}", "revision": klaviyo.REVISION, "Content-Type": "application/vnd.api+json"}
    answer = requests.post(
        f"{url}/api/events", data=json.dumps({"data": {"type": "event", "attributes": attributes}}), headers=headers, timeout=10
    )
    assert answer.status_code == 202, answer.text


def react(provider: server.Running, unique_id: str, status: str, *, is_machine: bool = False) -> None:
    (message,) = [one for one in provider.state.messages(None) if one.message_key == unique_id]
    provider.state.react(message.message_id, status, NOW + timedelta(minutes=5), is_machine)


def test_what_became_of_each_message_comes_back_under_our_own_id(provider: server.Running, tmp_path: Path) -> None:
    for number in range(3):
        trigger(provider.url, f"person{number}@example.com", f"m{number}")
    react(provider, "m0", "opened", is_machine=True)
    react(provider, "m1", "bounced")
    react(provider, "m2", "unsubscribed")
    rows = list(klaviyo.engagement(provider.url, KEY, None))
    told = {(row["message_id"], row["status"], row["is_machine"], row["address"]) for row in rows}
    assert {
        ("m0", "opened", True, "person0@example.com"),
        ("m1", "bounced", False, "person1@example.com"),
        ("m2", "unsubscribed", False, "person2@example.com"),
    } <= told
    landing = Landing(tmp_path / "landing")
    assert land_rows(ENGAGEMENT, rows, landing, NOW + timedelta(hours=1)).rows == len(rows)
    since = landing.since(ENGAGEMENT, destination="klaviyo")
    again = land_rows(ENGAGEMENT, klaviyo.engagement(provider.url, KEY, since), landing, NOW + timedelta(hours=1), since=since)
    assert (again.rows, again.files) == (0, [])


def test_only_events_from_since_on_are_asked_for(provider: server.Running) -> None:
    trigger(provider.url, "person@example.com", "m")
    react(provider, "m", "clicked")
    assert list(klaviyo.engagement(provider.url, KEY, NOW + timedelta(minutes=6))) == []
    assert "clicked" in {row["status"] for row in klaviyo.engagement(provider.url, KEY, NOW + timedelta(minutes=5))}


def test_all_pages_are_read(provider: server.Running, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        trigger(provider.url, f"person{number}@example.com", f"m{number}")
        react(provider, f"m{number}", "opened")
    monkeypatch.setattr(klaviyo, "PAGE_SIZE", 2)
    opened = [row for row in klaviyo.engagement(provider.url, KEY, None) if row["status"] == "opened"]
    assert sorted(str(row["message_id"]) for row in opened) == ["m0", "m1", "m2", "m3", "m4"]


def fault(url: str, kind: str, times: int | None, **more: object) -> None:
    body = {"match": "GET /api/events", "kind": kind, "times": times, **more}
    assert requests.post(f"{url}/_faults", json=body, timeout=10).status_code == 201


@pytest.mark.parametrize("kind", ["429", "500", "503", "reset_before", "truncated"])
def test_a_stumble_is_tried_again_and_the_wait_asked_for_is_kept(provider: server.Running, kind: str) -> None:
    trigger(provider.url, "person@example.com", "m")
    react(provider, "m", "opened")
    fault(provider.url, kind, 2, seconds=7)
    waits: list[float] = []
    rows = list(klaviyo.engagement(provider.url, KEY, None, sleep=waits.append))
    assert "opened" in {row["status"] for row in rows}
    assert len(waits) == 2
    if kind == "429":
        assert waits == [7.0, 7.0]


def test_a_provider_that_stays_down_is_said(provider: server.Running) -> None:
    fault(provider.url, "503", None)
    with pytest.raises(SourceError, match=r"klaviyo.*/api/events: it answered 503. Tried 6 times"):
        list(klaviyo.engagement(provider.url, KEY, None, sleep=lambda _: None))


def test_a_refused_key_is_said_and_not_shown(provider: server.Running) -> None:
    with pytest.raises(SourceError, match=r"it answered 401\. Check the key") as caught:
        list(klaviyo.engagement(provider.url, "pk_wrong", None))
    assert "pk_wrong" not in str(caught.value)


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the vendors' specifications are not at ../shared/contracts")
def test_requests_are_as_the_vendor_specifies(provider: server.Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[requests.PreparedRequest] = []
    send = requests.Session.send

    def keep(session: requests.Session, request: requests.PreparedRequest, **options: object) -> requests.Response:
        sent.append(request)
        return send(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", keep)
    list(klaviyo.engagement(provider.url, KEY, NOW))
    assert {str(request.url).partition("?")[0].removeprefix(provider.url) for request in sent} == {"/api/metrics", "/api/events"}
    specification = json.loads(SPECIFICATION.read_text()) | {"servers": [{"url": provider.url}]}
    contract = OpenAPI.from_dict(specification)
    for request in sent:
        contract.validate_request(RequestsOpenAPIRequest(request))
        assert request.headers["Authorization"] == f"Klaviyo-API-Key {KEY}"
        assert request.headers["revision"] == klaviyo.REVISION
