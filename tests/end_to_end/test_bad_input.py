"""Bad input of every kind, in one delivery: what is wrong is named with what to do, and the rest lands whole."""

import shutil
import sqlite3
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from landing_kit import ga4_parquet, landed
from shell_kit import Deployment, checks, failures, metadata, steps

from orchestration.assets.quarantine import quarantine
from orchestration.assets.raw import RAW
from orchestration.sources import crm, ga4, service, shop

ASSETS = {f"raw__{table.raw_name}" for table in (*shop.TABLES, *crm.TABLES, *ga4.TABLES, *service.TABLES)}
SUCCESS = dg.DagsterEventType.STEP_SUCCESS
MENDED_AT = "2026-06-30 08:59:00"
#: The rule, the table and its key, the column, a value that breaks the rule: one row each, the first ones of the table.
BAD_ROWS = [
    ("status_unknown", "orders", "order_id", "status", "lost"),
    ("ordered_at_invalid", "orders", "order_id", "ordered_at", "2026-02-31 10:00:00"),
    ("ordered_at_impossible", "orders", "order_id", "ordered_at", "2999-01-01 00:00:00"),
    ("total_amount_invalid", "orders", "order_id", "total_amount", "twelve"),
    ("quantity_not_positive", "order_lines", "order_line_id", "quantity", -3),
    ("product_id_missing", "order_lines", "order_line_id", "product_id", " "),
]


class Spoiled:
    """A deployment whose systems have every fault at once, after its run."""

    def __init__(self, folder: Path, world: Path) -> None:
        self.deployment = Deployment(folder, world)
        self.folder = folder
        with sqlite3.connect(self.deployment.world / "shop.db") as database:
            database.execute("delete from orders where order_id like 'O9%'")  # the demo's own bad rows
            database.execute("delete from order_lines where order_line_id like 'L9%'")
            self.count = {table.name: database.execute(f"select count(*) from {table.name}").fetchone()[0] for table in shop.TABLES}
            self.keys = [row[0] for row in database.execute("select order_id from orders order by 1 limit 4")]
            self.keys += [row[0] for row in database.execute("select order_line_id from order_lines order by 1 limit 2")]
            self.good_values = []
            for (_, table, name, column, bad), key in zip(BAD_ROWS, self.keys, strict=True):
                self.good_values += database.execute(f"select {column} from {table} where {name} = ?", [key]).fetchone()
                database.execute(f"update {table} set {column} = ? where {name} = ?", [bad, key])
            database.execute("alter table refunds rename to refunds_old")
            database.execute("alter table products rename column price_amount to price")
        self.empty, self.junk, self.twice, self.lines, self.last = self.days = sorted((self.deployment.world / "ga4").iterdir())
        shutil.copy(self.junk, folder / "kept.parquet")
        ga4_parquet(self.empty, [])
        self.junk.write_bytes(b"PAR1 this is no Parquet PAR1")
        self.twice.with_suffix(".jsonl").write_text('{"event_name": "page_view"}\n')
        with duckdb.connect() as connection:
            connection.execute(f"copy (from '{self.lines}') to '{self.lines.with_suffix('.jsonl')}' (format json)")
        self.lines.unlink()
        with self.lines.with_suffix(".jsonl").open("a") as file:
            file.write('{"event_date": "2026\n')
        self.run = self.deployment.materialize(*RAW, quarantine)


