"""The GA4 export under faults: kills in the middle, pages twice or changed, cut answers, limits, rewrites; nothing is lost or doubled.

A long file: all faults share the server and the questions.
"""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from api_kit import Reply
from bigquery_kit import DATASET, PROJECT, BigQuery, bigquery, error, page_rows
from landing_kit import AS_OF, event, ga4_parquet, landed

from orchestration.landing import Landed, Landing, land_ga4
from orchestration.landing.ga4 import land_export
from orchestration.sources import ga4
from orchestration.sources.bigquery.dataset import opened
from orchestration.sources.ga4_bigquery import READS, day_tables
from orchestration.sources.ga4_schema import DEFINITION

DAY = "20260629"
TABLE = f"events_{DAY}"
LATER = AS_OF + timedelta(hours=2)


def rows(first: int, last: int) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute(f"create table day ({DEFINITION})")
        schema = connection.sql("from day").to_arrow_table().schema
    return pa.Table.from_pylist([event(DAY, number % 60, batch_event_index=number) for number in range(first, last)], schema)


@pytest.fixture
def server() -> Iterator[BigQuery]:
    with bigquery() as pretend:
        pretend.page_rows = 5
        pretend.put(TABLE, rows(0, 20))
        yield pretend


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def land(server: BigQuery, landing: Landing) -> Landed:
    with opened(PROJECT, DATASET, server.url, timedelta(seconds=3), pause=0.01) as found:
        return land_export(lambda: day_tables(found), landing, LATER)


def numbers(landing: Landing) -> list[int]:
    return [number for (number,) in landed(landing, ga4.EVENTS, "batch_event_index", "order by 1")]


def once(page: int, does: Callable[[], Reply | None]) -> Callable[[str, int], Reply | None]:
    """Does something the first time that a page is asked for."""
    done: list[int] = []

    def before_page(_: str, asked: int) -> Reply | None:
        if asked != page or done:
            return None
        done.append(asked)
        return does()

    return before_page


@pytest.mark.parametrize("fault", [429, 500, 503])
def test_a_limit_and_a_fault_of_the_server_in_the_middle_are_waited_out(server: BigQuery, landing: Landing, fault: int) -> None:
    server.before_page = once(2, lambda: error(fault))
    assert (land(server, landing).failures, numbers(landing)) == ([], list(range(20)))
    assert server.pages(TABLE) == 5  # the page once more, and no other


@pytest.mark.parametrize("fault", ["cut", "drop", "html"])
def test_a_cut_answer_is_asked_for_again(server: BigQuery, landing: Landing, fault: str) -> None:
    server.before_page = once(1, lambda: server.served.faults.append(fault))  # befalls page 2
    assert (land(server, landing).failures, numbers(landing)) == ([], list(range(20)))
    assert server.pages(TABLE) == 5


def test_a_server_that_stays_down_leaves_the_day_as_it_was(server: BigQuery, landing: Landing) -> None:
    land(server, landing)
    server.put(TABLE, rows(0, 30))
    server.before_page = lambda _, page: error(503, "Visibility check was unavailable.") if page == 3 else None
    (said,) = land(server, landing).failures
    assert said == f"ga4.{TABLE}: BigQuery says 503: Visibility check was unavailable. The next run tries again; nothing was changed."
    assert numbers(landing) == list(range(20))
    server.before_page = lambda _, __: None
    assert (land(server, landing).rows, numbers(landing)) == (30, list(range(30)))


def wrong_page(first: int, token: str | None) -> Callable[[], Reply]:
    """Page 1 with the rows that begin at `first`, and the token of the page after."""
    body = {"totalRows": "20", "rows": page_rows(rows(first, first + 5))} | ({"pageToken": token} if token else {})
    return lambda: Reply(body)


@pytest.mark.parametrize(
    ("first", "token"), [(0, "t10"), (5, "t5"), (5, "t15"), (5, None)], ids=["rows twice", "token twice", "one skipped", "ended early"]
)
def test_pages_that_do_not_make_up_the_table_are_read_again(server: BigQuery, landing: Landing, first: int, token: str | None) -> None:
    server.before_page = once(1, wrong_page(first, token))
    result = land(server, landing)
    assert (result.failures, result.warnings, numbers(landing)) == ([], [], list(range(20)))


def test_a_table_rewritten_while_it_is_paged_is_read_again(server: BigQuery, landing: Landing) -> None:
    server.before_page = once(2, lambda: server.put(TABLE, rows(100, 120)))  # as many rows, all others
    assert (land(server, landing).failures, numbers(landing)) == ([], list(range(100, 120)))
    server.before_page = once(2, lambda: server.put(TABLE, rows(100, 131)))  # more of them
    server.put(TABLE, rows(100, 125))
    assert (land(server, landing).failures, numbers(landing)) == ([], list(range(100, 131)))


def test_a_table_that_never_rests_is_left_for_the_next_run(server: BigQuery, landing: Landing) -> None:
    land(server, landing)
    versions = iter(range(200, 900, 20))

    def rewritten(_: str, page: int) -> None:
        if page == 1:
            first = next(versions)
            server.put(TABLE, rows(first, first + 20))

    server.before_page = rewritten
    server.put(TABLE, rows(900, 920))
    (said,) = land(server, landing).failures
    assert said.startswith(f"ga4.{TABLE}: it changed while it was read, {READS} times (it was rewritten)")
    assert numbers(landing) == list(range(20))


