"""Whole syncs and deliveries with Customer.io, HubSpot and Brevo, one file: refused rows, lost answers, people who leave, events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import brevo_server
import customer_io_server
import hubspot_crm_server
import pyarrow as pa
import pytest
from api_kit import Served, serving

from activations.destination import Destination, Work
from activations.destinations import Brevo, CustomerIo, HubSpot
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Message
from activations.syncs.changes import Mode
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from activations.transport.pacing import Pacer
from activations.transport.patience import Patience

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
PATIENCE = Patience(sleep=lambda seconds: None)


@dataclass
class Vendor:
    """on: who is on the list there, by address. told: the ids of the messages that reached it, one for each time; happened: how many
    events did.
    """

    served: Served
    destination: Destination
    on: Callable[[], set[str]]
    told: Callable[[], list[str]]
    happened: Callable[[], int]


def pacer() -> Pacer:
    """Time passes by waiting alone."""
    time = [0.0]

    def sleep(seconds: float) -> None:
        time[0] += seconds

    return Pacer(clock=lambda: time[0], sleep=sleep)


@contextmanager
def customer_io() -> Iterator[Vendor]:
    there = customer_io_server.Workspace()
    with serving(there.answer) as served:
        keys = {"app_key": customer_io_server.APP_KEY, "track_url": served.url, "app_url": served.url}
        made = CustomerIo(customer_io_server.SITE, customer_io_server.KEY, pacer=pacer(), **keys)
        on = lambda: {there.people[one]["email"].lower() for one in there.on[1]}  # noqa: E731
        yield Vendor(
            served, made, on, lambda: [event["attributes"]["message_id"] for event in there.events.values()], lambda: len(there.events)
        )


@contextmanager
def hubspot() -> Iterator[Vendor]:
    there = hubspot_crm_server.Portal()
    properties = [{"name": "message_id"}, {"name": "value"}]
    there.definitions = [{"name": name, "fullyQualifiedName": f"pe1_{name}", "properties": properties} for name in ("win_back", "bought")]
    with serving(there.answer) as served:
        made = HubSpot(hubspot_crm_server.TOKEN, base_url=served.url, pacer=pacer())
        on = lambda: {there.contacts[one]["email"] for one in there.on["1"]}  # noqa: E731
        yield Vendor(
            served,
            made,
            on,
            lambda: [one["properties"]["message_id"] for one in there.occurrences.values()],
            lambda: len(there.occurrences),
        )


@contextmanager
def brevo() -> Iterator[Vendor]:
    there = brevo_server.Account()
    with serving(there.answer) as served:
        there.url = served.url
        made = Brevo(brevo_server.KEY, sender="shop@example.com", sms_sender="Shop", base_url=f"{served.url}/v3", pacer=pacer())
        yield Vendor(
            served,
            made,
            lambda: there.on[1],
            lambda: [one["tags"][0].removeprefix("message-") for one in there.sent],
            lambda: len(there.events),
        )


@pytest.fixture(params=[customer_io, hubspot, brevo])
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    with request.param() as vendor:
        yield vendor


def audience(numbers: range, revenue: str = "9.5") -> pa.Table:
    emails = ["bad @ address" if number == 7 else f"Ann{number}@example.com" for number in numbers]
    count = len(numbers)
    columns: dict[str, Any] = {
        "profile_id": [f"p{number}" for number in numbers],
        "email": emails,
        "phone": pa.array([None] * count, pa.string()),
        "first_name": ["Ann"] * count,
        "last_name": pa.array([None] * count, pa.string()),
        "revenue_amount": pa.array([Decimal(revenue)] * count, pa.decimal128(18, 4)),
        "next_order_on": [date(2026, 7, 6)] * count,
        "is_vip": [True] * count,
        "status": ["subscribed"] * count,
        "row_hash": [f"{number}-{revenue}" for number in numbers],
    }
    return pa.table(columns)


def test_a_list_becomes_what_is_desired_and_stays_so_without_a_request(vendor: Vendor, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    vendor.served.faults = [None] * 4 + [503, "drop", "cut"]
    first = sync("champions", audience(range(250)), vendor.destination, snapshots, lambda: NOW, patience=PATIENCE)
    assert (first.accepted, sum(first.rejected.values()), first.left) == (249, 1, 0), (first.stopped, first.samples)
    assert vendor.on() == {f"ann{number}@example.com" for number in range(250) if number != 7}
    second = sync("champions", audience(range(20, 250)), vendor.destination, snapshots, lambda: NOW, patience=PATIENCE)
    assert (second.accepted, second.removed, second.left) == (0, 19, 0), second.stopped
    assert vendor.on() == {f"ann{number}@example.com" for number in range(20, 250)}
    third = sync("champions", audience(range(20, 250), "10.5"), vendor.destination, snapshots, lambda: NOW, patience=PATIENCE)
    assert (third.accepted, third.removed, third.left) == (230, 0, 0), third.stopped
    asked = len(vendor.served.asked)
    sync("champions", audience(range(20, 250), "10.5"), vendor.destination, snapshots, lambda: NOW, patience=PATIENCE)
    assert len(vendor.served.asked) == asked


def test_a_message_whose_answer_is_lost_arrives_once(vendor: Vendor, tmp_path: Path) -> None:
    name = vendor.destination.name
    texts = [
        Message(
            f"m{number}", "win_back", f"p{number}", "email", name, f"ann{number}@example.com", "m", "marketing", "Hi", "Hi", "A", NOW, "1"
        )
        for number in range(5)
    ]
    vendor.served.faults = [None, "drop", "cut", None]
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    report = deliver(texts, {name: vendor.destination}, ledger, lambda: NOW, patience=PATIENCE)
    ledger.close()
    assert report.accepted == 5, report
    assert sorted(vendor.told()) == [f"m{number}" for number in range(5)]


def happenings(numbers: range) -> pa.Table:
    columns: dict[str, Any] = {name: [f"{name}{number}" for number in numbers] for name in ("row_id", "profile_id")}
    columns |= {"event": ["bought"] * len(numbers), "occurred_at": pa.array([NOW] * len(numbers), pa.timestamp("us", "UTC"))}
    return pa.table(columns | {"email": [f"ann{number}@example.com" for number in numbers], "value": [2] * len(numbers)})


def test_events_are_told_once_and_need_no_list(vendor: Vendor, tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    is_dropping_repeats = vendor.destination.abilities[Work.APPEND].is_repeatable
    vendor.served.faults = [None, "drop"] if is_dropping_repeats else []
    for numbers in (range(150), range(50, 160)):
        report = sync("orders", happenings(numbers), vendor.destination, snapshots, lambda: NOW, mode=Mode.APPEND, patience=PATIENCE)
        assert not report.stopped and report.left == 0, report
    assert vendor.happened() == 160
    assert not [one.path for one in vendor.served.asked if "list" in one.path or "segment" in one.path or "attributes" in one.path]
