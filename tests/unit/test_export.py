"""The export for BI tools: the tables as they are, without what names or reaches a person unless it is asked for."""

from pathlib import Path

import duckdb
import pytest

from orchestration.export_command import export_tables


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("""
        create schema marts; create schema profiles; create schema identity;
        create table marts.orders as select 'o' || range as order_id, 1.5::decimal(18, 4) as net_amount from range(3);
        create table marts.int_steps as select 1 as step; create table marts.latest_run as select 'x' as policy;
        create table marts.metrics as select 'nps' as metric, 7.5 as value;
        create view profiles.profiles as select 'p1' as profile_id, 'a@x.org' as email, 'Ann' as first_name, 'email' as preferred_channel,
            true as has_email_consent, date '1990-01-01' as birth_date;
        create table profiles.profile_surveys as select 's1' as survey_id, 'Ann here' as comment, 9 as score;
        create table identity.records as select 'a@x.org' as email
    """)
    return made


def columns(path: Path) -> list[str]:
    return [row[0] for row in duckdb.sql(f"describe from '{path}'").fetchall()]


def test_tables_and_views_are_files_without_what_is_personal(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = tmp_path / "o'brien"
    written = export_tables(connection, folder)
    assert written == {"marts.metrics": 1, "marts.orders": 3, "profiles.profile_surveys": 1, "profiles.profiles": 1}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.*")} == {f"{name.replace('.', '/')}.parquet" for name in written}
    with duckdb.connect() as read:
        kept = [row[0] for row in read.execute("describe from read_parquet(?)", [str(folder / "profiles/profiles.parquet")]).fetchall()]
        assert kept == ["profile_id", "preferred_channel", "has_email_consent"]
        assert read.execute("select value from read_parquet(?)", [str(folder / "marts/metrics.parquet")]).fetchall()
        assert b"Ann" not in (folder / "profiles/profile_surveys.parquet").read_bytes()
        total = read.execute("select sum(net_amount) from read_parquet(?)", [str(folder / "marts/orders.parquet")]).fetchall()
    assert str(total[0][0]) == "4.5000"


def test_personal_columns_come_when_asked_for_and_tables_that_are_gone_go(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export_tables(connection, tmp_path, personal=True)
    assert columns(tmp_path / "profiles/profiles.parquet") == [
        "profile_id", "email", "first_name", "preferred_channel", "has_email_consent", "birth_date",
    ]  # fmt: skip
    connection.execute("drop table marts.orders")
    export_tables(connection, tmp_path)
    assert not (tmp_path / "marts/orders.parquet").exists()
