"""Every system has a recorded sample with nobody in it, and lands it as declared; what it must have and lacks stops its table."""

import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, fill, holding, landed

from orchestration.landing import Landing, land_collected, land_ga4, land_sql
from orchestration.sources import collector, crm, ga4, service, shop
from orchestration.sources.catalogue import SYSTEMS
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Table

SAMPLES = Path(__file__).parent / "samples"
ADDRESS = re.compile(r"[^\s\"'<>@,:;]+@[^\s\"'<>@,;]+\.[a-z]+", re.I)
DATABASES = [table for module in (shop, crm, service) for table in module.TABLES]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_has_a_contract_test_and_a_masked_sample(system: str) -> None:
    samples = [path for path in (SAMPLES / system).iterdir() if path.is_file()]
    tests = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    assert samples
    assert any(f"import {system}" in text or f"sources.{system}" in text or f", {system}" in text for text in tests)
    for path in samples:
        for address in ADDRESS.findall(path.read_text()):
            name, _, domain = address.partition("@")
            assert "***" in name, f"{path.name}: {address}"
            assert re.search(r"(^|\.)example\.(com|net|org)$", domain, re.I), f"{path.name}: {address}"


def recorded(table: Table) -> tuple[list[str], list[dict[str, object]]]:
    with (SAMPLES / table.source / f"{table.name}.csv").open(newline="") as file:
        reader = csv.DictReader(file)
        rows: list[dict[str, object]] = [{name: value or None for name, value in row.items()} for row in reader]
        return list(reader.fieldnames or ()), rows


@pytest.mark.parametrize("table", DATABASES, ids=lambda table: table.raw_name)
def test_a_database_and_a_folder_of_files_give_the_same_and_lack_nothing(table: Table, tmp_path: Path) -> None:
    names, rows = recorded(table)
    url = f"sqlite:///{tmp_path / 'source.db'}"
    fill(url, replace(table, columns=tuple(column for column in table.columns if column.name in names)), rows)
    of_database, of_files = Landing(tmp_path / "database"), Landing(tmp_path / "files")
    for landing, place in ((of_database, url), (of_files, f"csv://{SAMPLES / table.source}")):
        result = land_sql(table, place, landing, AS_OF)
        assert (result.rows, dict(result.quarantined), result.warnings) == (len(rows), {}, [])
    assert holding(of_database, table) == holding(of_files, table)
    for name in [column.name for column in table.columns if not column.optional]:
        shutil.copy(tmp_path / "source.db", tmp_path / "lacking.db")
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'lacking.db'}")
        with engine.begin() as connection:
            connection.execute(sa.text(f"alter table {table.name} drop column {name}"))
        engine.dispose()
        with pytest.raises(SourceError, match=f"column {name} is missing"):
            land_sql(table, f"sqlite:///{tmp_path / 'lacking.db'}", of_database, AS_OF)


def test_a_day_of_the_ga4_export_lands(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    result = land_ga4(SAMPLES / "ga4", landing, AS_OF)
    assert (result.rows, dict(result.quarantined), result.failures, result.warnings) == (5, {}, [], [])
    names = {name for (name,) in landed(landing, ga4.EVENTS, "event_name")}
    assert {"page_view", "purchase"} <= names
    (bought,) = landed(landing, ga4.EVENTS, "ecommerce.purchase_revenue > 0, len(items) > 0", "where event_name = 'purchase'")
    assert bought == (True, True)


def test_events_of_the_collector_land(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    result = land_collected(SAMPLES / "collector", tmp_path / "spool", landing, AS_OF)
    assert (result.rows, dict(result.quarantined), result.failures) == (3, {}, [])
    rows = landed(landing, collector.EVENTS, "event_name, event_at::varchar, value::varchar, properties", "order by event_at")
    assert rows[1] == ("login", "2026-06-29 09:43:05", None, None)
    assert rows[2] == ("purchase", "2026-06-29 09:47:51", "53.8500", '{"coupon": "SUMMER26", "gift": true}')
