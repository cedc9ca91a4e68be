"""Seventeen people who are well known by now, and what happens to them: landed, and in the databases that a worker asks."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse_kit import Warehouse, dated, md5, moment, order

from orchestration.sources import crm, ledger, service, shop
from orchestration.sources.engagement import WEBHOOK_EVENTS
from orchestration.sources.table import Row, Table

RUN = moment(2026, 6, 30, 9)
NOON = RUN + timedelta(hours=3)
LONG_AGO, HOUR = RUN - timedelta(days=90), timedelta(hours=1)
SHARING, LOOKED = (8, 9), 1


class World:
    """What happens to each of them by noon says `news`."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(folder)
        for table in (*shop.TABLES, *crm.TABLES, service.TABLES[0]):
            self.put(table, [])
        people = range(17)
        mail = {n: f"ann{8 if n == 9 else n}@example.com" for n in people}
        names = ["Ada", "Bea", "Cem", "Dora", "Emil", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea", "Max", "Nia", "Oto", "Pia", "Quy"]
        said: dict[str, Any] = {"purpose": "marketing", "status": "granted", "recorded_at": LONG_AGO, "updated_at": LONG_AGO}
        contacts = [{"contact_id": f"c{n}", "shop_customer_id": f"s{n}", "email": mail[n], "first_name": names[n]} for n in people]
        customers = [{"customer_id": f"s{n}", "email": mail[n], "first_name": names[n], "last_name": f"Name{n}"} for n in people]
        land = self.land
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

    def url(self, source: str) -> str:
        """The database of a system."""
        return f"sqlite:///{self.warehouse.folder.with_name(f'{source}.db')}"

    def put(self, table: Table, rows: Iterable[Row]) -> None:
        """What a system says of itself: rows take the place of those with their keys."""
        names = ", ".join(table.column_names)
        with sqlite3.connect(self.url(table.source).removeprefix("sqlite:///"), timeout=60) as connection:
            connection.execute(f"create table if not exists {table.name} ({names}, primary key ({', '.join(table.key)}))")
            values = [[row.get(name) for name in table.column_names] for row in rows]
            texts = [[str(value) if isinstance(value, datetime) else value for value in row] for row in values]
            connection.executemany(f"insert or replace into {table.name} values ({', '.join('?' * len(table.column_names))})", texts)

    def land(self, table: Table, rows: list[Row], as_of: datetime) -> None:
        """What its system says, and a run has landed."""
        if table.source in ("shop", "crm", "service"):
            self.put(table, rows)
        self.warehouse.land(table, rows, as_of)

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
        self.land(shop.ORDERS, [order(order_id, at, customer_id=f"s{number}", **changes)], as_of)
        self.land(shop.ORDER_LINES, [line | {"updated_at": at}], as_of)

    def buys(self, number: int, at: datetime) -> str:
        """Somebody orders something, which their shop alone knows; gives the order's id."""
        order_id = f"now{number}_{at:%H%M%S}"
        self.put(shop.ORDERS, [order(order_id, at, customer_id=f"s{number}")])
        line = {"order_line_id": f"l{order_id}", "order_id": order_id, "product_id": "i2", "quantity": 1, "unit_price_amount": 50}
        self.put(shop.ORDER_LINES, [line | {"updated_at": at}])
        return order_id

    def refuses(self, number: int, at: datetime) -> str:
        """Somebody wants no marketing any more, which the CRM alone knows; gives the profile."""
        no = {"channel": "email", "purpose": "marketing", "status": "withdrawn", "recorded_at": at, "updated_at": at}
        self.put(crm.CONSENTS, [{"consent_id": f"no{number}", "contact_id": f"c{number}", **no}])
        return self.person(number)

    def news(self) -> None:
        """What happens in the three hours after the run, of every kind."""
        land, at = self.land, RUN + HOUR
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
