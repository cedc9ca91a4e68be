"""PostgreSQL's tables by other names, in other schemas, with amounts as money, and addresses that carry options."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, landed

from orchestration.landing import Landing, land_sql
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Column, Table

THINGS = Table(
    "test",
    "things",
    key=("thing_id",),
    event_time="updated_at",
    columns=(
        Column("thing_id", "BIGINT", required=True),
        Column("amount", "DECIMAL(18,4)"),
        Column("updated_at", "TIMESTAMP", required=True),
    ),
)
MAKE = "create table {} (thing_id bigint generated always as identity, amount {}, updated_at timestamp default '2026-06-01')"


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def with_options(url: str, options: str) -> str:
    return sa.make_url(url).update_query_dict({"options": options}).render_as_string(hide_password=False)


@pytest.mark.parametrize("portable", [False, True])
def test_money_is_an_amount_whatever_its_sign_of_currency(url: str, landing: Landing, portable: bool) -> None:
    run(url, MAKE.format("things", "money"), "insert into things (amount) values ('1234567.5'), ('-0.01'), (null)")
    assert not land_sql(THINGS, url, landing, AS_OF, portable=portable).quarantined
    assert landed(landing, THINGS, "amount::varchar", "order by thing_id") == [("1234567.5000",), ("-0.0100",), (None,)]


@pytest.mark.parametrize("portable", [False, True])
def test_a_table_in_capitals_is_found_where_there_is_no_other(url: str, landing: Landing, portable: bool) -> None:
    run(url, MAKE.format('"Things"', "numeric"), 'insert into "Things" (amount) values (1)')
    assert land_sql(THINGS, url, landing, AS_OF, portable=portable).rows == 1
    run(url, MAKE.format('"THINGS"', "numeric"))
    with pytest.raises(SourceError, match="no such table; found: THINGS, Things"):
        land_sql(THINGS, url, landing, AS_OF, portable=portable)


@pytest.mark.parametrize("portable", [False, True])
def test_a_table_of_another_schema_is_said_and_read_as_is_said(url: str, landing: Landing, portable: bool) -> None:
    run(url, "create schema shop", MAKE.format("shop.things", "numeric"), "insert into shop.things (amount) values (1)")
    with pytest.raises(SourceError, match="The schema shop has one: add options=-csearch_path=shop to the URL's query"):
        land_sql(THINGS, url, landing, AS_OF, portable=portable)
    assert land_sql(THINGS, f"{url}&options=-csearch_path=shop", landing, AS_OF, portable=portable).rows == 1


@pytest.mark.parametrize("portable", [False, True])
def test_an_option_with_a_blank_reaches_the_server(url: str, landing: Landing, portable: bool) -> None:
    run(url, "create view things as select i as thing_id, 1 as amount, timestamp '2026-06-01' as updated_at, pg_sleep(0.1)::text as slept "
        "from generate_series(1, 1000) as i")  # fmt: skip
    with pytest.raises(SourceError, match="canceling statement due to statement timeout"):
        land_sql(THINGS, with_options(url, "-c statement_timeout=300"), landing, AS_OF, portable=portable)
    assert landing.files(THINGS) == []