@pytest.fixture(scope="module")
def spoiled(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Spoiled:
    return Spoiled(tmp_path_factory.mktemp("spoiled"), made_world)


def files(deployment: Deployment, table: str) -> list[str]:
    return sorted(path.name for path in (deployment.data / "landing" / table).glob("*") if path.name != "_schema.parquet")


def test_a_missing_table_and_a_wrong_column_are_named_and_the_rest_goes_on(spoiled: Spoiled) -> None:
    said = failures(spoiled.run)
    assert set(said) == {"raw__shop_refunds", "raw__shop_products"}
    assert said["raw__shop_refunds"].startswith("shop.refunds: the database has no such table; found: customers, order_lines, orders,")
    assert "Check the URL, or create the table." in said["raw__shop_refunds"]
    assert said["raw__shop_products"].startswith("shop.products: column price_amount is missing; found: product_id, name, ")
    assert "Rename or add it in the source" in said["raw__shop_products"]
    assert steps(spoiled.run, SUCCESS) == ASSETS - set(said)


def test_nothing_is_half_loaded(spoiled: Spoiled) -> None:
    assert files(spoiled.deployment, "shop/refunds") == files(spoiled.deployment, "shop/products") == []
    assert not list((spoiled.deployment.data / "landing").rglob("*.unfinished"))
    for table, bad in ((shop.ORDERS, 4), (shop.ORDER_LINES, 2), (shop.CUSTOMERS, 0)):
        assert landed(spoiled.deployment.landing, table, "count(*)") == [(spoiled.count[table.name] - bad,)]


def test_bad_rows_are_in_quarantine_with_the_rule_the_row_and_what_to_do(spoiled: Spoiled) -> None:
    found = spoiled.deployment.quarantined()
    events = {("line_invalid", "events"), ("event_timestamp_missing", "events")}  # the second is the demo's own
    assert set(found) == events | {row[:2] for row in BAD_ROWS}
    for (reason, table, name, column, bad), key in zip(BAD_ROWS, spoiled.keys, strict=True):
        row = found[reason, table]
        assert (row["key"], row["payload"][name], row["payload"][column]) == (key, key, str(bad))
        assert row["detail"].startswith(f"{column} is '{bad}', which ")
        assert f"Correct the row in shop.{table}" in row["detail"]
    assert "must be one of pending, paid" in found["status_unknown", "orders"]["detail"]
    assert "cannot be read as TIMESTAMP" in found["ordered_at_invalid", "orders"]["detail"]
    assert found["line_invalid", "events"]["payload"] == '{"event_date": "2026'
    shown = metadata(spoiled.run, "raw/shop_orders")
    assert (shown["rows_landed"], shown["rows_refused"]) == (spoiled.count["orders"] - 4, 4)
    assert "- status_unknown: 1" in shown["refused_by_reason"]


def test_a_day_that_cannot_be_read_is_named_and_the_other_days_land(spoiled: Spoiled) -> None:
    check = checks(spoiled.run)["raw/ga4_events:every_part_was_read"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    said = check.metadata["unread"].value
    assert f"ga4.{spoiled.junk.name}: it is no Parquet file" in said and "Export the day again." in said
    assert files(spoiled.deployment, "ga4/events") == [day.name for day in spoiled.days if day != spoiled.junk]
    shown = metadata(spoiled.run, "raw/ga4_events")
    assert f"{spoiled.empty.name}: an empty day, without a single event." in shown["warnings"]
    assert f"{spoiled.twice.stem}.jsonl: the day is delivered twice, {spoiled.twice.name} is taken" in shown["warnings"]
    assert shown["refused_by_reason"].splitlines() == ["- line_invalid: 1", "- event_timestamp_missing: 1"]


def test_mended_and_delivered_again_everything_is_there_once(spoiled: Spoiled, tmp_path: Path) -> None:
    shutil.copytree(spoiled.folder, tmp_path, dirs_exist_ok=True)
    again = Deployment(tmp_path)
    with sqlite3.connect(again.world / "shop.db") as database:
        database.execute("alter table refunds_old rename to refunds")
        database.execute("alter table products rename column price to price_amount")
        for (_, table, name, column, _), key, value in zip(BAD_ROWS, spoiled.keys, spoiled.good_values, strict=True):
            database.execute(f"update {table} set {column} = ?, updated_at = '{MENDED_AT}' where {name} = ?", [value, key])
    export = again.world / "ga4"
    shutil.move(tmp_path / "kept.parquet", export / spoiled.junk.name)
    (export / spoiled.last.name).write_bytes(spoiled.last.read_bytes())  # the same day once more: another time, the same events
    held = again.quarantined()
    assert (export / spoiled.last.name).stat().st_mtime_ns != spoiled.last.stat().st_mtime_ns

    run = again.materialize(*RAW, quarantine)

    assert run.success
    for table in shop.TABLES:
        assert landed(again.landing, table, f"count(distinct {table.key[0]}), count(*)") == [(spoiled.count[table.name],) * 2]
    events = metadata(run, "raw/ga4_events")
    assert events["files_written"] == 1  # the day that was junk
    assert checks(run)["raw/ga4_events:every_part_was_read"].passed
    assert again.quarantined() == held
    open_now = metadata(run, "raw/quarantine")
    assert (open_now["dagster/row_count"], open_now["rows_superseded"]) == (2, len(BAD_ROWS))  # what is mended in its source is closed
    assert again.leaks() == spoiled.deployment.leaks() == []

    idle = again.materialize(*RAW)
    assert {metadata(idle, name.replace("__", "/", 1))["files_written"] for name in ASSETS} == {0}
