"""Klaviyo beyond messages and imports, one file: removal by look-up, events, first loads, suppressions; the specification judges each."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from api_kit import Asked, Reply, Served, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import CONTRACTS, judge, recorded

from activations.destination import Request, Suppression, Work
from activations.destinations import Klaviyo
from activations.destinations.klaviyo_pace import PACE, endpoint
from activations.model import Accepted, Refused, Unreachable
from demo.provider.options import Options
from demo.provider.server import Running, running

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
KEY = "pk_very_secret"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(limits="off", klaviyo_key=KEY)) as provider:
        yield provider


def person(number: int, **more: Any) -> dict[str, Any]:
    return {"profile_id": f"p{number}", "email": f"Ann{number}@example.com", "phone": None, "provider_ref": None, **more}


def load(klaviyo: Klaviyo, audience: str, numbers: range) -> str:
    target = klaviyo.prepare(audience, pa.schema([]))
    (job, *_) = klaviyo.send(Request(Work.UPSERT, [klaviyo.encode(Work.UPSERT, person(number)) for number in numbers], target))
    rows = [b"{}"] * len(numbers)
    while klaviyo.poll(job.handle, rows) is None:  # type: ignore[union-attr]
        pass
    return target


def on(klaviyo: Klaviyo, target: str) -> set[str | None]:
    found, cursor = klaviyo.members(target, None)
    while cursor:
        page, cursor = klaviyo.members(target, cursor)
        found += page
    return {member.profile_id for member in found}


def test_people_are_taken_off_by_id_or_address_and_who_is_unknown_is_off(provider: Running) -> None:
    klaviyo = Klaviyo(KEY, base_url=provider.url)
    target = load(klaviyo, "removals", range(130))
    rows = [person(number) for number in range(120)]
    rows += [{**person(120), "profile_id": "merged away"}, {**person(121), "profile_id": None}, person(900, email=None)]
    with recorded(klaviyo._http) as sent:
        assert klaviyo.send(Request(Work.REMOVE, [klaviyo.encode(Work.REMOVE, row) for row in rows], target)) == [Accepted()] * 123
        assert on(klaviyo, target) == {f"p{number}" for number in range(122, 130)}
        again = len(sent)
        klaviyo.send(Request(Work.REMOVE, [klaviyo.encode(Work.REMOVE, person(3))], target))
        assert len(sent) == again + 1, "its id is known by now"
    for request in sent:
        judge("klaviyo", "https://a.klaviyo.com", request)
        assert len(str(request.url)) < 6_000
    assert sum("/api/profiles?" in str(request.url) for request in sent) == 3, "100 ids at a time, then by address"


def test_events_are_kept_once_and_back_fills_start_nothing(provider: Running) -> None:
    klaviyo = Klaviyo(KEY, base_url=provider.url)
    row = {"event": "Order placed", "occurred_at": NOW, **person(1), "row_hash": "x", "value": Decimal("9.50"), "$consent": ["email"]}
    encoded = [klaviyo.encode(Work.APPEND, {"row_id": f"r{number}", **row}) for number in range(3)]
    with recorded(klaviyo._http) as sent:
        assert klaviyo.send(Request(Work.APPEND, encoded, is_first_load=True)) == [Accepted()] * 3
        assert klaviyo.send(Request(Work.APPEND, encoded[:1], is_first_load=True)) == [Accepted()]
        assert klaviyo.send(Request(Work.APPEND, encoded[:1])) == [Accepted()]
    for request in sent:
        judge("klaviyo", "https://a.klaviyo.com", request)
    bodies = [json.loads(request.body or b"")["data"]["attributes"] for request in sent]
    entries = bodies[0]["events-bulk-create"]["data"]
    assert [entry["attributes"]["backfill"] for entry in entries] == [True] * 3
    assert [body.get("backfill") for body in bodies[1:]] == [True, None]
    event = entries[0]["attributes"]["events"]["data"][0]["attributes"]
    assert (event["unique_id"], event["time"], event["properties"]) == (
        "r0",
        "2026-06-30T09:00:00+00:00",
        {"value": 9.5, "provider_ref": None},
    )


def scripted(answer: Callable[[Asked], Any]) -> AbstractContextManager[Served]:
    return serving(lambda asked: reply if isinstance(reply := answer(asked), Reply) else Reply(reply))


@pytest.mark.parametrize(("status", "archived", "is_quiet"), [("live", False, False), ("manual", False, False), ("draft", False, True),
                                                              ("live", True, True)])  # fmt: skip
def test_a_first_load_does_not_start_the_flow_of_a_list(status: str, archived: bool, is_quiet: bool) -> None:
    def answer(asked: Asked) -> Any:
        flow = {"type": "flow", "id": "F1", "attributes": {"status": status, "archived": archived}}
        return {"data": [{"type": "list", "id": "L1"}], "included": [flow]} if asked.method == "GET" else {"data": {"id": "J1"}}

    with scripted(answer) as server:
        klaviyo = Klaviyo(KEY, base_url=server.url)
        rows = [klaviyo.encode(Work.UPSERT, person(1))]
        with recorded(klaviyo._http) as sent:
            (outcome,) = klaviyo.send(Request(Work.UPSERT, rows, "L1", is_first_load=True))
            assert isinstance(outcome, Unreachable) != is_quiet and len(sent) == (2 if is_quiet else 1)
            klaviyo.send(Request(Work.UPSERT, rows, "L1"))
        assert len(sent) == (3 if is_quiet else 2), "later loads do not ask"
        for request in sent:
            judge("klaviyo", "https://a.klaviyo.com", request)


def test_suppressions_since_a_time_page_by_page() -> None:
    def entry(number: int, *causes: tuple[str, str]) -> dict[str, Any]:
        suppression = [{"reason": reason, "timestamp": at} for reason, at in causes]
        return {"attributes": {"email": f"a{number}@x.de", "subscriptions": {"email": {"marketing": {"suppression": suppression}}}}}

    def answer(asked: Asked) -> Any:
        if "page[cursor]" in asked.params:
            return {"data": [entry(2, ("USER_SUPPRESSED", "2026-06-30T08:00:00"))], "links": {"next": None}}
        first = entry(1, ("SPAM_COMPLAINT", "2026-06-29T08:00:00+00:00"), ("HARD_BOUNCE", "2026-06-28T08:00:00+00:00"))
        return {"data": [first], "links": {"next": "https://elsewhere.example/x?page%5Bcursor%5D=abc"}}

    with scripted(answer) as server:
        klaviyo = Klaviyo(KEY, base_url=server.url)
        with recorded(klaviyo._http) as sent:
            found = list(klaviyo.suppressed(datetime(2026, 6, 28, tzinfo=UTC)))
            list(klaviyo.suppressed(None))
    for request in sent:
        judge("klaviyo", "https://a.klaviyo.com", request)
    assert server.asked[0].params["filter"] == (
        "greater-or-equal(subscriptions.email.marketing.suppression.timestamp,2026-06-28T00:00:00+00:00)"
    )
    assert found == [
        Suppression("a1@x.de", "email", "complained", datetime(2026, 6, 29, 8, tzinfo=UTC)),
        Suppression("a2@x.de", "email", "blocked", datetime(2026, 6, 30, 8, tzinfo=UTC)),
    ]


def test_a_profile_that_is_gone_is_off_the_list_and_the_others_go_without_it() -> None:
    def answer(asked: Asked) -> Any:
        return Reply({"errors": [{"code": "not_found", "detail": "no", "source": {"pointer": "/data/1/id"}}]}, 404)

    with scripted(answer) as server:
        klaviyo = Klaviyo(KEY, base_url=server.url)
        rows = [klaviyo.encode(Work.REMOVE, person(number, provider_ref=f"01{number}")) for number in range(2)]
        assert klaviyo.send(Request(Work.REMOVE, rows, "L1")) == [Refused("not_found", "no"), Accepted()]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = st.sampled_from(
    ["status", "subscribed", "consent", "$consent", "$consent_timestamp", "unsubscribed", "subscriptions", "meta", "id"]
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(properties=st.dictionaries(COLUMNS | st.text(min_size=1), VALUES, max_size=6), email=st.text() | st.none())
def test_whatever_a_row_holds_the_request_is_valid_and_subscribes_nobody(properties: dict[str, Any], email: str | None) -> None:
    klaviyo = Klaviyo(KEY, base_url="http://127.0.0.1:9")
    row = {"event": "Seen", "row_id": "r1", "occurred_at": NOW, **properties, **person(1, email=email)}
    for work in (Work.UPSERT, Work.APPEND):
        encoded = klaviyo.encode(work, row)
        assert encoded == klaviyo.encode(work, row)
        with recorded(klaviyo._http) as sent:
            klaviyo.send(Request(work, [encoded] * 2, "L1"))
        (request,) = sent
        judge("klaviyo", "https://a.klaviyo.com", request)
        assert "subscription" not in str(request.url) and "suppression" not in str(request.url)
        keys = set(every_key(json.loads(request.body or b"")))
        assert not keys & {"subscriptions", "consent", "meta"} - set(every_key(list(properties.values())))
        assert not any(key.startswith("$") for key in keys - set(every_key(list(properties.values()))))


def test_the_pace_is_that_of_the_specification() -> None:
    stated = {}
    for path, operations in json.loads((CONTRACTS / "klaviyo.json").read_text())["paths"].items():
        for method, operation in operations.items():
            limits = operation.get("x-klaviyo-ratelimit", {})
            seconds = {"s": 1, "m": 60, "d": 86_400}
            windows = [(int(text.split("/")[0]), seconds[text[-1]]) for text in limits.values()]
            stated[f"{method.upper()} {path.replace('{job_id}', '{id}')}"] = windows
    for name, limits in PACE.items():
        assert [(limit.requests, getattr(limit, "seconds", None)) for limit in limits] == stated[name]
    assert endpoint("DELETE", "/api/lists/Y6nRLr/relationships/profiles") in PACE and endpoint("GET", "/api/lists") in PACE


def every_key(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for item in value.values() for key in every_key(item))]
    return [key for item in value for key in every_key(item)] if isinstance(value, list) else []


def test_a_million_profiles_fit_into_105_imports() -> None:
    klaviyo = Klaviyo(KEY, base_url="http://127.0.0.1:9")
    row = {**person(1_000_000), "phone": "+491701234567", "first_name": "Annegret", "last_name": "Schmidt", "because": "x" * 150}
    limits, size = Klaviyo.abilities[Work.UPSERT].limits, len(klaviyo.encode(Work.UPSERT, row)) + 1
    assert size > 350 and limits.row_bytes == 100_000
    assert 1_000_000 / min(limits.rows, limits.size_bytes // size) <= 105
