"""A tick decides about the people concerned what a full build decides: the same reasons, the same outbox, message by message.

One file: a world takes half a minute to make, and all that is asked of it stands here.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from warehouse_kit import PROJECT, Warehouse, dated, md5, moment, order, parsed

from orchestration.reactive.tick import Decided, Tick
from orchestration.replay.compiling import compiled
from orchestration.sources import crm, ledger, service, shop
from orchestration.sources.engagement import WEBHOOK_EVENTS
from orchestration.warehouse import Warehouse as Live

RUN = moment(2026, 6, 30, 9)
NOON = RUN + timedelta(hours=3)
LONG_AGO, HOUR = RUN - timedelta(days=90), timedelta(hours=1)
#: What a reactive run builds: features and scores are a day's work.
REACTIVE = ["staging", "identity", "profiles", "marts", "audiences", "triggers", "decisions"]
SHARING, LOOKED = (8, 9), 1


class World:
    """Seventeen people who are well known by now; what happens to each of them says `news`."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(folder)
        people = range(17)
        mail = {n: f"ann{8 if n == 9 else n}@example.com" for n in people}
        names = ["Ada", "Bea", "Cem", "Dora", "Emil", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea", "Max", "Nia", "Oto", "Pia", "Quy"]
        said: dict[str, Any] = {"purpose": "marketing", "status": "granted", "recorded_at": LONG_AGO, "updated_at": LONG_AGO}
        contacts = [{"contact_id": f"c{n}", "shop_customer_id": f"s{n}", "email": mail[n], "first_name": names[n]} for n in people]
        customers = [{"customer_id": f"s{n}", "email": mail[n], "first_name": names[n], "last_name": f"Name{n}"} for n in people]
        land = self.warehouse.land
        land(crm.CONTACTS, dated([one | {"last_name": f"Name{n}"} for n, one in enumerate(contacts)], LONG_AGO), LONG_AGO)
        land(crm.CONSENTS, [{"consent_id": f"e{n}", "contact_id": f"c{n}", "channel": "email", **said} for n in people], LONG_AGO)
        land(shop.CUSTOMERS, dated(customers, LONG_AGO), LONG_AGO)
        goods = [
            {"product_id": f"i{n}", "name": f"Item {n}", "category": "Tea", "price_amount": 10 + n, "currency": "EUR"} for n in range(5)
        ]
        land(shop.PRODUCTS, dated([one | {"stock_quantity": 9} for one in goods], LONG_AGO), LONG_AGO)
        self.order(3, "o3", RUN - HOUR, as_of=RUN - HOUR)
        sent = {"channel": "email", "destination": "sendgrid", "status": "accepted", "attempts": 1}
        day = RUN - timedelta(hours=30)
        mine = {"message_id": "m13", "campaign": "cart_abandoned", "profile_id": self.person(13)}
        land(ledger.DELIVERIES, [sent | mine | {"claimed_at": day, "finished_at": day, "updated_at": day}], day)
        visits = [self.event(n, "view_item", LONG_AGO + timedelta(days=80)) for n in people]
        self.warehouse.land_events([*visits, self.event(14, "add_to_cart", RUN - HOUR / 6)], RUN - HOUR / 12)

    @staticmethod
    def person(number: int) -> str:
        return "p_" + md5(f"shop_customer_id:s{number}")[:20]

    @staticmethod
    def event(number: int, name: str, at: datetime, device: str = "", user: str | None = "") -> dict[str, object]:
        """What somebody did on their device, logged in."""
        return {
            "event_at": at,
            "event_name": name,
            "user_pseudo_id": device or f"d{number}",
            "user_id": f"s{number}" if user == "" else user,
            "session_id": at.toordinal() * 100 + at.hour,
            "item_id": f"i{number % 5}",
        }

    def order(self, number: int, order_id: str, at: datetime, as_of: datetime, **changes: object) -> None:
        line = {"order_line_id": f"l{order_id}", "order_id": order_id, "product_id": "i2", "quantity": 1, "unit_price_amount": 50}
        self.warehouse.land(shop.ORDERS, [order(order_id, at, customer_id=f"s{number}", **changes)], as_of)
        self.warehouse.land(shop.ORDER_LINES, [line | {"updated_at": at}], as_of)

    def news(self) -> None:
        """What happens in the three hours after the run, of every kind."""
        land, at = self.warehouse.land, RUN + HOUR
        self.order(2, "o2", at, as_of=at)
        self.order(15, "o15", at, as_of=at)
        land(shop.REFUNDS, [{"refund_id": "r3", "order_id": "o3", "amount": 50, "refunded_at": at, "updated_at": at}], at)
        no = {"channel": "email", "purpose": "marketing", "status": "withdrawn", "recorded_at": at, "updated_at": at}
        land(crm.CONSENTS, [{"consent_id": "w4", "contact_id": "c4", **no}], at)
        ticket = {"ticket_id": "t5", "customer_id": "s5", "status": "open", "is_complaint": True, "opened_at": at, "updated_at": at}
        land(service.TICKETS, [ticket], at)
        told = {"destination": "sendgrid", "channel": "email", "status": "unsubscribed", "address": " ANN6@example.com"}
        land(WEBHOOK_EVENTS, [{"event_id": "u6", "occurred_at": at, **told}], at)
        land(crm.CONTACTS, dated([{"contact_id": "c11b", "email": "new@example.com"}], at), at)
        carts = [self.event(n, "add_to_cart", at) for n in (0, 4, 5, 6, *SHARING, 13, 15, 16)]
        views = [self.event(LOOKED, "view_item", RUN + HOUR / 6)]
        strange = [self.event(7, "add_to_cart", at, "new7"), self.event(10, "add_to_cart", at, "nobodys", None)]
        self.warehouse.land_events([*carts, *views, *strange], at + HOUR)

    def sent(self, at: datetime) -> list[dict[str, Any]]:
        """What the ledger knows and nothing landed of yet."""
        said = {"message_id": "m16", "campaign": "price_dropped", "profile_id": self.person(16), "channel": "email", "provider_ref": None}
        return [said | {"destination": "sendgrid", "status": "accepted", "claimed_at": at, "finished_at": at, "updated_at": at}]

    def same(self, decided: Decided, people: list[int]) -> None:
        """What was decided about these people is what the warehouse has of them now, which a full build made."""
        listed = ", ".join(f"'{self.person(number)}'" for number in people)
        with self.warehouse.connect() as connection:
            for name, found in {"decisions": decided.decisions, "outbox": decided.outbox}.items():
                connection.register("found", found)
                built = f"select * from decisions.{name} where profile_id in ({listed})" + (
                    " and kind = 'message'" if name[0] == "d" else ""
                )
                shown = "campaign, profile_id, reason, because" if name[0] == "d" else "campaign, profile_id, counted_ids"
                for left, right in (("from found", built), (built, "from found")):
                    differing = connection.sql(f"select {shown} from (({left}) except ({right}))").fetchall()
                    assert not differing, (name, "tick" if left == "from found" else "build", differing)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Built as of the run, by all models that decide."""
    world = World(tmp_path_factory.mktemp("tick") / "data")
    world.warehouse.build(RUN, "*", only="seed")
    world.warehouse.build(RUN, *REACTIVE, "features", "scores", only="run")
    return world


@pytest.fixture(scope="module")
def tick(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tick]:
    variables = json.dumps({"matching": False})
    project = compiled(PROJECT, tmp_path_factory.mktemp("project"), variables, parsed(variables))
    tick = Tick(project, Live(data=str(world.warehouse.folder)), tmp_path_factory.mktemp("kept"))
    yield tick
    tick.close()


def reasons(decided: Decided, campaign: str) -> dict[str, str | None]:
    return {row["profile_id"]: row["reason"] for row in decided.decisions.to_pylist() if row["campaign"] == campaign}


def test_a_tick_decides_what_a_full_build_decides(world: World, tick: Tick) -> None:
    with pytest.raises(LookupError):
        tick.decide(RUN.replace(tzinfo=UTC))
    assert tick.refresh() and not tick.refresh()
    world.news()
    known = world.sent(RUN + 2 * HOUR)
    decided = tick.decide(NOON.replace(tzinfo=UTC), pa.Table.from_pylist(known))
    concerned = [0, 1, 2, 3, 4, 5, 6, 7, *SHARING, 13, 14, 15, 16]
    assert decided.people == len(concerned) and not decided.waiting
    assert decided.unknown == 3, "two new devices, one of them without a login, and a contact of whom identity does not know yet"
    carts = reasons(decided, "cart_abandoned")
    expected = {0: None, 4: "no_consent", 5: "waiting_for_service", 6: "suppressed", 7: None, 14: None, 15: "ordered_since"}
    assert {n: carts[world.person(n)] for n in expected} == expected
    assert sorted(map(str, (carts[world.person(n)] for n in SHARING))) == ["None", "outranked"], "one message to one address"
    assert carts[world.person(13)] == "cooling_down" and carts[world.person(16)] == "over_cap"
    assert reasons(decided, "order_confirmed") == {world.person(2): None, world.person(3): "returned_since", world.person(15): None}

    world.warehouse.land(ledger.DELIVERIES, [one | {"attempts": 1} for one in known], NOON)
    world.warehouse.build(NOON, *REACTIVE, only="run")
    world.same(decided, concerned)
