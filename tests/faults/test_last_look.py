"""What happens between decision and sending is seen in the moment before: a real shop's databases, a real warehouse, a real provider.

Longer than most files: the world, what happens in it and what goes out are one story.
"""

import gc
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from delivery_kit import Shelf, Waits, message

sys.path.append(str(Path(__file__).parents[1] / "end_to_end"))
from warehouse_kit import Warehouse

from activations.destination import Request, Suppression, Work
from activations.destinations import Klaviyo
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.report import DeliveryReport
from activations.model import Message, Outcome, Unreachable
from activations.transport.http import NoAnswer
from activations.webhooks.event import Post
from demo.provider.options import Options
from demo.provider.server import Running, running
from orchestration.assets.warehouse import manifest
from orchestration.collector.kept import line_of
from orchestration.feedback import suppressed
from orchestration.landing import Landing, land_rows, land_sql
from orchestration.last_look import LastLook
from orchestration.last_look.suppressed import Lists
from orchestration.resources import Outside
from orchestration.sources import crm, service, shop
from orchestration.sources.suppressions import SUPPRESSIONS
from orchestration.sources.table import Table
from orchestration.warehouse import Warehouse as Reader

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
CART = NOW - timedelta(minutes=40)
SINCE_AT = NOW - timedelta(minutes=5)
BEFORE, SINCE = f"{NOW - timedelta(days=3):%Y-%m-%d %H:%M:%S}", f"{NOW + timedelta(minutes=2):%Y-%m-%d %H:%M:%S}"
PEOPLE = ("quiet", "buyer", "passer", "returner", "leaver", "talker", "noted", "second", "silent", "reporter")


def put(folder: Path, table: Table, *rows: dict[str, object]) -> None:
    """Writes rows into the table of its system's database, which is made where it is missing."""
    names = ", ".join(f'"{name}"' for name in table.column_names)
    with sqlite3.connect(folder / f"{table.source}.db") as connection:
        connection.execute(f"create table if not exists {table.name} ({names})")
        marks = ", ".join("?" * len(table.column_names))
        connection.executemany(
            f"insert into {table.name} ({names}) values ({marks})", [[row.get(name) for name in table.column_names] for row in rows]
        )


