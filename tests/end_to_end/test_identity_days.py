"""Day by day identity gives the answer of a rebuild: random histories of records that come, change and go, each day beside a full refresh.

Many small neighbourhoods live through the same days at once, because a run of dbt costs the same for one or for fifty. Longer than most
files: the rows that can be, what can happen to them and the comparison are one argument.
"""

import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from warehouse_kit import PROJECT, Warehouse, moment

FIRST_DAY = moment(2026, 3, 1, 9)
#: What a rebuild must say the same of, all rows and all columns.
STATE = (
    "records", "links", "int_keys_counted", "int_links_accepted", "refused_links", "int_components_settled", "int_records_grouped",
    "int_logins_listed", "int_links_cut", "founders", "changes", "profile_ids", "device_owners", "identifiers",
)  # fmt: skip
GIVEN = ["Anna", "Ann", "A.", "Boris", "Bob", "Robert", "Martin", "Martina", "Carla", None, None]
FAMILY = ["Meyer", "Mayer", "Schmidt", "Kowalski", None]
PERSON = {
    "system": "varchar", "person_type": "varchar", "person_id": "varchar", "brand": "varchar", "email": "varchar", "phone": "varchar",
    "first_name": "varchar", "last_name": "varchar", "birth_date": "date", "street": "varchar", "postal_code": "varchar", "city": "varchar",
    "country_code": "varchar", "company_name": "varchar",
    "created_at": "timestamp", "updated_at": "timestamp", "ingested_at": "timestamp",
}  # fmt: skip
ORDER = {
    "system": "varchar", "customer_type": "varchar", "order_id": "varchar", "customer_id": "varchar", "brand": "varchar",
    "email": "varchar",
    "phone": "varchar", "first_name": "varchar", "last_name": "varchar", "street": "varchar", "postal_code": "varchar", "city": "varchar",
    "country_code": "varchar", "ordered_at": "timestamp", "updated_at": "timestamp", "ingested_at": "timestamp",
}  # fmt: skip
ALIAS = {
    "system": "varchar", "left_type": "varchar", "left_id": "varchar", "right_type": "varchar", "right_id": "varchar",
    "stated_by": "varchar", "stated_at": "timestamp", "ingested_at": "timestamp",
}  # fmt: skip
EVENT = {
    "system": "varchar", "user_type": "varchar", "event_id": "varchar", "event_at": "timestamp", "user_pseudo_id": "varchar",
    "user_id": "varchar", "session_key": "varchar", "ingested_at": "timestamp",
}  # fmt: skip
TABLES = {"persons": PERSON, "orders": ORDER, "aliases": ALIAS, "events": EVENT}


class Neighbourhood:
    """A few people who share addresses, phones and devices, and what the systems hold of them: rows by table and key."""

    def __init__(self, number: int, r: random.Random) -> None:
        self.number, self.r = number, r
        self.rows: dict[str, dict[str, dict[str, object]]] = {table: {} for table in TABLES}
        self.emails = [f"p{number}.{place}@mail{number}.org" for place in range(3)]
        self.phones = [f"+49151{number:05d}{place}" for place in range(3)]

    def live(self, at: pd.Timestamp, steps: int) -> None:
        """Some things happen; all of them can happen to anyone at any time."""
        for _ in range(steps):
            self.r.choice([self.person, self.person, self.person, self.leave, self.order, self.alias, self.visit, self.crowd])(at)

    def key(self, kind: str, places: int) -> str:
        return f"{kind}{self.number}.{self.r.randrange(places)}"

    def email(self) -> str | None:
        chosen = self.r.choice([*self.emails, None])
        return chosen.replace("@", "+tag@") if chosen and self.r.random() < 0.1 else chosen

    def who(self) -> dict[str, object]:
        r = self.r
        born = None if r.random() < 0.7 else pd.Timestamp(1980, 1, 1) + pd.Timedelta(days=r.randrange(3))
        return {
            "email": self.email(), "phone": r.choice([*self.phones, None, None]), "first_name": r.choice(GIVEN),
            "last_name": r.choice(FAMILY), "brand": r.choice([None, None, "b1", "b2"]), "birth_date": born,
        }  # fmt: skip

    def person(self, at: pd.Timestamp) -> None:
        kind, system = self.r.choice([("crm_id", "crm"), ("shop_customer_id", "shop")])
        key = self.key(kind[0], 5)
        old = self.rows["persons"].get(key, {"created_at": at - pd.Timedelta(days=self.r.randrange(900))})
        changed = self.who() if self.r.random() < 0.7 else {"city": f"Town {self.r.randrange(5)}"}
        self.rows["persons"][key] = {**old, "system": system, "person_type": kind, "person_id": key, **changed, "updated_at": at}

    def leave(self, at: pd.Timestamp) -> None:
        table = self.r.choice([name for name in TABLES if self.rows[name]] or ["persons"])
        if self.rows[table]:
            del self.rows[table][self.r.choice(sorted(self.rows[table]))]

    def order(self, at: pd.Timestamp) -> None:
        key = self.key("o", 6)
        customer = self.r.choice([None, None, self.key("s", 5)])
        self.rows["orders"][key] = {**self.who(), "system": "shop", "customer_type": "shop_customer_id", "order_id": key,
                                    "customer_id": customer, "ordered_at": at, "updated_at": at}  # fmt: skip

    def alias(self, at: pd.Timestamp) -> None:
        left, right = self.key("c", 5), self.key("s", 5)
        self.rows["aliases"][left] = {"system": "crm", "left_type": "crm_id", "left_id": left, "right_type": "shop_customer_id",
                                      "right_id": right, "stated_by": "crm", "stated_at": at}  # fmt: skip

    def visit(self, at: pd.Timestamp) -> None:
        device, key = self.key("d", 3), f"e{self.number}.{self.r.randrange(10**9)}"
        self.rows["events"][key] = {"system": "ga4", "user_type": "shop_customer_id", "event_id": key, "user_pseudo_id": device,
                                    "event_at": at - pd.Timedelta(minutes=self.r.randrange(3000)),
                                    "session_key": self.r.choice([None, f"{device}.1", f"{device}.2"]),
                                    "user_id": self.r.choice([None, self.key("s", 5)])}  # fmt: skip

    def crowd(self, at: pd.Timestamp) -> None:
        """An address passes its limit, or comes below it again."""
        members = [key for key in self.rows["persons"] if key.startswith("m")]
        if members:
            for key in self.r.sample(members, self.r.randrange(1, len(members) + 1)):
                del self.rows["persons"][key]
        elif self.r.random() < 0.3:
            address = self.r.choice(self.emails)
            for place in range(self.r.randrange(2, 9)):
                key = f"m{self.number}.{place}"
                self.rows["persons"][key] = {"system": "crm", "person_type": "crm_id", "person_id": key, "email": address,
                                             "first_name": self.r.choice(GIVEN), "created_at": at, "updated_at": at}  # fmt: skip


