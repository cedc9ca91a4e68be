"""Day by day the marts and the training snapshots give the answer of a rebuild: random histories of orders, lines, visits, e-mails and
words that come, change, move from person to person and go, each day beside a full refresh. Longer than most files: the rows that can be,
what can happen to them and the comparison are one argument.
"""

import json
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from warehouse_kit import Warehouse, moment, parsed

FIRST_DAY = moment(2026, 12, 31, 9)  # the days pass the end of a month, and on the third an origin of the snapshots
STATUSES = ["pending", "paid", "paid", "shipped", "delivered", "cancelled"]
STEPS = ["page_view", "view_item", "view_item", "add_to_cart", "begin_checkout", "purchase", "view_search_results"]
#: What marts read of the stages to their left, and rows of which are made up here.
FILLED = (
    "profiles.profiles", "profiles.profile_orders", "profiles.profile_tickets", "profiles.profile_surveys", "profiles.profile_reviews",
    "staging.stg_all__order_lines", "staging.stg_all__refunds", "staging.stg_all__refund_lines", "staging.stg_all__products",
    "staging.stg_all__events", "identity.identifiers", "identity.device_owners", "profiles.profile_engagements",
)  # fmt: skip
#: Rows of these do not go by themselves: an order says when lines of its refunds change.
KEPT = ("profiles.profiles", "identity.device_owners", "staging.stg_all__refund_lines")
Row = dict[str, object]


