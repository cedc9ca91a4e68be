"""What the report asks of the warehouse: tables and columns that models make; what is missing is told, and leaves a page."""

import json
from datetime import UTC, datetime

import duckdb
import pytest

from orchestration.assets.campaign_frames import CAMPAIGN_FRAMES
from orchestration.assets.report_frames import FRAMES, decided, read_frames
from orchestration.assets.review_frames import REVIEW_FRAMES
from orchestration.assets.warehouse import manifest
from reports.overview import SECTIONS, overview
from reports.page import Facts

#: What columns that end so hold; all others are names.
TYPES = {"_date": "date", "month": "date", "period_start": "date", "_at": "timestamp", "is_complete": "boolean"}
TYPES |= dict.fromkeys(
    ("_count", "_sessions", "_score", "_amount", "_since", "_rank", "spreads_away", "retention", "value", "place"), "integer"
)
AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)


def test_every_table_and_column_that_is_asked_for_is_a_models() -> None:
    nodes = json.loads(manifest().read_text())["nodes"].values()
    made = {f"{node['schema']}.{node['name']}": set(node["columns"]) for node in nodes if node["resource_type"] == "model"}
    needed = {
        (table, column)
        for asked in (*FRAMES.values(), *CAMPAIGN_FRAMES.values(), *REVIEW_FRAMES.values())
        for table, columns in asked.needs.items()
        for column in columns.split()
    }
    assert not {(table, column) for table, column in needed if not table.startswith("raw.") and column not in made.get(table, set())}


def test_the_key_figures_are_read_from_the_metrics_alone() -> None:
    assert {table for name in ("metrics", "metric_definitions", "metric_alerts") for table in FRAMES[name].needs} == {
        "marts.metrics",
        "marts.metric_definitions",
        "marts.metric_alerts",
    }


def test_a_missing_table_or_column_is_named_and_its_section_says_so() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create table marts.reach (channel varchar)")
        assert decided(connection) == (None, "")
        frames, missing = read_frames(connection, AS_OF.replace(tzinfo=None))
    assert "reach: the warehouse has no marts.reach.purpose, marts.reach.people_count" in "\n".join(missing)
    assert len(missing) == len(FRAMES) and all(frame.empty for frame in frames.values())
    page = overview(Facts(frames, AS_OF))
    assert page.count("<section") == len(SECTIONS)
    assert "Who can be reached is not known yet." in page


@pytest.mark.parametrize("table", sorted({table for asked in FRAMES.values() for table in asked.needs}))
def test_tables_without_rows_make_a_page_too(table: str) -> None:
    columns = {column for asked in FRAMES.values() for named, all_of in asked.needs.items() if named == table for column in all_of.split()}
    typed = ", ".join(f"{name} {next((kind for end, kind in TYPES.items() if name.endswith(end)), 'varchar')}" for name in sorted(columns))
    schema = table.split(".")[0]
    with duckdb.connect() as connection:
        connection.execute(f"create schema {schema}; create table {table} ({typed})")
        frames, _ = read_frames(connection, AS_OF.replace(tzinfo=None))
    assert "<h1>What the shop knows</h1>" in overview(Facts(frames, AS_OF))
