"""The demo's customer service: what customers say depends on nothing but the plan, comes day by day, and fits the orders."""

from collections import Counter

from demo.shop.clock import DAY, TODAY
from demo.shop.plan import make_plan


def test_days_that_pass_one_by_one_show_what_a_later_look_shows() -> None:
    plan = make_plan(5, 0, 600)
    seen: dict[str, dict[str, object]] = {"tickets": {}, "reviews": {}, "surveys": {}}
    for day in range(8):
        for name, rows in plan.service(0 if day == 0 else TODAY + (day - 1) * DAY, TODAY + day * DAY).items():
            seen[name].update({next(iter(row.values())): row for row in rows})
    at_once = plan.service(0, TODAY + 7 * DAY)
    assert {name: {next(iter(row.values())): row for row in rows} for name, rows in at_once.items()} == seen


def test_rates_are_those_of_a_shop_and_every_row_is_sound() -> None:
    plan = make_plan(7, 0, 2000)
    said = plan.service(0, TODAY)
    orders = {row["order_id"]: row for row in plan.shop(0, TODAY)["orders"]}
    assert 0.05 < len(said["tickets"]) / len(orders) < 0.15
    waiting = [row for row in said["tickets"] if row["status"] in ("open", "pending")]
    assert 5 < len(waiting) < 100 and any(row["is_complaint"] for row in waiting)
    assert all((row["solved_at"] is None) == (row["status"] in ("open", "pending")) for row in said["tickets"])
    assert all(row["order_id"] is None or row["order_id"] in orders for row in said["tickets"])
    assert all(row["opened_at"] > orders[row["order_id"]]["ordered_at"] for row in said["tickets"] if row["order_id"])
    assert {row["rating"] for row in said["reviews"]} == {1, 2, 3, 4, 5}
    assert {row["score"] for row in said["surveys"]} <= set(range(11))
    ways = Counter((row["customer_id"] is not None, row["email"] is not None, row["phone"] is not None) for row in said["tickets"])
    assert {(True, True, False), (False, True, False), (False, False, True)} <= ways.keys()
