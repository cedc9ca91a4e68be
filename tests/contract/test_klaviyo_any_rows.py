"""Whatever a row holds, its request to Klaviyo is one that the specification allows, within its limits, and says nothing of consent."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from any_rows import any_message, any_person
from api_kit import Asked, Reply, serving
from delivery_kit import message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import judge, recorded

from activations.destination import Request, Work
from activations.destinations import Klaviyo
from activations.model import Accepted, Job

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
_WIDE = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def answer(asked: Asked) -> Reply:
    if asked.method == "GET":
        return Reply({"data": [{"type": "profile", "id": "P1", "attributes": {"external_id": "p", "email": "e", "phone_number": "n"}}]})
    return Reply({"data": {"type": "x", "id": "j1"}}, 202)


def sent_by(request: Request, rows: int) -> list[dict[str, Any]]:
    """The bodies of what was sent, each judged; all rows are taken."""
    with serving(answer) as server:
        klaviyo = Klaviyo("pk_secret", base_url=server.url)
        with recorded(klaviyo._http) as sent:
            outcomes = klaviyo.send(request)
    assert len(outcomes) == rows and all(isinstance(outcome, Accepted | Job) for outcome in outcomes)
    for one in sent:
        judge("klaviyo", "https://a.klaviyo.com", one)
        assert (one.headers["Authorization"], one.headers["revision"]) == ("Klaviyo-API-Key pk_secret", "2026-07-15")
        assert one.headers["Content-Type"] == "application/vnd.api+json"
    return [json.loads(one.body) for one in sent if one.body]


@_WIDE
@given(people=st.lists(any_person(), min_size=1, max_size=3))
def test_any_people(people: list[dict[str, Any]]) -> None:
    rows = [Klaviyo("k").encode(Work.UPSERT, person) for person in people]
    (body,) = sent_by(Request(Work.UPSERT, rows, "Y6nRLr"), len(rows))
    for profile in body["data"]["attributes"]["profiles"]["data"]:
        assert not {name for name in profile["attributes"]["properties"] if name.strip().lower() in ("consent", "subscriptions", "meta")}


@_WIDE
@given(people=st.lists(any_person(), min_size=1, max_size=3))
def test_any_people_who_leave(people: list[dict[str, Any]]) -> None:
    rows = [
        Klaviyo("k").encode(Work.REMOVE, {**person, "provider_ref": ref}) for person, ref in zip(people, ["P1", None, ""], strict=False)
    ]
    sent_by(Request(Work.REMOVE, rows, "Y6nRLr"), len(rows))


@_WIDE
@given(people=st.lists(any_person(), min_size=1, max_size=3), name=st.text(), is_first=st.booleans())
def test_anything_that_happens(people: list[dict[str, Any]], name: str, is_first: bool) -> None:
    events = [{**person, "row_id": str(number), "event": name, "occurred_at": NOW} for number, person in enumerate(people)]
    rows = [Klaviyo("k").encode(Work.APPEND, one) for one in events]
    sent_by(Request(Work.APPEND, rows, is_first_load=is_first), len(rows))


@_WIDE
@given(changes=st.lists(any_message(), min_size=1, max_size=3), channel=st.sampled_from(["email", "sms"]))
def test_any_messages(changes: list[dict[str, Any]], channel: str) -> None:
    rows = [Klaviyo("k").encode(Work.MESSAGE, message(number, channel=channel, **change)) for number, change in enumerate(changes)]
    sent_by(Request(Work.MESSAGE, rows), len(rows))


@pytest.mark.parametrize("name", ["champions", "", "ä" * 300, 'say "hi", (you)', "a\nb", "🙂\x00"])
def test_any_name_of_a_list(name: str) -> None:
    def lists(asked: Asked) -> Reply:
        return Reply({"data": [] if asked.method == "GET" else {"type": "list", "id": "Y1"}})

    with serving(lists) as server:
        klaviyo = Klaviyo("pk_secret", base_url=server.url)
        with recorded(klaviyo._http) as sent:
            assert klaviyo.prepare(name, pa.schema([("profile_id", pa.string())])) == "Y1"
    for one in sent:
        judge("klaviyo", "https://a.klaviyo.com", one)


def test_the_largest_removal() -> None:
    most = Klaviyo.abilities[Work.REMOVE].limits.rows
    sent_by(
        Request(Work.REMOVE, [Klaviyo("k").encode(Work.REMOVE, {"provider_ref": f"P{number}"}) for number in range(most)], "Y6nRLr"), most
    )