class Shop:
    """Rows by table and key, and what can happen to them from one day to the next."""

    def __init__(self, seed: object, people: int) -> None:
        self.r = random.Random(str(seed))
        self.people = people
        self.rows: dict[str, dict[str, Row]] = {table: {} for table in FILLED}
        for number in range(6):
            self.rename(pd.Timestamp(FIRST_DAY), f"i{number}")
        for number in range(people):
            self.rows["profiles.profiles"][f"p{number}"] = {
                "profile_id": f"p{number}", "first_seen_at": moment(2025, 1, 1 + number % 20), "last_seen_at": moment(2026, 1, 1),
                "is_business": number % 3 == 0,
            }  # fmt: skip
            self.move(pd.Timestamp(FIRST_DAY), f"d{number}")

    def live(self, at: pd.Timestamp, steps: int) -> None:
        """Some things happen, to anyone, at any time: what is dated today or long ago comes, changes, moves and goes."""
        happen: list[Callable[[pd.Timestamp], None]] = [
            self.order, self.order, self.visit, self.visit, self.visit, self.say, self.write,
            self.change, self.change_line, self.give_back, self.move, self.rename,
            self.leave,
        ]  # fmt: skip
        for _ in range(steps):
            self.r.choice(happen)(at)

    def person(self) -> str | None:
        return None if self.r.random() < 0.08 else f"p{self.r.randrange(self.people)}"

    def when(self, at: pd.Timestamp) -> pd.Timestamp:
        return at - pd.Timedelta(days=self.r.choice([0, 0, 1, 5, 40, 200, 400]), minutes=self.r.randrange(600))

    def order(self, at: pd.Timestamp) -> None:
        key = f"o{self.r.randrange(10**9)}"
        ordered_at = self.when(at)
        self.rows["profiles.profile_orders"][key] = {
            "order_id": key, "profile_id": self.person(), "ordered_at": ordered_at, "ingested_at": self.r.choice([at, ordered_at]),
            "currency": "EUR",
            "coupon_code": self.r.choice([None, None, "SPRING"]), "country_code": "DE", "brand": self.r.choice([None, "b1", "b2"]),
            "order_currency": "EUR", "exchange_rate": 1, "tax_amount": 1, "shipping_amount": 2, "refund_lines_count": 0,
        }  # fmt: skip
        self.pay(key, self.r.choice(STATUSES), 0)
        for place in range(self.r.randrange(4)):
            line = f"{key}.{place}"
            self.rows["staging.stg_all__order_lines"][line] = {
                "system": "shop", "order_line_id": line, "order_id": key, "product_id": f"i{self.r.randrange(7)}",
                "quantity": self.r.randrange(1, 4), "unit_price_amount": 10, "discount_amount": self.r.choice([0, 2]), "line_amount": 10,
                "updated_at": ordered_at, "ingested_at": self.r.choice([at, ordered_at]),
            }  # fmt: skip

    def pay(self, key: str, status: str, refunded: int) -> None:
        order, total = self.rows["profiles.profile_orders"][key], self.r.choice([0, 20, 20, 50])
        paid = status in ("paid", "shipped", "delivered") and total > 0
        order |= {"status": status, "is_paid": paid, "total_amount": total, "order_total_amount": total, "refunded_amount": refunded,
                  "discount_amount": self.r.choice([0, 5]), "net_amount": total - refunded if paid else 0,
                  "is_refunded": paid and refunded >= total}  # fmt: skip

    def change(self, at: pd.Timestamp) -> None:
        orders = self.rows["profiles.profile_orders"]
        if not orders:
            return
        key = self.r.choice(sorted(orders))
        what = self.r.randrange(3)
        if what == 0:
            self.pay(key, self.r.choice(STATUSES), 0)
        elif what == 1:
            orders[key] |= {"profile_id": self.person()}
        else:
            self.pay(key, "paid", 5)
            orders[key] |= {"refunded_at": at}
            when = self.r.choice([at, self.when(at)])
            self.rows["staging.stg_all__refunds"][key] = {
                "system": "shop", "refund_id": key, "order_id": key, "amount": 5, "refunded_at": when, "updated_at": at,
                "ingested_at": when,
            }  # fmt: skip

    def change_line(self, at: pd.Timestamp) -> None:
        lines = self.rows["staging.stg_all__order_lines"]
        if lines:
            key = self.r.choice(sorted(lines))
            lines[key] |= {"quantity": self.r.randrange(1, 9), "product_id": f"i{self.r.randrange(7)}", "ingested_at": at}

    def give_back(self, at: pd.Timestamp) -> None:
        """A line of an order comes back, by its number or by what it was; or it turns out that it did not."""
        lines, orders = self.rows["staging.stg_all__order_lines"], self.rows["profiles.profile_orders"]
        keys = sorted(key for key, line in lines.items() if line["order_id"] in orders)
        if not keys:
            return
        key, back = self.r.choice(keys), self.rows["staging.stg_all__refund_lines"]
        if back.pop(key, None) is None:
            named = self.r.random() < 0.7
            back[key] = {
                "system": "shop", "refund_line_id": key, "refund_id": key, "order_id": lines[key]["order_id"], "amount": 5,
                "order_line_id": key if named else None, "product_id": None if named else lines[key]["product_id"],
                "quantity": self.r.randrange(1, 4), "updated_at": (when := self.r.choice([at, self.when(at)])), "ingested_at": when,
            }  # fmt: skip
        order = orders[str(lines[key]["order_id"])]
        count = sum(line["order_id"] == order["order_id"] for line in back.values())
        order |= {"refund_lines_count": count, "refunds_fingerprint": self.r.randrange(10**9)}

    def visit(self, at: pd.Timestamp) -> None:
        device, began = f"d{self.r.randrange(self.people)}", self.when(at)
        session = self.r.choice([f"{device}.{began:%y%m%d}", f"{device}.{self.r.randrange(5)}", None])
        for place in range(self.r.randrange(1, 6)):
            key = f"e{self.r.randrange(10**9)}"
            event_at = began + pd.Timedelta(minutes=self.r.choice([0, 5, 20, 50]) * place)
            self.rows["staging.stg_all__events"][key] = {
                "system": "ga4", "user_type": "shop_customer_id", "event_id": key, "event_at": event_at, "event_date": event_at.date(),
                "event_name": self.r.choice(STEPS), "user_pseudo_id": device, "session_key": session,
                "ingested_at": self.r.choice([at, max(event_at, began)]),
                "user_id": self.r.choice([None, None, f"c{self.r.randrange(self.people)}"]), "item_id": f"i{self.r.randrange(8)}",
                "item_category": self.r.choice(["mugs", "hats"]), "source": self.r.choice(["google", "news", None]),
                "medium": self.r.choice(["organic", "cpc", "email", None]), "campaign": self.r.choice(["spring", None]),
                "device_category": self.r.choice(["mobile", "desktop", None]), "search_term": self.r.choice(["mug", None]),
                "content_group": self.r.choice(["guides", None]), "page_topic": self.r.choice(["guides", None]),
            }  # fmt: skip

    def say(self, at: pd.Timestamp) -> None:
        table = self.r.choice(["profiles.profile_tickets", "profiles.profile_surveys", "profiles.profile_reviews"])
        key, when = f"w{self.r.randrange(40)}", self.when(at)
        self.rows[table][key] = {
            "ticket_id": key, "survey_id": key, "review_id": key, "profile_id": self.person(), "kind": "nps",
            "score": self.r.randrange(11), "rating": self.r.randrange(1, 6), "status": "open", "is_open": True,
            "is_complaint": self.r.random() < 0.3, "opened_at": self.r.choice([at, when]), "answered_at": at, "created_at": at,
            "updated_at": at, "ingested_at": self.r.choice([at, when]),
        }  # fmt: skip

    def write(self, at: pd.Timestamp) -> None:
        """An e-mail of ours or of others, and what was done with it; landed then, or only now."""
        key, person, when = f"m{self.r.randrange(60)}", self.person(), self.when(at)
        for status in ("sent", "delivered", "opened", "clicked")[: self.r.randrange(1, 5)]:
            self.rows["profiles.profile_engagements"][f"{key}:{status}"] = {
                "event_id": f"{key}:{status}", "profile_id": person, "channel": self.r.choice(["email", "email", "sms"]), "status": status,
                "message_id": self.r.choice([key, None]), "is_machine": self.r.random() < 0.3, "occurred_at": when,
                "ingested_at": self.r.choice([at, when]),
            }  # fmt: skip

    def move(self, at: pd.Timestamp, device: str | None = None) -> None:
        """Identity thinks otherwise: an account or a device is another's now."""
        number = (device or f"d{self.r.randrange(self.people)}")[1:]
        account: Row = {"identifier_type": "shop_customer_id", "identifier_value": f"c{number}", "is_shared": False}
        owner = f"p{number if device else self.r.randrange(self.people)}"
        if device or self.r.random() < 0.5:
            self.rows["identity.identifiers"][f"c{number}"] = {**account, "profile_id": owner, "first_seen_at": at, "last_seen_at": at}
        if device or self.r.random() < 0.5:
            self.rows["identity.device_owners"][f"d{number}"] = {
                "user_pseudo_id": f"d{number}", "profile_id": owner, "from_at": moment(2025, 6, 1), "until_at": moment(2027, 9, 1),
                "known_at": self.r.choice([moment(2025, 6, 1), self.when(at)]), "ended_at": moment(2026, 1, 1), "is_shared": False,
            }  # fmt: skip

    def rename(self, at: pd.Timestamp, key: str | None = None) -> None:
        key = key or f"i{self.r.randrange(6)}"
        self.rows["staging.stg_all__products"][key] = {
            "system": "shop", "product_id": key, "name": f"Thing {self.r.randrange(9)}", "category": self.r.choice(["mugs", "hats", None]),
            "brand": self.r.choice(["Acme", "Best"]), "price_amount": self.r.randrange(5, 90), "currency": "EUR", "stock_quantity": 4,
            "created_at": moment(2025, 1, 1), "updated_at": at, "ingested_at": at,
        }  # fmt: skip

    def leave(self, at: pd.Timestamp) -> None:
        table = self.r.choice([name for name in FILLED if name not in KEPT and self.rows[name]])
        del self.rows[table][self.r.choice(sorted(self.rows[table]))]


