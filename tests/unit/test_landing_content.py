"""Tables without a watermark are read whole: a row lands when its content is another than the newest landed of its key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, fill, holding, landed

from orchestration.landing import Landed, Landing, land_sql
from orchestration.sources.table import EACH_RUN, Column, Table

PRICES = Table(
    "test",
    "prices",
    key=("product_id", "size"),
    event_time="_landed_at",
    watermark=None,
    deletes=EACH_RUN,
    columns=(
        Column("product_id", required=True),
        Column("size", "BIGINT", required=True),
        Column("amount", "DECIMAL(18,4)"),
        Column("note"),
    ),
)


@pytest.fixture(params=["sqlite", "postgres", "portable"])
def day(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]) -> Callable[..., Landed]:
    """Runs statements against the source, then lands it a day later than before."""
    url = f"sqlite:///{tmp_path / 'shop.db'}" if request.param == "sqlite" else new_database()
    days = iter(range(100))
    fill(url, PRICES, [{"product_id": f"p{number}", "size": 1, "amount": "10.50", "note": None} for number in range(20)])

    def run(*statements: str, table: Table = PRICES) -> Landed:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()
        as_of = AS_OF + timedelta(days=next(days))
        return land_sql(table, url, Landing(tmp_path / "landing"), as_of, portable=request.param == "portable")

    return run


def test_a_row_lands_when_its_content_changes_there_and_back(day: Callable[..., Landed], tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    assert (day().rows, day().rows, day().files) == (20, 0, [])
    for amount in ("11.00", "10.50", "10.5000001", "11.00"):  # the third is the second once more, in four decimals
        day(f"update prices set amount = {amount} where product_id = 'p1'")
    assert [str(row[0]) for row in landed(landing, PRICES, "amount", "where product_id = 'p1' order by _landed_at")] == [
        "10.5000",
        "11.0000",
        "10.5000",
        "11.0000",
    ]
    assert day("update prices set note = '' where product_id = 'p2'").rows == 1  # nothing and an empty text differ
    assert day("update prices set note = 'null' where product_id = 'p2'").rows == 1
    assert holding(landing, PRICES, "note")[12] == ("null",)


def test_deletes_and_returns_are_seen_without_a_second_read(day: Callable[..., Landed]) -> None:
    day()
    assert day("delete from prices where product_id = 'p3'").deleted == 1
    assert (day().deleted, day().rows) == (0, 0)
    back = day("insert into prices values ('p3', 1, 10.50, null)")
    assert (back.rows, back.returned, back.deleted) == (1, 1, 0)
    assert day().rows == 0


def test_events_land_once_by_their_key(day: Callable[..., Landed]) -> None:
    events = replace(PRICES, changes=False, deletes=None)
    assert day(table=events).rows == 20
    result = day(
        "update prices set amount = 1",
        "insert into prices values ('p99', 1, 2, null)",
        "delete from prices where product_id = 'p1'",
        table=events,
    )
    assert (result.rows, result.deleted) == (1, 0)
