"""What is known of a customer at an instant: rows that happen or land later change nothing of it, and labels are what came after.

Longer than most files: the random shop, its two worlds and what must hold of them belong together.
"""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from warehouse_kit import Warehouse, dated, moment, order

from orchestration.sources import crm, shop

HORIZON = 60  # everyone comes back soon, so that the horizon is its shortest in both worlds
NOW = moment(2026, 6, 1, 9)
LATER = NOW + timedelta(days=30)
ORIGINS = [moment(1970, 1, 1) + timedelta(days=30 * (685 - number)) for number in range(6)]  # from 2026-04-07 back
CUT = ORIGINS[0]  # what happens or lands from here on comes too late for all of them
CUSTOMERS = 80
LABELS = ["next_order_at", "next_90d_orders_count", "next_90d_revenue_amount"]


class Shop:
    """Random rows. `before` lie before the cut; `after` are dated from it on, or landed after it, whatever their date."""

    def __init__(self) -> None:
        self.random = random.Random(31)
        self.orders: dict[str, dict[str, Any]] = {}
        self.accounts = [f"a{number}" for number in range(CUSTOMERS)]
        oldest = CUT - timedelta(days=280)
        self.before = self._rows("b", self.accounts[: CUSTOMERS * 3 // 4], oldest, CUT, 1200)
        self.before["events"] = self._events("b", oldest, CUT, 900)
        known = list(self.orders.values())
        # visible when it happened, and only from the cut on: part of the same first load
        self.after = self._rows("d", self.accounts, CUT, NOW, 350, known)
        self.after["events"] = self._events("d", CUT, NOW, 400)
        # what lands late may be dated long before
        self.late = self._rows("l", self.accounts, oldest, LATER, 300, known)
        self.late["events"] = self._events("l", oldest, NOW, 300)

    def instant(self, start: datetime, end: datetime) -> datetime:
        """Often at noon, and often on the very instant of an origin."""
        at = start + (end - start) * self.random.random()
        on_the_dot = [origin for origin in ORIGINS if start <= origin < end]
        return self.random.choice([at, at.replace(hour=12, minute=0, second=0, microsecond=0), *on_the_dot[:2]]).replace(microsecond=0)

    def _rows(self, mark: str, accounts: list[str], start: datetime, end: datetime, size: int, known: Any = ()) -> dict[str, Any]:
        r = self.random
        orders, lines, refunds = [], [], []
        for number in range(size):
            at = self.instant(start, end)
            status, total = (
                r.choice(["paid", "paid", "delivered", "delivered", "cancelled", "pending"]),
                Decimal(r.randrange(0, 20000)) / 100,
            )
            row = order(
                f"{mark}{number}", at, customer_id=r.choice(accounts), status=status, total_amount=total, discount_amount=r.choice([0, 7])
            )
            orders.append(row)
            self.orders[row["order_id"]] = row
        for number in range(size):
            of = r.choice([*orders, *known])
            at = max(of["ordered_at"], start) + timedelta(minutes=r.randrange(0, 3))
            refunds.append({"refund_id": f"{mark}{number}", "order_id": of["order_id"], "amount": 3, "refunded_at": at, "updated_at": at})
            line = {"order_line_id": f"{mark}{number}", "order_id": r.choice([*orders, *known])["order_id"], "quantity": 1}
            lines.append(
                {**line, "product_id": f"p{r.randrange(30)}", "unit_price_amount": 5, "updated_at": max(at, start) + timedelta(seconds=1)}
            )
        # a line has no time but its version's: one that was there at the very instant was known then
        refunds = [row for row in refunds if row["refunded_at"] < end or end == LATER]
        return {"orders": orders, "lines": [row for row in lines if row["updated_at"] < end or end == LATER], "refunds": refunds}

    def _events(self, mark: str, start: datetime, end: datetime, size: int) -> list[dict[str, Any]]:
        """Visits by login; devices are each one's own from the first day on, and a day in the past that had none gets none."""
        made = []
        for number in range(size):
            account = self.random.randrange(CUSTOMERS)
            at = self.instant(start, end)
            at = max(start, at - timedelta(days=at.toordinal() % 7))  # one day a week: each costs a file
            name = self.random.choice(["view_item", "add_to_cart", "page_view"])
            user = f"a{account}" if self.random.random() < 0.5 else None
            visit = f"{mark}{number // 2}" if self.random.random() < 0.5 else "b1"
            made.append(
                {"event_at": at, "event_name": name, "user_id": user, "user_pseudo_id": f"d{account}", "session_id": hash_of(visit)}
            )
        return made


def hash_of(text: str) -> int:
    """A small number for a visit's name."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 10_000


def land(warehouse: Warehouse, made: Shop, parts: list[dict[str, Any]], at: datetime) -> None:
    """Lands parts of the shop in one go; days of the export only where the days were delivered from the start."""
    for table, name in ((shop.ORDERS, "orders"), (shop.ORDER_LINES, "lines"), (shop.REFUNDS, "refunds")):
        warehouse.land(table, [row for part in parts for row in part[name]], at)
    days = {event["event_at"].date() for event in made.before["events"]} if at != NOW else None
    events = [event for part in parts for event in part["events"]]
    warehouse.land_events([event for event in events if days is None or event["event_at"].date() in days], at)


@pytest.fixture(scope="module")
def made() -> Shop:
    return Shop()


@pytest.fixture(scope="module")
def worlds(made: Shop, tmp_path_factory: pytest.TempPathFactory) -> list[pd.DataFrame]:
    """Snapshots of the world that stopped at the cut, seen now; and of the one that went on, seen a month later."""
    found = []
    for name in ("stopped", "went_on"):
        warehouse = Warehouse(tmp_path_factory.mktemp(name))
        warehouse.land(shop.CUSTOMERS, dated([{"customer_id": key} for key in made.accounts], CUT - timedelta(days=300)), NOW)
        products = [{"product_id": f"p{number}", "name": "x", "category": f"k{number % 7}"} for number in range(30)]
        warehouse.land(shop.PRODUCTS, dated(products, CUT - timedelta(days=300)), NOW)
        first = {"event_at": CUT - timedelta(days=290), "event_name": "login", "session_id": None}
        logins = [{**first, "user_id": f"a{number}", "user_pseudo_id": f"d{number}"} for number in range(CUSTOMERS)]
        made.before["events"] = [*logins, *(event for event in made.before["events"] if event["event_name"] != "login")]
        land(warehouse, made, [made.before] if name == "stopped" else [made.before, made.after], NOW)
        if name == "went_on":
            land(warehouse, made, [made.late], LATER)
            warehouse.land(crm.CONTACTS, dated([{"contact_id": f"c{n}", "shop_customer_id": f"a{n}"} for n in range(30)], NOW), LATER)
        warehouse.build(NOW if name == "stopped" else LATER, "+training_snapshots", "+customer_features")
        assert warehouse.rows("select horizon_days from features.horizons") == [{"horizon_days": HORIZON}]
        common = f"as_of between timestamp '{ORIGINS[4]}' and timestamp '{CUT}'"
        found.append(warehouse.frame(f"from features.training_snapshots where {common} order by as_of, profile_id"))
        found.append(warehouse.frame("from features.customer_features"))
        found.append(
            warehouse.frame("select profile_id, identifier_value from identity.identifiers where identifier_type = 'shop_customer_id'")
        )
    return found


def test_what_happens_or_lands_later_leaves_every_feature_as_it_was(worlds: list[pd.DataFrame]) -> None:
    stopped, _, _, went_on, _, _ = worlds
    before, after = stopped.drop(columns=LABELS), went_on.drop(columns=LABELS)
    assert len(before) >= 300 and before["as_of"].nunique() == 5
    pd.testing.assert_frame_equal(before, after, check_exact=True)
    visited = before[before["sessions_30d"].fillna(0) > 0]
    assert len(visited) > 50 and before["refund_share"].gt(0).sum() > 50 and before["category_count"].notna().sum() > 50


def test_labels_are_the_orders_that_came_after(made: Shop, worlds: list[pd.DataFrame]) -> None:
    person = worlds[5].set_index("identifier_value")["profile_id"]
    landed = [*made.before["orders"], *made.after["orders"], *made.late["orders"]]
    paid = [row for row in landed if row["status"] in ("paid", "delivered") and row["total_amount"] > 0]
    found: dict[str, list[tuple[datetime, Decimal]]] = {}
    for row in paid:
        found.setdefault(person[row["customer_id"]], []).append((row["ordered_at"], row["total_amount"]))
    given_back: dict[str, int] = {}
    for refund in [*made.before["refunds"], *made.after["refunds"], *made.late["refunds"]]:
        given_back[refund["order_id"]] = given_back.get(refund["order_id"], 0) + refund["amount"]
    refunded = {(person[row["customer_id"]], row["ordered_at"], row["total_amount"]): given_back.get(row["order_id"], 0) for row in paid}
    for row in worlds[3].to_dict("records"):
        origin, profile = row["as_of"].to_pydatetime(), row["profile_id"]
        ahead = [(at, amount) for at, amount in found[profile] if origin <= at < LATER]
        soon = [(at, amount) for at, amount in ahead if at < origin + timedelta(days=90)]
        first = min((at for at, _ in ahead), default=None)
        assert (row["next_order_at"].to_pydatetime() if row["next_order_at"] == row["next_order_at"] else None) == first
        assert row["next_90d_orders_count"] == len(soon)
        net = sum(amount - refunded[(profile, at, amount)] for at, amount in soon)
        assert row["next_90d_revenue_amount"] == pytest.approx(float(net))
    waited = worlds[3]["next_order_at"] - worlds[3]["as_of"]
    assert 0.1 < (waited < timedelta(days=30)).mean() < 0.95


def test_orders_and_money_are_those_known_at_the_instant(made: Shop, worlds: list[pd.DataFrame]) -> None:
    """The scored features, against plain Python: what the website and the labels do not enter."""
    person = worlds[2].set_index("identifier_value")["profile_id"]
    expected: dict[str, dict[str, Any]] = {}
    refunds = made.before["refunds"]
    for row in made.before["orders"]:
        if row["status"] in ("paid", "delivered") and row["total_amount"] > 0:
            at, of = row["ordered_at"], expected.setdefault(person[row["customer_id"]], {"times": [], "net": Decimal(0)})
            of["times"].append(at)
            of["net"] += row["total_amount"] - sum(refund["amount"] for refund in refunds if refund["order_id"] == row["order_id"])
    found = {row["profile_id"]: row for row in worlds[1].to_dict("records")}
    assert found.keys() == expected.keys()
    for profile, of in expected.items():
        row, times = found[profile], of["times"]
        assert (row["orders_count"], row["recency_days"], row["tenure_days"]) == (
            len(times),
            (NOW - max(times)).days,
            (NOW - min(times)).days,
        )
        assert row["orders_90d"] == sum(at >= NOW - timedelta(days=90) for at in times)
        assert row["revenue_amount"] == pytest.approx(float(of["net"]))