class Days:
    """A warehouse that lives from day to day, and on each day a copy of it whose marts and features are built anew from the same rows."""

    def __init__(self, folder: Path, people: int) -> None:
        self.folder = folder
        self.sample = {"training_people": max(1, people * 2 // 3)}  # some come into it and leave it
        self.daily = Warehouse(folder / "daily", **self.sample)
        self.daily.build(FIRST_DAY, "regulars", only="seed")
        self.daily.build(FIRST_DAY, "staging", "identity", "profiles", only="run")
        with self.daily.connect() as connection:
            for table in FILLED:
                connection.execute(f"create table made as select * from {table} limit 0")
                (kind,) = connection.execute(f"select table_type from information_schema.tables where {_named(table)}").fetchall()[0]
                connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {table} cascade")
                connection.execute(f"create table {table} as from made")
                connection.execute("drop table made")

    def put(self, world: Shop) -> None:
        with self.daily.connect() as connection:
            for table, rows in world.rows.items():
                kinds = dict(
                    connection.execute(f"select column_name, data_type from information_schema.columns where {_named(table)}").fetchall()
                )
                connection.execute(f"delete from {table}")
                made = pd.DataFrame([{name: row.get(name) for name in kinds} for row in rows.values()], columns=list(kinds), dtype=object)
                connection.register("made", made)
                connection.execute(
                    f"insert into {table} by name select {', '.join(f'{name}::{kind} as {name}' for name, kind in kinds.items())} from made"
                )
            connection.execute("checkpoint")  # the file is copied next

    def run(self, day: int) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Both on one day: what each says, by table."""
        at = FIRST_DAY + timedelta(days=day)
        anew = Warehouse(self.folder / f"day{day}", **self.sample)
        shutil.copy(self.daily.folder / "warehouse.duckdb", anew.folder / "warehouse.duckdb")
        self.daily.build(at, "marts", "features", only="run")
        anew.build(at, "marts", "features", only="run", full_refresh=True)
        return {table: (told(self.daily, table), told(anew, table)) for table in self.tables()}

    def stop_halfway(self, day: int, full_refresh: bool = False) -> None:
        """A run that ended when the visits were done, and nothing that rests on them."""
        begun = ("int_event_days", "int_days_touched", "int_events_gapped", "int_sessions_touched", "int_products_seen", "sessions")
        self.daily.build(FIRST_DAY + timedelta(days=day), *begun, only="run", full_refresh=full_refresh)

    def tables(self) -> list[str]:
        """All but the notes of a run on what it had to do."""
        query = """select table_schema || '.' || table_name as found from information_schema.tables
            where table_schema in ('marts', 'features') and table_name not in ('latest_run', 'int_pairs_touched') order by 1"""
        return [str(row["found"]) for row in self.daily.rows(query)]

    def touched(self) -> float:
        """Of the snapshots that there can be, the share that the last run worked out."""
        query = """select (select count(*) from features.int_pairs_touched)
            / (18.0 * (select count(*) from features.int_people_sampled)) as share"""
        return float(str(self.daily.rows(query)[0]["share"]))


def _named(table: str) -> str:
    schema, name = table.split(".")
    return f"table_schema = '{schema}' and table_name = '{name}'"


def told(warehouse: Warehouse, table: str) -> pd.DataFrame:
    return warehouse.frame(f"select columns(*)::varchar from {table} order by all")


def lived(folder: Path, seed: int, days: int, people: int, steps: int) -> list[float]:
    """A shop through some days; on each the two warehouses must agree on all marts and features. On the second a run is stopped halfway
    before, and more happens; the last is run twice.

    Returns what share of the snapshots each day worked out."""
    two, world = Days(folder, people), Shop(seed, people)
    world.live(pd.Timestamp(FIRST_DAY), 40 * people)
    shares = []
    for day in range(days):
        at = pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=day)
        if day:
            world.live(at, steps)
        two.put(world)
        if day == 1:
            two.stop_halfway(day)
            world.live(at, steps)
            two.put(world)
        policy = two.daily.rows("from marts.latest_run") if day else None
        for table, (daily, anew) in two.run(day).items():
            pd.testing.assert_frame_equal(daily, anew, obj=f"{table} on day {day} of history {seed}")
        assert two.daily.rows("from marts.latest_run") == (policy or two.daily.rows("from marts.latest_run")), "days, not rebuilds"
        shares.append(two.touched())
    before = {table: told(two.daily, table) for table in two.tables()}
    two.daily.build(FIRST_DAY + timedelta(days=days - 1), "marts", "features", only="run")
    for table, frame in before.items():
        pd.testing.assert_frame_equal(frame, told(two.daily, table), obj=f"{table} of a day that is run twice")
    return shares


def test_a_day_gives_the_answer_of_a_rebuild(tmp_path: Path) -> None:
    assert min(lived(tmp_path, seed=3, days=3, people=30, steps=20)) < 0.9, "days, not rebuilds"


@pytest.mark.slow
@settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), days=st.integers(2, 5), people=st.sampled_from([2, 15, 60]), steps=st.sampled_from([1, 30]))
def test_whatever_happens(tmp_path_factory: pytest.TempPathFactory, seed: int, days: int, people: int, steps: int) -> None:
    folder = tmp_path_factory.mktemp("days")
    lived(folder, seed, days, people, steps)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_a_rebuild_that_was_stopped_is_done_again(tmp_path: Path) -> None:
    """Whose the visits were is not known any more: the next run may not be a day."""
    two, world = Days(tmp_path, people=20), Shop(5, people=20)
    world.live(pd.Timestamp(FIRST_DAY), 600)
    two.put(world)
    two.run(0)
    world.live(pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=1), 30)
    two.put(world)
    two.stop_halfway(1, full_refresh=True)
    assert two.daily.rows("from marts.latest_run") == []
    for table, (daily, anew) in two.run(1).items():
        pd.testing.assert_frame_equal(daily, anew, obj=table)


def test_what_marts_read_is_made_up_here_or_does_not_grow(tmp_path: Path) -> None:
    """A new parent of the marts needs rows in these histories, or a place here: these are read by marts that are counted whole."""
    without_rows = {
        "profiles.consents", "profiles.suppressions", "profiles.addresses",  # reach
        "identity.accounts", "identity.account_members", "identity.profile_ids",  # account metrics, engagement
        "staging.stg_feedback__deliveries", "staging.stg_feedback__engagements",  # messages and engagement of the last months
            "staging.stg_feedback__attempts", "staging.stg_feedback__sync_rows",  # the row logs
        "staging.stg_all__product_versions", "staging.stg_all__shipments",  # price and stock history, deliveries
    }  # fmt: skip
    manifest = parsed(json.dumps({"matching": False}))
    parents = {
        f"{parent.schema}.{parent.name}"
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.fqn[1] == "marts"
        for parent in (manifest.nodes[name] for name in node.depends_on_nodes)
        if parent.resource_type == "model" and parent.fqn[1] != "marts"
    }
    assert parents - set(FILLED) - without_rows == set()
