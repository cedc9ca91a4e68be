"""Journeys as rows of the tables that a shop, its CRM, its customer service, its website and its providers would have.

One file, though long: a method for each thing that may happen.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.assets.landed import LANDED
from orchestration.landing import Landing, land_rows
from orchestration.replay.journeys import Event, Journeys, Person
from orchestration.sources import collector, crm, engagement, service, shop
from orchestration.sources.table import Row, Table

#: The systems that journeys happen in, and whose ids their people have.
SYSTEMS = {
    "systems": ["shop", "crm", "collector", "service"],
    "customer_ids_of": "shop_customer_id",
    "contact_ids_of": "crm_id",
    "matching": False,  # people of a file may be called alike
}
LINE = {"email": "email", "sms": "phone"}


def share(text: str) -> float:
    """The stable number of [0, 1) that control groups are drawn by (macro share_of)."""
    digits = int(hashlib.md5(text.encode()).hexdigest()[:8], 16)  # noqa: S324 - a name, no secret
    return (digits % 100 + digits // 100 / 42949673) / 100


def profile_id(customer_id: str) -> str:
    """The id that identity founds a person by (models/identity/founders)."""
    return "p_" + hashlib.md5(f"shop_customer_id:{customer_id}".encode()).hexdigest()[:20]  # noqa: S324


class JourneyRows:
    """The rows, versions of one row in their order. holdouts: each campaign's own control group, in percent. customers: each person's
    customer id, which is chosen so that they are in no control group, or in the one of the whole programme."""

    def __init__(self, journeys: Journeys, holdouts: Mapping[str, float], policy: Mapping[str, Any]) -> None:
        self.journeys = journeys
        self.rows: dict[Table, list[tuple[datetime, Row]]] = defaultdict(list)
        self.customers = {person.name: _customer(person, place, holdouts, policy) for place, person in enumerate(journeys.people)}
        self._placed: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._tickets: dict[str, dict[str, Any]] = {}
        start = min([journeys.first, *(person.since for person in journeys.people)]) - timedelta(days=1)
        for name, facts in journeys.products.items():
            self._product(name, facts, start, start)
        for name, change in sorted(journeys.changes, key=lambda one: one[1].at):
            self._product(name, journeys.products[name] | change.more, start, change.at)
        for person in journeys.people:
            self._signs_up(person)
            for event in person.events:
                happens: Callable[[Person, Event], None] = getattr(self, f"_{event.does}")
                happens(person, event)

    def land(self, landing: Landing) -> None:
        """Lands everything: what is first known of each row as history, each later version at its time."""
        landing.declare(*LANDED.values())
        for table, versions in self.rows.items():
            first: dict[tuple[object, ...], Row] = {}
            later: dict[datetime, list[Row]] = defaultdict(list)
            for at, row in sorted(versions, key=lambda version: version[0]):
                key = tuple(row[name] for name in table.key)
                if key in first:
                    later[at].append(row)
                else:
                    first[key] = row
            end = (self.journeys.last + timedelta(hours=1)).replace(tzinfo=UTC)
            for at, rows in [(end, list(first.values())), *((at.replace(tzinfo=UTC), rows) for at, rows in later.items())]:
                landed = land_rows(table, rows, landing, at)
                if landed.quarantined:
                    raise ValueError(f"{table.raw_name} refuses rows of these journeys: {landed}")

    def _add(self, table: Table, at: datetime, **row: Any) -> None:
        self.rows[table].append((at, {"updated_at": at, **row}))

    def _product(self, name: str, facts: dict[str, Any], created_at: datetime, at: datetime) -> None:
        known = {"category": facts.get("category"), "brand": facts.get("brand"), "currency": "EUR"}
        amounts = {"price_amount": facts["price"], "stock_quantity": facts.get("stock", 100)}
        self._add(shop.PRODUCTS, at, product_id=name, name=name.replace("_", " ").capitalize(), **known, **amounts, created_at=created_at)

    def _signs_up(self, person: Person) -> None:
        key, facts, at = self.customers[person.name], person.facts, person.since
        known = {**self._address(person), "first_name": person.name.split()[0], "country_code": facts.get("country", "DE")}
        self._add(shop.CUSTOMERS, at, customer_id=key, **known, created_at=at)
        more = {"birth_date": facts.get("birth_date"), "time_zone": facts.get("time_zone"), "preferred_channel": facts.get("preferred")}
        self._add(crm.CONTACTS, at, contact_id=f"contact {key}", shop_customer_id=key, **known, **more, created_at=at)
        for channel in person.consents:
            self._states(person, at, channel, "granted")

    def _address(self, person: Person) -> dict[str, str | None]:
        key = self.customers[person.name]
        number = f"+4915{int(hashlib.md5(key.encode()).hexdigest()[:8], 16) % 10**9:09d}"  # noqa: S324
        return {"email": f"{key}@example.com", "phone": number if person.facts.get("phone") else None}

    def _states(self, person: Person, at: datetime, channel: str, status: str) -> None:
        key = self.customers[person.name]
        said = {"channel": channel, "purpose": "marketing", "status": status, "recorded_at": at}
        self._add(crm.CONSENTS, at, consent_id=f"{key} {channel} {at}", contact_id=f"contact {key}", **said)

    def _consents(self, person: Person, event: Event) -> None:
        self._states(person, event.at, event.more.get("to", "email"), "granted")

    def _withdraws(self, person: Person, event: Event) -> None:
        self._states(person, event.at, event.more.get("from", "email"), "withdrawn")

    def _visit(self, person: Person, at: datetime, name: str, **more: Any) -> None:
        key = self.customers[person.name]
        said = {"anonymous_id": f"device {key}", "user_id": key, "session_id": f"{key} {at:%Y-%m-%d %H}", "event_at": at}
        product = more.pop("product", None)
        if product:
            facts = self.journeys.products[product]
            said |= {"item_id": product, "item_name": product, "item_category": facts.get("category"), "item_price": facts["price"]}
        self._add(collector.EVENTS, at, event_id=f"{key} {at} {name} {product}", event_name=name, **said, currency="EUR", **more)

    def _visits(self, person: Person, event: Event) -> None:
        self._visit(person, event.at, "page_view", page_url="https://shop.example/")

    def _views(self, person: Person, event: Event) -> None:
        self._visit(person, event.at, "view_item", product=event.more["product"])

    def _carts(self, person: Person, event: Event) -> None:
        self._visit(person, event.at, "add_to_cart", product=event.more["product"])

    def _orders(self, person: Person, event: Event) -> None:
        key, at, product = self.customers[person.name], event.at, event.more["product"]
        price, quantity = self.journeys.products[product]["price"], event.more.get("quantity", 1)
        order_id = f"{key} {at}"
        said = {"customer_id": key, "email": f"{key}@example.com", "status": "paid", "currency": "EUR", "total_amount": price * quantity}
        order = {"order_id": order_id, **said, "country_code": person.facts.get("country", "DE"), "ordered_at": at}
        self._placed[person.name].append(order)
        self._add(shop.ORDERS, at, **order)
        line = {"product_id": product, "quantity": quantity, "unit_price_amount": price}
        self._add(shop.ORDER_LINES, at, order_line_id=order_id, order_id=order_id, **line)
        if not event.more.get("offline"):
            self._visit(person, at, "purchase", product=product, order_id=order_id, value=price * quantity)

    def _last_order(self, person: Person) -> dict[str, Any]:
        if not self._placed[person.name]:
            raise ValueError(f"{person.name}: nothing was ordered before")
        return self._placed[person.name][-1]

    def _receives(self, person: Person, event: Event) -> None:
        order = self._last_order(person)
        self._add(shop.ORDERS, event.at, **order | {"status": "delivered"})
        moved = {"status": "delivered", "shipped_at": order["ordered_at"], "delivered_at": event.at}
        self._add(shop.SHIPMENTS, event.at, shipment_id=order["order_id"], order_id=order["order_id"], **moved)

    def _refunds(self, person: Person, event: Event) -> None:
        order = self._last_order(person)
        given = {"amount": order["total_amount"], "refunded_at": event.at}
        self._add(shop.REFUNDS, event.at, refund_id=order["order_id"], order_id=order["order_id"], **given)

    def _opens_ticket(self, person: Person, event: Event) -> None:
        key, at = self.customers[person.name], event.at
        said = {"customer_id": key, "is_complaint": bool(event.more.get("complaint")), "opened_at": at}
        self._tickets[person.name] = {"ticket_id": f"{key} {at}", **said}
        self._add(service.TICKETS, at, **self._tickets[person.name], status="open")

    def _closes_ticket(self, person: Person, event: Event) -> None:
        if person.name not in self._tickets:
            raise ValueError(f"{person.name}: no ticket was opened before")
        self._add(service.TICKETS, event.at, **self._tickets[person.name], status="solved", solved_at=event.at)

    def _reviews(self, person: Person, event: Event) -> None:
        key = self.customers[person.name]
        said = {"product_id": event.more["product"], "rating": event.more.get("rating", 5), "created_at": event.at}
        self._add(service.REVIEWS, event.at, review_id=f"{key} {event.at}", customer_id=key, **said)

    def _answers(self, person: Person, event: Event, channel: str, status: str) -> None:
        said = {"channel": channel, "status": status, "address": self._address(person)[LINE[channel]], "is_machine": False}
        destination = "twilio" if channel == "sms" else "klaviyo"
        key = f"{self.customers[person.name]} {event.at} {status}"
        self._add(engagement.ENGAGEMENT, event.at, event_id=key, destination=destination, **said, occurred_at=event.at)

    def _unsubscribes(self, person: Person, event: Event) -> None:
        self._answers(person, event, event.more.get("from", "email"), "unsubscribed")

    def _marks_as_spam(self, person: Person, event: Event) -> None:
        self._answers(person, event, "email", "complained")

    def _bounces(self, person: Person, event: Event) -> None:
        self._answers(person, event, "email", "bounced")


def _customer(person: Person, place: int, holdouts: Mapping[str, float], policy: Mapping[str, Any]) -> str:
    """An id that identity will make a profile of in the control group of the whole programme, or in none."""
    for number in range(100_000):
        key = f"j{place}x{number}"
        made = profile_id(key)
        is_out = share(f"global:{made}") < policy["holdout_global_pct"] / 100
        if is_out and person.is_in_holdout:
            return key
        drawn = (share(f"{name}:{made}") < pct / 100 for name, pct in holdouts.items())
        if not person.is_in_holdout and not is_out and not any(drawn):
            return key
    raise ValueError(f"{person.name}: nobody is {'in' if person.is_in_holdout else 'outside'} the control group with these shares")
