"""The GA4 export read from BigQuery with the official client, against a server that answers as the API does. One file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from bigquery_kit import DATASET, PROJECT, BigQuery, Reply, bigquery, error
from landing_kit import AS_OF, event, landed, stored

from orchestration.landing import Landed, Landing, land_ga4
from orchestration.landing.ga4 import land_export
from orchestration.sources import ga4
from orchestration.sources.bigquery import pages as bigquery_pages
from orchestration.sources.bigquery.dataset import opened
from orchestration.sources.errors import SourceError
from orchestration.sources.ga4_bigquery import day_tables
from orchestration.sources.ga4_schema import DEFINITION

SAMPLE = Path(__file__).parents[3] / "shared/data/ga4_export/ga4_events_sampled.snappy.parquet"
DAY = "20260629"


def export_schema() -> pa.Schema:
    with duckdb.connect() as connection:
        connection.execute(f"create table day ({DEFINITION})")
        return connection.sql("from day").to_arrow_table().schema


SCHEMA = export_schema()


@pytest.fixture
def server() -> Iterator[BigQuery]:
    with bigquery() as pretend:
        yield pretend


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def land(server: BigQuery, landing: Landing, as_of: datetime = AS_OF, patience: float = 20, dataset: str = DATASET) -> Landed:
    with opened(PROJECT, dataset, server.url, timedelta(seconds=patience), pause=0.01) as found:
        return land_export(lambda: day_tables(found), landing, as_of)


def put(server: BigQuery, name: str, numbers: range, *, streamed: int = -1, schema: pa.Schema = SCHEMA, **changes: object) -> None:
    rows = [{**event(name[-8:], number % 60, batch_event_index=number), **changes} for number in numbers]
    server.put(name, rows, schema, streamed)


def numbers(landing: Landing) -> list[int]:
    return [number for (number,) in landed(landing, ga4.EVENTS, "batch_event_index", "order by 1")]


def test_days_land_page_by_page_with_their_nested_columns(server: BigQuery, landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bigquery_pages, "GROUP_ROWS", 20)
    server.page_rows = 7
    params = [{"key": "value", "value": {"double_value": 2.5}}, {"key": "page", "value": {"string_value": "/a", "int_value": 2**53 + 1}}]
    nested = {"event_params": params, "geo": {"city": "Rome"}, "is_active_user": True, "items": [{"item_id": "p1", "item_params": params}]}
    put(server, f"events_{DAY}", range(50), **nested)
    put(server, "events_20260628", range(50, 53))
    put(server, "events_fresh_20260629", range(90, 95))
    put(server, "pseudonymous_users_20260629", range(90, 95))
    first = land(server, landing)
    assert (first.rows, first.failures, first.warnings) == (53, [], [])
    assert (numbers(landing), server.pages(f"events_{DAY}")) == (list(range(53)), 8)
    what = "event_params[2].value.int_value, event_params[1].value.double_value, geo.city, geo.country, is_active_user, device"
    found = landed(landing, ga4.EVENTS, f"distinct {what}, items[1].item_params[2].key", f"where event_date = '{DAY}'")
    assert found == [(2**53 + 1, 2.5, "Rome", None, True, None, "page")]
    assert [path.name for path in landing.folder(ga4.EVENTS).iterdir() if path.suffix != ".parquet"] == []


def test_a_table_is_read_again_when_it_changed_and_while_it_is_young(server: BigQuery, landing: Landing) -> None:
    for day in ("20260601", DAY):
        put(server, f"events_{day}", range(3))
    land(server, landing)
    assert land(server, landing, AS_OF + timedelta(minutes=59)).files == []
    young = land(server, landing, AS_OF + timedelta(hours=1))
    assert [path.stem for path in young.files] == [f"events_{DAY}"]
    assert landed(landing, ga4.EVENTS, "distinct _landed_at") == [(stored("2026-06-30 09:00"),)]
    put(server, "events_20260601", range(4))
    assert [path.stem for path in land(server, landing, AS_OF + timedelta(minutes=61)).files] == ["events_20260601"]
    still = datetime(2026, 7, 3, 11, tzinfo=UTC)
    assert len(land(server, landing, still).files) == 1  # 83 hours after the day: 72 where the day ends last
    assert land(server, landing, still + timedelta(hours=2)).files == []


def test_todays_events_stream_in_and_give_way_to_the_day(server: BigQuery, landing: Landing) -> None:
    put(server, f"events_intraday_{DAY}", range(3), streamed=3)
    assert land(server, landing).rows == 3
    server.tables[f"events_intraday_{DAY}"].rows = pa.Table.from_pylist(
        [event(DAY, number, batch_event_index=number) for number in range(5)], SCHEMA
    )  # more in the buffer, of which the table's own figures tell nothing
    server.tables[f"events_intraday_{DAY}"].streamed = 5
    assert land(server, landing).rows == 5
    put(server, f"events_{DAY}", range(6))
    assert (land(server, landing).rows, numbers(landing)) == (6, list(range(6)))
    del server.tables[f"events_{DAY}"]
    assert land(server, landing).files == []
    assert numbers(landing) == list(range(6))


def test_a_new_column_is_kept_and_a_missing_or_retyped_one_fails_its_day(server: BigQuery, landing: Landing) -> None:
    put(server, "events_20260626", range(1))
    geo = SCHEMA.get_field_index("geo")
    put(server, "events_20260627", range(1, 2), schema=SCHEMA.append(pa.field("visit_score", pa.int64())), visit_score=7)
    put(server, "events_20260628", range(2, 3), schema=SCHEMA.remove(geo))
    put(server, f"events_{DAY}", range(3, 4), schema=SCHEMA.set(geo, pa.field("geo", pa.string())), geo="Rome")
    result = land(server, landing)
    assert [path.stem for path in result.files] == ["events_20260626", "events_20260627"]
    assert "new in the export and kept: visit_score" in result.warnings[0]
    missing, retyped = result.failures
    assert missing.startswith("ga4.events_20260628: column geo") and "is missing; found: event_date" in missing
    assert retyped.startswith("ga4.events_20260629: column") and "column geo holds a plain value where a STRUCT is expected" in retyped
    assert landed(landing, ga4.EVENTS, "visit_score", "order by event_date") == [(None,), (7,)]


def refused(reason: str) -> Reply:
    """A refusal whose status is that of a lacking right, and whose reason is another."""
    return Reply({"error": {"code": 403, "message": "no", "errors": [{"message": "no", "domain": "global", "reason": reason}]}}, 403)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (error(401, "Request had invalid authentication credentials."), "BigQuery says: .*GOOGLE_APPLICATION_CREDENTIALS"),
        (error(403, "Access Denied: Dataset"), "BigQuery says 403: Access Denied.*BigQuery Data Viewer"),
        (refused("quotaExceeded"), "BigQuery says 403: no.*A quota of the project is used up"),
        (refused("billingNotEnabled"), "BigQuery says 403: no.*billing account"),
        (refused("accessNotConfigured"), "BigQuery says 403: no.*Enable the BigQuery API"),
        (error(404, "Not found: Dataset"), "BigQuery says 404: .*GA4_PROJECT and GA4_DATASET"),
    ],
)
def test_what_only_a_person_can_mend_is_said_at_once(server: BigQuery, landing: Landing, fault: Reply, said: str) -> None:
    server.served.faults = [fault]
    with pytest.raises(SourceError, match=said):
        land(server, landing)
    assert len(server.served.asked) == 1


def test_an_empty_or_a_wrong_dataset_is_said(server: BigQuery, landing: Landing) -> None:
    with pytest.raises(SourceError, match="holds no table events_YYYYMMDD"):
        land(server, landing)
    with pytest.raises(SourceError, match="analytics_9: BigQuery says 404"):
        land(server, landing, dataset="analytics_9")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the real GA4 export sample is not at ../shared/data")
def test_the_real_export_lands_as_from_files(server: BigQuery, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    as_of = datetime(2021, 2, 1, tzinfo=UTC)
    server.page_rows = 150
    with duckdb.connect() as connection:
        for day in ("20201117", "20201205"):
            rows = f"(select * replace (cast(stream_id as varchar) as stream_id) from '{SAMPLE}' where event_date = '{day}')"
            server.put(f"events_{day}", connection.sql(f"from {rows}").to_arrow_table())
            connection.execute(f"copy {rows} to '{tmp_path}/files/events_{day}.parquet' (format parquet)")
    tables, files = Landing(tmp_path / "tables"), Landing(tmp_path / "files_landed")
    assert land(server, tables, as_of).rows == land_ga4(tmp_path / "files", files, as_of).rows > 400
    with duckdb.connect() as connection:
        left, right = (f"(from {place.scan(ga4.EVENTS)})" for place in (tables, files))
        assert connection.sql(f"describe from {left}").fetchall() == connection.sql(f"describe from {right}").fetchall()
        assert connection.sql(f"select count(*) from ({left} except all {right})").fetchall() == [(0,)]