class Days:
    """A warehouse that lives from day to day, and on each day a copy of it that is built anew from the same rows."""

    def __init__(self, folder: Path, people: int) -> None:
        self.folder = folder
        self.daily = Warehouse(folder / "daily")
        with self.daily.connect() as connection:
            connection.execute("create schema staging")
            connection.execute("create schema seeds")
            for seed in ("blocked_identifiers", "name_variants", "reviewed_identities"):
                connection.execute(
                    f"create table seeds.{seed} as from read_csv('{PROJECT}/seeds/{seed}.csv', header=true, all_varchar=true)"
                )
            # a line of each kind in every third neighbourhood, of records that come and go
            kinds = [("split", "crm_id", "c{}.0", "shop_customer_id", "s{}.0"), ("split", "crm_id", "c{}.1", "crm_id", "c{}.2"),
                     ("merge", "crm_id", "c{}.3", "shop_customer_id", "s{}.1")]  # fmt: skip
            lines = [(what, one, left.format(n), other, right.format(n)) for n in range(0, people, 3)
                     for what, one, left, other, right in kinds]  # fmt: skip
            made = pd.DataFrame(lines, columns=["action", "left_type", "left_value", "right_type", "right_value"])
            connection.register("made", made)
            connection.execute("insert into seeds.reviewed_identities by name select * from made")

    def put(self, worlds: list[Neighbourhood]) -> None:
        with self.daily.connect() as connection:
            for table, columns in TABLES.items():
                rows = [{"ingested_at": FIRST_DAY, **row} for world in worlds for row in world.rows[table].values()]
                made = pd.DataFrame(rows, columns=list(columns), dtype=object)
                connection.register("made", made)
                kinds = ", ".join(f"{name}::{kind} as {name}" for name, kind in columns.items())
                connection.execute(f"create or replace table staging.stg_all__{table} as select {kinds} from made")
            connection.execute("checkpoint")  # the file is copied next

    def run(self, day: int) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Both on one day: what each says, by table."""
        at = FIRST_DAY + timedelta(days=day)
        anew = Warehouse(self.folder / f"day{day}")
        shutil.copy(self.daily.folder / "warehouse.duckdb", anew.folder / "warehouse.duckdb")
        self.daily.build(at, "identity,+changes", only="run")
        anew.build(at, "identity,+changes", only="run", full_refresh=True)
        return {table: (told(self.daily, table), told(anew, table)) for table in STATE}


def told(warehouse: Warehouse, table: str) -> pd.DataFrame:
    return warehouse.frame(f"select columns(*)::varchar from identity.{table} order by all")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("days")
    yield made
    shutil.rmtree(made)


def lived(folder: Path, seed: int, days: int, people: int) -> None:
    """Many neighbourhoods through some days; on each the two warehouses must agree."""
    r = random.Random(seed)
    two = Days(folder, people)
    worlds = [Neighbourhood(number, random.Random(f"{seed} {number}")) for number in range(people)]
    for day in range(days):
        at = pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=day)
        for world in worlds:
            if day == 0 or r.random() < 0.5:
                world.live(at, 8 if day == 0 else r.randrange(1, 4))
        two.put(worlds)
        for table, (daily, anew) in two.run(day).items():
            assert len(daily) or people < 40 or table in ("refused_links", "int_links_cut")
            pd.testing.assert_frame_equal(daily, anew, obj=f"{table} on day {day} of history {seed}")
        (mode,) = two.daily.rows("from identity.latest_run")
        assert mode["mode"] == ("day" if day else "rebuild") and not mode["is_open"]


def test_a_day_gives_the_answer_of_a_rebuild(folder: Path) -> None:
    lived(folder, seed=3, days=3, people=100)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), days=st.integers(2, 6), people=st.sampled_from([3, 40, 150]))
def test_any_history_gives_the_answer_of_a_rebuild(tmp_path_factory: pytest.TempPathFactory, seed: int, days: int, people: int) -> None:
    made = tmp_path_factory.mktemp("history")
    lived(made, seed, days, people)
    shutil.rmtree(made)