def test_an_intraday_table_that_grows_while_it_is_paged_lands_what_was_there(server: BigQuery, landing: Landing) -> None:
    server.tables.clear()
    name = f"events_intraday_{DAY}"
    server.put(name, rows(0, 12), streamed=12)
    server.before_page = once(1, lambda: server.put(name, rows(0, 19), streamed=19))
    assert (land(server, landing).failures, numbers(landing)) == ([], list(range(19)))
    server.before_page = once(1, lambda: server.tables.pop(name) and error(404, "Not found: Table"))
    assert "it went away while it was read" in land(server, landing).failures[0]
    server.put(TABLE, rows(0, 20))
    assert (land(server, landing).failures, numbers(landing)) == ([], list(range(20)))


LAND = """
import sys
from datetime import datetime
from pathlib import Path
from orchestration.landing import Landing, land_ga4
from orchestration.landing.ga4 import land_export

where, root, as_of = sys.argv[1], Landing(Path(sys.argv[2])), datetime.fromisoformat(sys.argv[3])
if where.startswith("http"):
    from orchestration.sources.bigquery.dataset import opened
    from orchestration.sources.ga4_bigquery import day_tables
    with opened(sys.argv[4], sys.argv[5], where) as found:
        land_export(lambda: day_tables(found), root, as_of)
else:
    land_ga4(Path(where), root, as_of)
"""


def landing_process(where: str, landing: Landing) -> "subprocess.Popen[bytes]":
    arguments = [where, str(landing.root), LATER.isoformat(), PROJECT, DATASET]
    return subprocess.Popen([sys.executable, "-c", LAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_kill_in_the_middle_of_a_table_leaves_the_old_day_and_a_rerun_completes_it(server: BigQuery, landing: Landing) -> None:
    server.put(TABLE, rows(0, 7))
    land(server, landing)
    server.put(TABLE, rows(0, 40))
    process: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        os.kill(process[0].pid, signal.SIGKILL)
        process[0].wait()

    server.before_page = once(4, kill)
    process.append(landing_process(server.url, landing))
    _, told = process[0].communicate(timeout=120)
    assert process[0].returncode == -signal.SIGKILL, told.decode()
    assert list(landing.folder(ga4.EVENTS).glob(".*.unfinished")), "the kill came too early to leave anything"
    assert numbers(landing) == list(range(7))
    assert (land(server, landing).rows, numbers(landing)) == (40, list(range(40)))
    assert not list(landing.folder(ga4.EVENTS).glob(".*.unfinished"))


def test_kills_at_any_moment_of_a_landing_from_files_lose_and_double_nothing(landing: Landing, tmp_path: Path) -> None:
    folder = tmp_path / "ga4"
    for day in range(10, 30):
        ga4_parquet(folder / f"events_202606{day}.parquet", [event(f"202606{day}", second) for second in range(5)])
    killed = 0
    for count in (1, 6, 11):
        with landing_process(str(folder), landing) as process:
            while process.poll() is None and len(landing.files(ga4.EVENTS)) < count:
                time.sleep(0.001)
            killed += process.poll() is None
            process.kill()
        assert {found for _, found in landed(landing, ga4.EVENTS, "event_date, count(*)", "group by 1")} == {5}
    assert killed
    land_ga4(folder, landing, LATER)
    assert landed(landing, ga4.EVENTS, "count(*), count(distinct (event_date, event_timestamp)), bool_and(_is_backfill)") == [
        (100, 100, True)
    ]
    assert not list(landing.folder(ga4.EVENTS).glob(".*.unfinished"))


def test_half_a_file_leaves_the_day_as_it_was_until_the_whole_one_comes(landing: Landing, tmp_path: Path) -> None:
    packed, plain = tmp_path / "ga4" / "events_20260628.jsonl.gz", tmp_path / "ga4" / "events_20260629.parquet"
    ga4_parquet(plain, [event("20260629", second) for second in range(3)])
    packed.write_bytes(gzip.compress(json.dumps(event("20260628")).encode()))
    land_ga4(tmp_path / "ga4", landing, AS_OF)
    lines = "\n".join(json.dumps(event("20260628", second, user_pseudo_id=random.randbytes(20).hex())) for second in range(50))
    ga4_parquet(plain, [event("20260629", second) for second in range(9)])
    whole = {packed: gzip.compress(lines.encode()), plain: plain.read_bytes()}
    for path, body in whole.items():
        path.write_bytes(body[: len(body) // 2])
    assert len(land_ga4(tmp_path / "ga4", landing, LATER).failures) == 2
    assert landed(landing, ga4.EVENTS, "count(*)") == [(4,)]
    for path, body in whole.items():
        path.write_bytes(body)
    assert land_ga4(tmp_path / "ga4", landing, LATER).failures == []
    assert landed(landing, ga4.EVENTS, "count(*)") == [(59,)]
