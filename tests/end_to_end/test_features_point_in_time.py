"""Features at an instant are the same to the last bit, whatever is dated or landed then or later: the project's own SQL, compiled once,
on any rows. Rows of all inputs come, change and go after the instant, and lie in another order; every feature stays as it was.
Longer than most files: what rows there can be and what must hold of them is one argument.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warehouse_kit import _settings, moment, parsed

from benchmarks.feature_rows import TABLES

T = moment(2026, 6, 6)  # an origin of the grid
ORIGINS = [T - timedelta(days=days) for days in (330, 30, 0)]
PEOPLE = ["p0", "p1", "p2"]
Row = dict[str, Any]
World = dict[str, list[Row]]

#: Of each input: when its rows happen, when they are known, and what else they say.
INPUTS: dict[str, tuple[str, str, Callable[[random.Random], Row]]] = {
    "marts.orders": ("ordered_at", "ingested_at", lambda r: {
        "profile_id": r.choice([*PEOPLE, None]), "is_paid": r.random() < 0.8, "exchange_rate": r.choice([1, 1, 0.9, None]),
        "total_amount": r.choice([None, r.randrange(1, 9999) / 7]), "order_total_amount": r.choice([1, 5, 100]), "net_amount": 1,
        "discount_amount": r.choice([0, 0, r.random()]),
    }),
    "marts.order_items": ("ordered_at", "ingested_at", lambda r: {
        "profile_id": r.choice(PEOPLE), "is_paid": r.random() < 0.8, "order_id": _order(r), "product_id": f"i{r.randrange(5)}",
        "category": r.choice(["tea", "mugs", None]), "quantity": r.choice([1, 2, 0.3]),
    }),
    "staging.stg_all__refunds": ("refunded_at", "ingested_at", lambda r: {"order_id": _order(r), "amount": r.choice([1, 4, 0.07])}),
    "staging.stg_all__refund_lines": ("updated_at", "ingested_at", lambda r: {"order_id": _order(r), "quantity": r.randrange(1, 3)}),
    "staging.stg_all__events": ("event_at", "ingested_at", lambda r: {
        "session_key": r.choice([None, "s1", "s2", f"s{r.randrange(99)}"]), "user_id": r.choice([None, None, "u0", "u1"]),
        "user_pseudo_id": f"d{r.randrange(3)}", "event_name": r.choice(["view_item", "add_to_cart", "page_view"]),
    }),
    "identity.device_owners": ("known_at", "known_at", lambda r: {
        "user_pseudo_id": f"d{r.randrange(3)}", "profile_id": r.choice(PEOPLE), "from_at": T - timedelta(days=r.choice([500, 20, 3])),
        "until_at": T + timedelta(days=r.choice([-10, 5])),
    }),
    "profiles.profile_engagements": ("occurred_at", "ingested_at", lambda r: {
        "profile_id": r.choice([*PEOPLE, None]), "channel": r.choice(["email", "email", "email", "sms"]), "is_machine": r.random() < 0.2,
        "status": r.choice(["sent", "delivered", "opened", "clicked", "bounced"]), "message_id": r.choice([None, "m1", "m2", "m3"]),
    }),
    "profiles.profile_tickets": ("opened_at", "ingested_at", lambda r: {
        "profile_id": r.choice(PEOPLE), "is_complaint": r.random() < 0.5,
    }),
}  # fmt: skip
FIXED: World = {
    "identity.identifiers": [
        {"identifier_type": "shop_customer_id", "identifier_value": f"u{n}", "profile_id": person} for n, person in enumerate(PEOPLE)
    ],
    "features.horizons": [{"as_of": T, "horizon_days": 90}],
    "features.int_origins": [{"origin_number": number, "as_of": at} for number, at in enumerate(ORIGINS)],
    "features.int_people_sampled": [{"profile_id": person} for person in PEOPLE],
}
COLUMNS = {
    **TABLES,
    "features.horizons": "as_of timestamp, horizon_days integer",
    "features.int_origins": "origin_number integer, as_of timestamp",
    "features.int_people_sampled": "profile_id varchar",
}


def _order(r: random.Random) -> str:
    return f"{r.choice('el')}{r.randrange(12)}"


def instant(r: random.Random, start: datetime, end: datetime) -> datetime:
    """Any from start to before end, often at an edge, and often a whole number of days before T: where windows begin."""
    at = start + timedelta(seconds=r.randrange(int((end - start).total_seconds())))
    edge = T - timedelta(days=r.choice([7, 30, 90, 180, 365]), seconds=r.choice([0, 0, 1, -1]))
    return r.choice([at, at, start, end - timedelta(seconds=1), edge if start <= edge < end else at])


def rows(r: random.Random, mark: str, size: int) -> World:
    """Rows of all inputs: dated and known before T where they are early (mark e), else one of the two from T on (mark l)."""
    oldest, latest = T - timedelta(days=500), T + timedelta(days=40)
    made: World = {}
    for table, (happened_at, known_at, said) in INPUTS.items():
        made[table] = []
        for number in range(size):
            happened, known = instant(r, oldest, T), instant(r, oldest, T)
            if mark == "l":
                happened, known = r.choice([(instant(r, T, latest), known), (happened, instant(r, T, latest))])
                known = max(happened, known) if happened_at == known_at else known
            key = dict.fromkeys(("order_id", "order_line_id", "refund_id", "refund_line_id", "event_id", "ticket_id"), f"{mark}{number}")
            made[table].append({**key, **said(r), happened_at: happened, known_at: known})
    return made


class Features:
    """The compiled SQL, in a database of its own."""

    def __init__(self, compiled: dict[str, str]) -> None:
        self.compiled = compiled
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as warehouse; use warehouse; set threads = 2")
        for table, columns in COLUMNS.items():
            self.connection.execute(f"create schema if not exists {table.split('.')[0]}; create table {table} ({columns})")

    def of(self, model: str, world: World, r: random.Random) -> list[tuple[Any, ...]]:
        """All rows of the model for this world, whose rows are put in in any order."""
        for table, columns in COLUMNS.items():
            given = r.sample(world.get(table, []), len(world.get(table, [])))
            self.connection.execute(f"delete from {table}")
            if given:
                names = [column.split()[0] for column in columns.replace("decimal(18, 4)", "decimal").split(",")]
                frame = pd.DataFrame([{name: row.get(name) for name in names} for row in given], columns=names, dtype=object)
                self.connection.register("given", frame)
                self.connection.execute(f"insert into {table} from given")
        return self.connection.execute(f"from ({self.compiled[model]}) order by as_of, profile_id").fetchall()


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    from dbt.cli.main import dbtRunner

    folder: Path = tmp_path_factory.mktemp("compiled")
    variables = '{"matching": false}'
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(folder))
        patch.setenv("REGULARS_AS_OF", f"{T:%Y-%m-%d %H:%M:%S}")
        models = ["customer_features", "int_snapshots"]
        ended = dbtRunner(manifest=parsed(variables)).invoke(["compile", *_settings(variables, folder), "--select", *models])
    assert ended.success, ended.exception
    return Features({result.node.name: result.node.compiled_code for result in ended.result.results})  # type: ignore[union-attr]


def joined(*worlds: World) -> World:
    return {table: [row for world in worlds for row in world.get(table, [])] for table in COLUMNS}


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), early=st.integers(1, 40), late=st.integers(1, 40), otherwise=st.integers(0, 40))
def test_what_is_dated_or_landed_later_changes_no_bit(features: Features, seed: int, early: int, late: int, otherwise: int) -> None:
    r = random.Random(seed)
    known = joined(FIXED, rows(r, "e", early))
    one, other = (features.of("int_snapshots", joined(known, rows(r, "l", size)), r) for size in (late, otherwise))
    assert one == other


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), early=st.integers(1, 40), late=st.integers(1, 40))
def test_of_now_a_run_counts_what_it_landed_itself_and_nothing_later(features: Features, seed: int, early: int, late: int) -> None:
    r = random.Random(seed)
    known, after = joined(FIXED, rows(r, "e", early)), rows(r, "l", late)
    for table, (happened_at, known_at, _) in INPUTS.items():
        after[table] = [row for row in after[table] if row[happened_at] >= T or row[known_at] > T]
    expected = features.of("customer_features", known, r)
    assert features.of("customer_features", joined(known, after), r) == expected


def test_of_now_what_the_run_landed_counts(features: Features) -> None:
    r = random.Random(7)
    known = joined(FIXED, rows(r, "e", 40))
    landed = known | {table: [row | {"ingested_at": T} for row in known[table]] for table in INPUTS if table != "identity.device_owners"}
    at_hand, landed_now = (features.of("customer_features", world, r) for world in (known, landed))
    assert len(landed_now) == len(PEOPLE) and [row[:8] for row in landed_now] == [row[:8] for row in at_hand]
    assert not [row for row in features.of("int_snapshots", landed, r) if row[0] == T]


def test_every_input_counts(features: Features) -> None:
    """Were an input not read at all, nothing could change: without the rows of any one of them the features are others."""
    r = random.Random(5)
    known = joined(FIXED, rows(r, "e", 60))
    everything = features.of("int_snapshots", known, r)
    assert {row[0] for row in everything} == set(ORIGINS)
    for table in INPUTS:
        assert features.of("int_snapshots", known | {table: []}, r) != everything, table
