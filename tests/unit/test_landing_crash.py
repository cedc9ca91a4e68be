"""kill -9 in the middle of a landing: the old state stays, nothing half-written is seen, and a rerun completes it."""

import signal
import subprocess
import sys
from pathlib import Path

from landing_kit import AS_OF, event, fill, ga4_parquet, landed, order

from orchestration.landing import QUARANTINE, Landing, land_ga4, land_sql
from orchestration.sources import ga4, shop

LAND = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
import orchestration.landing.rows as rows
from orchestration.landing import Landing, land_ga4, land_sql
from orchestration.landing.quarantine import Quarantine
from orchestration.sources import shop

what, where, root, calls, as_of = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), datetime.fromisoformat(sys.argv[5])
seen = 0

def die(*_):
    global seen
    seen += 1
    if seen >= calls:
        os.kill(os.getpid(), signal.SIGKILL)

rows.BATCH_ROWS = 10
if what == "between":  # the refused rows are in place, the good ones are not
    put = Landing.put
    good = lambda place: place.parent.name == "orders" and place.name[0] != "_"
    Landing.put = lambda self, unfinished, place: die() if good(place) else put(self, unfinished, place)
    what, die_of = "sql", lambda _: None
else:
    die_of = die
if what == "sql":
    land_sql(shop.ORDERS, where, Landing(root), as_of, die_of)
else:
    land_ga4(Path(where), Landing(root), as_of, die_of)
"""


def killed(what: str, where: str, root: Path, calls: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAND, what, where, str(root), str(calls), AS_OF.isoformat()], check=False, timeout=120, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_a_killed_extraction_leaves_the_old_rows_and_completes_on_the_rerun(tmp_path: Path) -> None:
    url, landing = f"sqlite:///{tmp_path / 'shop.db'}", Landing(tmp_path / "landing")
    fill(url, shop.ORDERS, [order(0)])
    land_sql(shop.ORDERS, url, landing, AS_OF)
    fill(url, shop.ORDERS, [order(number, updated_at="2026-06-02 10:00:00") for number in range(1, 31)])
    fill(url, shop.ORDERS, [order(99, status="lost", updated_at="2026-06-02 10:00:00")])
    killed("sql", url, landing.root, 3)
    assert list(landing.folder(shop.ORDERS).glob(".*")), "the kill came too early to leave anything"
    assert landed(landing, shop.ORDERS, "order_id") == [("o0",)]
    again = land_sql(shop.ORDERS, url, landing, AS_OF)
    assert (again.rows, sum(again.quarantined.values())) == (30, 1)
    assert sorted(landed(landing, shop.ORDERS, "count(*), count(distinct order_id)")) == [(31, 31)]
    assert not [*landing.folder(shop.ORDERS).glob(".*"), *landing.folder(QUARANTINE).glob(".*")]


def test_a_kill_between_refused_and_good_rows_doubles_and_loses_neither(tmp_path: Path) -> None:
    url, landing = f"sqlite:///{tmp_path / 'shop.db'}", Landing(tmp_path / "landing")
    fill(url, shop.ORDERS, [order(1), order(2, status="lost")])
    killed("between", url, landing.root, 1)
    assert landing.files(shop.ORDERS) == []
    assert landed(landing, QUARANTINE, "row_key") == [("o2",)]
    land_sql(shop.ORDERS, url, landing, AS_OF)
    assert landed(landing, shop.ORDERS, "order_id") == [("o1",)]
    assert landed(landing, QUARANTINE, "row_key") == [("o2",)]


def test_a_killed_first_load_of_days_goes_on_as_one_history(tmp_path: Path) -> None:
    folder, landing = tmp_path / "ga4", Landing(tmp_path / "landing")
    for day in ("20260624", "20260625", "20260626", "20260627", "20260628"):
        ga4_parquet(folder / f"events_{day}.parquet", [event(day)])
    killed("ga4", str(folder), landing.root, 2)
    before = len(landing.files(ga4.EVENTS))
    assert before >= 2
    assert land_ga4(folder, landing, AS_OF).rows == 5 - before
    assert landed(landing, ga4.EVENTS, "count(*), bool_and(_is_backfill)") == [(5, True)]