def sold(person: str, at: str = SINCE, **changes: object) -> dict[str, object]:
    facts = {"order_id": f"o_{person}_{at}", "customer_id": f"c_{person}", "status": "paid", "currency": "EUR", "total_amount": "50"}
    return {**facts, "ordered_at": at, "updated_at": at, **changes}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warehouse, Running]]:
    """A shop whose databases were landed and built; each person has an account, a CRM record, consent (but one), and an old order."""
    folder = tmp_path_factory.mktemp("look")
    dated = {"created_at": BEFORE, "updated_at": BEFORE}
    put(folder, shop.CUSTOMERS, *({"customer_id": f"c_{name}", "email": f"{name}@shop.test", **dated} for name in PEOPLE))
    put(folder, shop.ORDERS, *(sold(name, BEFORE) for name in PEOPLE))
    put(folder, shop.ORDER_LINES, *({"order_line_id": f"l_{name}", "order_id": f"o_{name}_{BEFORE}", "product_id": "tea", "quantity": "1",
        "unit_price_amount": "50", "updated_at": BEFORE} for name in PEOPLE))  # fmt: skip
    put(folder, shop.REFUNDS)
    put(
        folder,
        crm.CONTACTS,
        *({"contact_id": f"k_{name}", "shop_customer_id": f"c_{name}", "email": f"{name}@shop.test", **dated} for name in PEOPLE),
    )
    put(folder, crm.CONSENTS, *({"consent_id": f"s_{name}", "contact_id": f"k_{name}", "channel": "email", "purpose": "marketing",
        "status": "granted", "recorded_at": BEFORE, "updated_at": BEFORE} for name in PEOPLE if name != "silent"))  # fmt: skip
    put(folder, service.TICKETS)
    warehouse = Warehouse(folder, systems=["shop", "crm", "service"])
    for table in (shop.CUSTOMERS, shop.ORDERS, shop.ORDER_LINES, shop.REFUNDS, *crm.TABLES, service.TICKETS):
        land_sql(table, f"sqlite:///{folder / table.source}.db", warehouse.landing, NOW)
    warehouse.build(NOW, "regulars", only="seed")
    warehouse.build(NOW, "regulars.staging", "regulars.identity", "regulars.profiles", only="run")
    DuckDBConnectionManager.close_all_connections()  # dbt in this process holds the file; that of a run is another process
    gc.collect()
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with pytest.MonkeyPatch.context() as patch, running(folder, options=Options(limits="off")) as provider:
        patch.setenv("SERVICE_URL", f"sqlite:///{folder / 'service.db'}")
        secrets = {"KLAVIYO_API_KEY": "pk", "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "demo"}
        for name, value in {"KLAVIYO_URL": provider.url, "TWILIO_URL": provider.url, **secrets}.items():
            patch.setenv(name, value)
        yield warehouse, provider


@pytest.fixture()
def outbox(world: tuple[Warehouse, Running]) -> pa.Table:
    """A message for each person: a reminder of a cart, that an order, a return or a ticket makes void."""
    ids = {str(row["email"]).split("@")[0]: row["profile_id"] for row in world[0].rows("select email, profile_id from profiles.profiles")}
    return pa.Table.from_pylist([row(ids[name], name, purpose) for name in PEOPLE for purpose in ("marketing", "transactional")])


def row(profile_id: object, name: str, purpose: str) -> dict[str, object]:
    facts = vars_of(message(0, message_id=f"{name}_{purpose}", profile_id=profile_id, address=f"{name}@shop.test", purpose=purpose))
    is_cart = purpose == "marketing"
    voids = {"is_void_after_order": is_cart, "is_void_after_return": is_cart, "is_void_while_ticket": is_cart}
    return {**facts, "occurred_at": CART.replace(tzinfo=None), **voids}


def vars_of(one: Message) -> dict[str, object]:
    return {name: getattr(one, name) for name in Message.__slots__}


def letters(outbox: pa.Table) -> list[Message]:
    from activations.messages.outbox import read_messages

    return list(read_messages([outbox]))


def look_of(world: tuple[Warehouse, Running], outbox: pa.Table, *destinations: Shelf, **changes: str) -> LastLook:
    warehouse, _ = world
    url = {f"{name}_url": f"sqlite:///{warehouse.folder / name}.db" for name in ("shop", "crm")} | changes
    outside = Outside(**{**url, "ga4_folder": "", "events_folder": "", "ledger_url": ""})
    reader = Reader(data=str(warehouse.folder))
    asked = {one.name: one for one in destinations}
    return LastLook(
        reader,
        outbox,
        outside,
        warehouse.landing,
        lambda: NOW,
        warehouse.folder / "target",
        manifest(),
        "complaint",
        asked,
        warehouse.folder / "webhooks",
    )


def sent(
    world: tuple[Warehouse, Running], outbox: pa.Table, ledger: Path, shelf: Shelf, look: Callable[..., dict[str, str]]
) -> DeliveryReport:
    book = Ledger(f"sqlite:///{ledger}")
    try:
        return deliver(letters(outbox), {"mail": shelf}, book, lambda: NOW, objections=look, patience=Waits().patience())
    finally:
        book.close()


def test_what_happens_after_the_decision_is_seen_before_the_batch_is_sent(
    world: tuple[Warehouse, Running], outbox: pa.Table, tmp_path: Path
) -> None:
    """People buy, as customers and as guests, return, opt out by the CRM, by the provider's list and by a webhook that waits to be landed,
    complain: theirs stay, the others' go."""
    warehouse, provider = world
    folder = warehouse.folder
    before = look_of(world, outbox)
    assert (before(letters(outbox)), before.unread) == ({}, []), "nothing has happened yet"
    at = {"recorded_at": SINCE, "opened_at": SINCE, "refunded_at": SINCE, "updated_at": SINCE}
    put(folder, shop.ORDERS, sold("buyer"), sold("passer", customer_id=None, email=" Passer@SHOP.test "), sold("quiet", status="cancelled"))
    put(folder, shop.REFUNDS, {"refund_id": "r", "order_id": f"o_returner_{BEFORE}", "amount": "50", **at})
    left = {"consent_id": "w", "contact_id": "k_leaver", "channel": "email", "purpose": "marketing", "status": "withdrawn"}
    put(folder, crm.CONSENTS, left | at)
    put(folder, service.TICKETS, {"ticket_id": "t", "email": "talker@shop.test", "status": "open", "is_complaint": "true", **at})
    klaviyo = Klaviyo("pk", base_url=provider.url)
    told = message(0, "klaviyo", message_id="earlier", address="noted@shop.test", profile_id="noted")
    klaviyo.send(Request(Work.MESSAGE, [klaviyo.encode(Work.MESSAGE, told)]))
    provider.state.react(provider.state.messages()[0].message_id, "unsubscribed", NOW + timedelta(minutes=1))

    spam = {"event": "spamreport", "sg_event_id": "s1", "email": "Reporter@shop.test", "timestamp": int(NOW.timestamp()) + 60}
    (folder / "webhooks").mkdir()
    told_us = Post(json.dumps([spam]).encode(), "application/json", "", NOW + timedelta(minutes=1))
    (folder / "webhooks" / "1.jsonl").write_bytes(line_of("sendgrid", told_us))

    shelf, look = Shelf(rows=4), look_of(world, outbox)
    report = sent(world, outbox, tmp_path / "ledger.db", shelf, look)
    withheld = report.destinations["mail"].withheld_ids
    assert withheld == {
        "buyer_marketing": "ordered_since",
        "passer_marketing": "ordered_since",
        "returner_marketing": "returned_since",
        "leaver_marketing": "no_consent",
        "talker_marketing": "waiting_for_service",
        "noted_marketing": "suppressed",
        "noted_transactional": "suppressed",
        "reporter_marketing": "suppressed",
        "reporter_transactional": "suppressed",
    }
    assert sorted(shelf.inbox) == sorted(set(outbox["message_id"].to_pylist()) - set(withheld))
    assert (look.looks, look.unread) == (1, []), "one look serves the batches of a moment"


def test_a_run_that_was_killed_leaves_nothing_that_goes_out_after_a_purchase(
    world: tuple[Warehouse, Running], outbox: pa.Table, tmp_path: Path
) -> None:
    """kill -9 while the provider is asked: the messages are in doubt. One of their people buys; that one is held, the others go again,
    what is no marketing also to whom none may go."""
    ledger = tmp_path / "ledger.db"
    both = outbox.filter(pa.compute.is_in(outbox["message_id"], pa.array(["second_marketing", "quiet_marketing", "silent_transactional"])))
    child = os.fork()
    if child == 0:

        class Deadly(Shelf):
            def send(self, rows: object) -> list[Outcome]:
                os.kill(os.getpid(), 9)
                return []

        sent(world, both, ledger, Deadly(), lambda batch: {})
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    put(world[0].folder, shop.ORDERS, sold("second"))
    shelf, nothing = Shelf(), outbox.slice(0, 0)
    report = sent(world, nothing, ledger, shelf, look_of(world, nothing))
    assert sorted(shelf.inbox) == ["quiet_marketing", "silent_transactional"]
    assert [(held.message_id, "ordered_since" in held.detail) for held in report.held] == [("second_marketing", True)]


@pytest.mark.parametrize("lost", ["shop_url", "klaviyo_url"])
def test_marketing_waits_where_a_source_cannot_be_asked(
    world: tuple[Warehouse, Running], outbox: pa.Table, tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is about an order goes, but not to whom a provider that can be asked calls suppressed; the source is named."""
    monkeypatch.setenv("KLAVIYO_URL", "http://127.0.0.1:9" if lost == "klaviyo_url" else world[1].url)
    gone = {"shop_url": f"sqlite:///{tmp_path / 'gone.db'}"} if lost == "shop_url" else {}
    shelf, look = Shelf(), look_of(world, outbox, **gone)
    report = sent(world, outbox, tmp_path / "ledger.db", shelf, look)
    assert shelf.inbox and not [name for name in shelf.inbox if name.endswith("marketing")]
    assert report.destinations["mail"].withheld["not_checked"] >= 2
    assert look.unread and lost.split("_")[0] in look.unread[0]


class Listing(Shelf):
    """A provider with a list of its own; `fails` says what it does instead of answering."""

    def __init__(self, *listed: Suppression) -> None:
        super().__init__()
        self.listed, self.asked_since, self.fails = list(listed), list[datetime | None](), False

    def suppressed(self, since: datetime | None) -> Iterator[Suppression]:
        self.asked_since.append(since)
        if self.fails:
            raise NoAnswer(Unreachable("it is down"))
        yield from self.listed


def test_whom_a_provider_has_on_its_own_list_gets_nothing_and_the_next_run_knows_it(
    world: tuple[Warehouse, Running], outbox: pa.Table, tmp_path: Path
) -> None:
    """Whatever the message is about; a list is read once for the batches of a minute, and what was landed of it holds for good."""
    landing = Landing(tmp_path / "landing")
    shelf = Listing(Suppression("Quiet@shop.test", "email", "blocked", SINCE_AT), Suppression("+491", "sms", "unsubscribed", None))
    lists = Lists({"mail": shelf}, landing, [], lambda: NOW, time.monotonic)
    batches = [letters(outbox)[:4], letters(outbox)[4:]]
    assert [lists.objections(batch) for batch in batches] == [dict.fromkeys(("quiet_marketing", "quiet_transactional"), "suppressed"), {}]
    assert (shelf.asked_since, lists.unread) == ([None], [])

    landed = land_rows(SUPPRESSIONS, suppressed({"mail": shelf}, landing, NOW), landing, NOW)
    assert (landed.rows, land_rows(SUPPRESSIONS, suppressed({"mail": shelf}, landing, NOW), landing, NOW).rows) == (2, 0)
    assert shelf.asked_since[-1] == NOW - SUPPRESSIONS.overlap, "from there on, and a little before"
    shelf.listed = []
    assert set(Lists({"mail": shelf}, landing, [], lambda: NOW, time.monotonic).objections(batches[0])) == {
        "quiet_marketing",
        "quiet_transactional",
    }
    shelf.fails = True
    silent = Lists({"mail": shelf}, landing, [], lambda: NOW, time.monotonic)
    assert silent.objections(batches[1][:2]) == {batches[1][0].message_id: "not_checked"}
    assert "mail.suppressions: it does not say whom it must not write to: it is down" in silent.unread[0]


def test_a_list_is_read_again_after_a_minute(outbox: pa.Table, tmp_path: Path) -> None:
    seconds = iter([0.0, 0.0, 59.0, 61.0, 61.0])
    shelf = Listing()
    lists = Lists({"mail": shelf}, Landing(tmp_path), [], lambda: NOW, lambda: next(seconds))
    assert lists.objections(letters(outbox)[:1]) == {} == lists.objections(letters(outbox)[:1])
    shelf.listed = [Suppression(letters(outbox)[0].address, "email", "complained", None)]
    assert (list(lists.objections(letters(outbox)[:1]).values()), len(shelf.asked_since)) == (["suppressed"], 2)
