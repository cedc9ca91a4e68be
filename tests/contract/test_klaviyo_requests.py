"""Every request to Klaviyo, sent for real to the pretend provider, is one that Klaviyo's specification allows.

One file, because all sessions are with the same provider and judged in the same way.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import requests
from openapi_core.exceptions import OpenAPIError
from recorded import judge, recorded

from activations.destination import Request, Work
from activations.destinations import Klaviyo
from activations.destinations.klaviyo_answers import refusals
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Accepted, Message, Refused, Rejected, Unreachable
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from activations.transport.http import Answer
from demo.provider.options import Options
from demo.provider.server import Running, running

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
KEY = "pk_very_secret"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(limits="off", klaviyo_key=KEY, repeated_in_bulk="refused")) as provider:
        yield provider


def message(number: int, **changes: object) -> Message:
    fields: dict[str, object] = {
        "message_id": f"m{number}",
        "campaign": "cart_abandoned",
        "profile_id": f"p{number}",
        "channel": "email",
        "destination": "klaviyo",
        "address": f"ann{number}@example.com",
        "message": "cart_abandoned",
        "purpose": "marketing",
        "subject": "Dein Warenkorb – noch da",
        "body": 'Hallo "Ann"\n',
        "html_body": '<p title="x">Hallo "Ann"</p>' + "ü" * 3_000,
        "first_name": "Änn",
        "occurred_at": NOW,
        "occasion": "cart-1",
    }
    return Message(**fields | changes)  # type: ignore[arg-type]


def check(requests_made: list[requests.PreparedRequest]) -> set[str]:
    """Judges all of them, headers by hand, and returns which endpoints they were for."""
    for request in requests_made:
        judge("klaviyo", "https://a.klaviyo.com", request)
        assert request.headers["Authorization"] == f"Klaviyo-API-Key {KEY}"
        assert request.headers["revision"] == "2026-07-15"
        assert request.headers["Content-Type"] == "application/vnd.api+json"
        assert "subscription" not in str(request.url) and "suppression" not in str(request.url)
    return {f"{request.method} {request.path_url.partition('?')[0]}" for request in requests_made}


def test_a_session_of_messages(provider: Running, tmp_path: Path) -> None:
    klaviyo = Klaviyo(KEY, base_url=provider.url)
    before = len(provider.state.messages())
    messages = [message(number) for number in range(1200)]
    messages += [message(2000, subject=None, first_name=None), message(2001, occurred_at=NOW.astimezone(timezone(timedelta(hours=2))))]
    messages += [message(2002, address="no address"), message(2003, channel="sms", address="+491701234567")]
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    with recorded(klaviyo._http) as sent:
        report = deliver(messages, {"klaviyo": klaviyo}, ledger, lambda: NOW)
    ledger.close()
    assert (report.accepted, dict(report.destinations["klaviyo"].rejected)) == (1203, {"invalid": 1})
    assert check(sent) == {"POST /api/event-bulk-create-jobs"}
    assert all(len(request.body or b"") <= 5_000_000 for request in sent)
    inbox = provider.state.messages()[before:]
    assert len(inbox) == 1202, "an e-mail each, but for the one without an e-mail address"
    assert {entry.message_key for entry in inbox} <= {each.message_id for each in messages}
    assert (inbox[0].campaign, inbox[0].body) == ("cart_abandoned", 'Hallo "Ann"\n')
    assert inbox[0].html == messages[0].html_body and "Hallo" not in repr(messages[0])


def test_a_batch_with_repeats_in_it_is_sent_one_by_one(provider: Running) -> None:
    klaviyo = Klaviyo(KEY, base_url=provider.url)
    ledger = Ledger("sqlite://")
    before = len(provider.state.messages())
    klaviyo.send(Request(Work.MESSAGE, [klaviyo.encode(Work.MESSAGE, message(number)) for number in (5000, 5001)]))
    with recorded(klaviyo._http) as sent:
        report = deliver([message(number) for number in range(5000, 5004)], {"klaviyo": klaviyo}, ledger, lambda: NOW)
    assert report.accepted == 4
    assert check(sent) == {"POST /api/event-bulk-create-jobs", "POST /api/events"}
    assert len(provider.state.messages()) - before == 4


def test_a_session_of_audiences(provider: Running, tmp_path: Path) -> None:
    klaviyo, acknowledged = Klaviyo(KEY, base_url=provider.url), Snapshots(tmp_path)
    desired = pa.table(
        {
            "audience": ["champions"] * 230,
            "profile_id": [f"p{number}" for number in range(230)],
            "email": ["no address" if number == 7 else f"ann{number}@example.com" for number in range(230)],
            "phone": pa.array([None] * 230, pa.string()),
            "first_name": ["Ann"] * 230,
            "last_name": pa.array([None] * 230, pa.string()),
            "country_code": ["DE"] * 230,
            "orders_count": list(range(230)),
            "revenue_amount": pa.array([Decimal("99.5")] * 230, pa.decimal128(18, 4)),
            "rfm_segment": ["champions"] * 230,
            "churn_probability": pa.array([Decimal("0.15")] * 230, pa.decimal128(4, 2)),
            "next_order_week_on": [date(2026, 7, 6)] * 230,
            "send_hour": pa.array([None] * 230, pa.int64()),
            "because": ["84 days since the last order, usually every 31 (likelier to stay away)"] * 230,
            "buy_again": [["sku-1", "sku-2"]] * 230,
            "row_hash": ["1"] * 230,
        }
    )
    with recorded(klaviyo._http) as sent:
        assert klaviyo.find("champions") is None
        first = sync("champions", desired, klaviyo, acknowledged, lambda: NOW)
        assert (first.accepted, dict(first.rejected)) == (229, {"invalid": 1})
        assert "n***" in first.samples[0] and "no address" not in first.samples[0]
        second = sync("champions", desired.slice(10), klaviyo, acknowledged, lambda: NOW)
        assert (second.accepted, second.removed, second.left) == (0, 9, 0)
        made = len(sent)
        sync("champions", desired.slice(10), klaviyo, acknowledged, lambda: NOW)
        assert len(sent) == made
    kinds = {endpoint.split("/")[2] + " " + endpoint.split()[0] for endpoint in check(sent)}
    assert kinds == {
        "lists GET",
        "lists POST",
        "lists DELETE",
        "profiles GET",
        "profile-bulk-import-jobs POST",
        "profile-bulk-import-jobs GET",
    }
    attributes = json.loads(next(r for r in sent if "import" in str(r.url)).body or b"")["data"]["attributes"]["profiles"]["data"][0][
        "attributes"
    ]
    assert attributes["properties"] == {
        "country_code": "DE",
        "orders_count": 0,
        "revenue_amount": 99.5,
        "rfm_segment": "champions",
        "churn_probability": 0.15,
        "next_order_week_on": "2026-07-06",
        "send_hour": None,
        "because": "84 days since the last order, usually every 31 (likelier to stay away)",
        "buy_again": ["sku-1", "sku-2"],
    }
    assert klaviyo.find("champions") == klaviyo.prepare("champions", pa.schema([]))
    everyone, cursor = klaviyo.members(klaviyo.prepare("champions", pa.schema([])), None)
    while cursor:
        page, cursor = klaviyo.members(klaviyo.prepare("champions", pa.schema([])), cursor)
        everyone += page
    assert {member.profile_id for member in everyone} == {f"p{number}" for number in range(10, 230)}


def test_the_specification_refuses_what_is_misspelled(provider: Running) -> None:
    klaviyo = Klaviyo(KEY, base_url=provider.url)
    with recorded(klaviyo._http) as sent:
        klaviyo.send(Request(Work.MESSAGE, [klaviyo.encode(Work.MESSAGE, message(1)).replace(b'"unique_id"', b'"uniqueid"')] * 2))
    with pytest.raises(OpenAPIError):
        check(sent)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([{"code": "invalid", "detail": "bad ann@x.de", "source": {"pointer": "/data/attributes/x/data/1/attributes/email"}}],
         [Refused("invalid", "bad a***@x.de"), Rejected("invalid", "bad a***@x.de", "email"), Refused("invalid", "bad a***@x.de")]),
        ([{"code": "x", "detail": "d", "source": {"pointer": "/data/attributes/x/data/0/attributes/events/data/0/attributes/unique_id"}}],
         [Refused("x", "d", one_by_one=True)] * 3),
        ([{"code": "invalid_revision", "detail": "d", "source": {"parameter": "revision"}}],
         [Unreachable("Klaviyo answered 400 (invalid_revision): d")] * 3),
        ([{"code": "invalid", "detail": "d", "source": {"pointer": "/data"}}], [Refused("invalid", "d")] * 3),
        ([], [Refused("400", "")] * 3),
    ],
)  # fmt: skip
def test_what_a_refusal_means_for_each_row(errors: list[dict[str, object]], expected: list[object]) -> None:
    assert refusals(Answer(400, {"errors": errors}), 3) == expected


def test_a_wrong_key_is_no_rows_fault_and_is_not_shown(provider: Running) -> None:
    klaviyo = Klaviyo("pk_wrong_secret", base_url=provider.url)
    (outcome,) = klaviyo.send(Request(Work.MESSAGE, [klaviyo.encode(Work.MESSAGE, message(1))]))
    assert isinstance(outcome, Unreachable) and "check the credentials" in outcome.detail
    assert "pk_wrong_secret" not in repr(klaviyo) + repr(vars(klaviyo)) + repr(outcome) + repr(klaviyo._http.session.auth)
    assert Klaviyo(KEY, base_url=provider.url).send(Request(Work.MESSAGE, [klaviyo.encode(Work.MESSAGE, message(1))])) == [Accepted()]
