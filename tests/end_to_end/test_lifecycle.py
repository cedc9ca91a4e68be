"""Stages of customers over random histories of orders, against a walk from order to order, and looked at on several days."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouse_kit import PROJECT, Warehouse, moment

PEOPLE = 150
LAST = moment(2026, 6, 30, 9)
DAYS = [moment(2025, 2, 1), moment(2025, 9, 17, 12), moment(2026, 5, 31, 23)]
POLICY = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]["lifecycle"]
WAYS = {
    ("lead", "new"), ("new", "active"), ("new", "cooling"), ("active", "cooling"), ("cooling", "active"), ("cooling", "at_risk"),
    ("at_risk", "won_back"), ("at_risk", "lapsed"), ("lapsed", "won_back"), ("won_back", "active"),
}  # fmt: skip
Change = tuple[datetime, str, str]


def histories() -> dict[str, list[tuple[datetime, bool, bool]]]:
    """Orders by person: when, paid, given back. Each has a pace, keeps it for a while and sometimes stops; some never buy."""
    r = random.Random(7)
    made: dict[str, list[tuple[datetime, bool, bool]]] = {}
    for number in range(PEOPLE):
        at, pace = moment(2024, 6, 1) + timedelta(hours=r.randrange(24 * 500)), r.choice([1, 5, 15, 40, 90, 200])
        orders = made.setdefault(f"p{number}", [])
        for _ in range(r.choice([0, 1, 2, 5, 12])):
            if at <= LAST:
                orders.append((at, r.random() < 0.9, r.random() < 0.1))
            at += timedelta(days=pace * r.choice([0, 1, 1, 1, 1.5, 6]), hours=r.randrange(30))
    return made


def walk(orders: list[tuple[datetime, bool, bool]], until: datetime) -> list[Change]:
    """What becomes of a person, order by order: an order raises, the time without one lets fall, by the pace known at the last order."""
    days: dict[Any, datetime] = {}
    for at, is_paid, is_refunded in orders:
        if is_paid and not is_refunded:
            days.setdefault(at.date(), at)
    purchases, stage = list(days.values()), "lead"
    changes: list[Change] = []

    def become(at: datetime, other: str) -> None:
        nonlocal stage
        if other != stage:
            changes.append((at, stage, other))
            stage = other

    for place, at in enumerate(purchases):
        become(at, "new" if place == 0 else "won_back" if stage in ("at_risk", "lapsed") else "active")
        usual, weight = POLICY["usual_gap_days"], POLICY["usual_gap_weight"]
        gap = (weight * usual + (at - purchases[0]).days) / (weight + place)
        gap, passed = min(POLICY["longest_gap_days"], max(POLICY["shortest_gap_days"], gap)), 0
        for name in ("settled", "cooling", "at_risk", "lapsed"):
            passed = max(int(POLICY[f"{name}_after"] * gap + 0.5), passed + POLICY["least_days"])
            when = at + timedelta(days=passed)
            if when > until or (place + 1 < len(purchases) and when >= purchases[place + 1]):
                break
            if name != "settled":
                become(when, name)
            elif stage == "won_back":
                become(when, "active")
    return changes


class Shop:
    """A warehouse with these orders alone, as each day knew them."""

    def __init__(self, folder: Path) -> None:
        self.warehouse, self.orders = Warehouse(folder), histories()
        self.warehouse.put(
            "profiles.profiles", "profile_id varchar, signed_up_at timestamp, first_seen_at timestamp",
            [(person, moment(2024, 1, 1), moment(2024, 1, 2)) for person in self.orders],
        )  # fmt: skip
        self.warehouse.put("marts.int_customer_visits", "profile_id varchar, visits_count bigint, first_considered_at timestamp", [])

    def seen(self, as_of: datetime) -> tuple[dict[str, list[Change]], dict[str, dict[str, Any]]]:
        """The changes of each person, and their rows of marts.lifecycle."""
        self.warehouse.put(
            "marts.orders", "profile_id varchar, ordered_at timestamp, is_paid boolean, is_refunded boolean",
            [(person, *order) for person, orders in self.orders.items() for order in orders if order[0] <= as_of],
        )  # fmt: skip
        self.warehouse.build(
            as_of, "int_orders_paced", "int_customer_stages", "lifecycle", "lifecycle_changes", full_refresh=True, only="run"
        )
        changes: dict[str, list[Change]] = {person: [] for person in self.orders}
        for row in self.warehouse.rows("from marts.lifecycle_changes order by changed_at"):
            changes[str(row["profile_id"])].append((row["changed_at"], row["from_stage"], row["to_stage"]))  # type: ignore[arg-type]
        return changes, {str(row["profile_id"]): row for row in self.warehouse.rows("from marts.lifecycle")}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("lifecycle"))


@pytest.fixture(scope="module")
def last(shop: Shop) -> tuple[dict[str, list[Change]], dict[str, dict[str, Any]]]:
    return shop.seen(LAST)


def test_the_changes_are_those_of_a_walk_along_the_orders(shop: Shop, last: Any) -> None:
    for person, orders in shop.orders.items():
        assert last[0][person] == walk(orders, LAST), person
    assert {change[1:] for changes in last[0].values() for change in changes} == WAYS, "each way is gone, and no other"


def test_nothing_flaps(shop: Shop, last: Any) -> None:
    for person, changes in last[0].items():
        placed = {at for at, _, _ in shop.orders[person]}
        for before, (at, was, now) in zip([None, *changes], changes, strict=False):
            assert was == (before[2] if before else "lead")
            rises = now in ("new", "won_back") or (now == "active" and was != "won_back")
            assert at in placed or not rises, "only an order raises"
            if at not in placed and before:
                assert at - before[0] >= timedelta(days=POLICY["least_days"]), "a stage lasts before it falls"


@pytest.mark.parametrize("day", [*DAYS, LAST])
def test_an_earlier_day_saw_what_the_changes_say_and_foretold_the_next(shop: Shop, last: Any, day: datetime) -> None:
    stages = last[1] if day == LAST else shop.seen(day)[1]
    assert set(stages) == set(shop.orders)
    for person, row in stages.items():
        so_far = [change for change in last[0][person] if change[0] <= day]
        assert row["stage"] == (so_far[-1][2] if so_far else "lead")
        assert row["since_at"] == (so_far[-1][0] if so_far else moment(2024, 1, 1))
        assert row["previous_stage"] == (so_far[-1][1] if so_far else None)
        assert (row["next_change_at"] is None) == (row["stage"] in ("lead", "lapsed"))
        if row["next_change_at"] is None or row["next_change_at"] > LAST:
            continue
        assert row["next_change_at"] > day
        ordered = [at for at, is_paid, is_refunded in shop.orders[person] if is_paid and not is_refunded and day < at]
        if not ordered or ordered[0] > row["next_change_at"]:
            assert last[0][person][len(so_far)] == (row["next_change_at"], row["stage"], row["next_stage"])
