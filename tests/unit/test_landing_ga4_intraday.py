"""Intraday deliveries of the GA4 export beside the day's own: whatever comes first and whatever dies, each event counts once. One file."""

import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landing_kit import AS_OF, event, ga4_parquet, landed, micros, stored

from orchestration.landing import Landing, land_ga4
from orchestration.sources import ga4

DAY = "20260629"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ga4").mkdir()
    return tmp_path / "ga4"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def write(folder: Path, name: str, seconds: range) -> Path:
    return ga4_parquet(folder / f"{name}.parquet", [event(DAY, second) for second in seconds])


def seconds(landing: Landing) -> list[int]:
    return [
        found[0] for found in landed(landing, ga4.EVENTS, f"(event_timestamp - {micros('2026-06-29T12:00:00')}) // 1000000", "order by 1")
    ]


def test_todays_events_are_there_while_the_day_lasts_and_once_when_it_is_over(folder: Path, landing: Landing) -> None:
    write(folder, f"events_intraday_{DAY}", range(2))
    assert land_ga4(folder, landing, AS_OF).rows == 2
    write(folder, f"events_intraday_{DAY}", range(4))
    assert land_ga4(folder, landing, AS_OF + timedelta(hours=1)).rows == 4
    write(folder, f"events_{DAY}", range(5))
    both = land_ga4(folder, landing, AS_OF + timedelta(hours=2))
    assert (both.rows, both.warnings, seconds(landing)) == (5, [], [0, 1, 2, 3, 4])
    hours = landed(landing, ga4.EVENTS, "hour(_landed_at), _is_backfill", "order by event_timestamp")
    assert hours == [(9, True), (9, True), (10, False), (10, False), (11, False)]
    assert [path.name for path in landing.files(ga4.EVENTS)] == [f"events_{DAY}.parquet"]
    assert land_ga4(folder, landing, AS_OF + timedelta(hours=3)).files == []


def test_an_intraday_delivery_that_outlives_the_days_own_changes_nothing(folder: Path, landing: Landing) -> None:
    write(folder, f"events_{DAY}", range(5))
    land_ga4(folder, landing, AS_OF)
    (folder / f"events_{DAY}.parquet").unlink()
    write(folder, f"events_intraday_{DAY}", range(3))
    assert land_ga4(folder, landing, AS_OF).files == []
    assert seconds(landing) == [0, 1, 2, 3, 4]


def test_an_empty_day_of_its_own_does_not_take_away_what_the_intraday_one_had(folder: Path, landing: Landing) -> None:
    write(folder, f"events_intraday_{DAY}", range(3))
    land_ga4(folder, landing, AS_OF)
    write(folder, f"events_{DAY}", range(0))
    assert "holds no good event" in land_ga4(folder, landing, AS_OF).failures[0]
    assert seconds(landing) == [0, 1, 2]


def test_a_forced_day_is_read_again_unchanged_and_others_are_left(folder: Path, landing: Landing) -> None:
    write(folder, f"events_{DAY}", range(3))
    ga4_parquet(folder / "events_20260628.parquet", [event("20260628")])
    land_ga4(folder, landing, AS_OF)
    day = AS_OF.date() - timedelta(days=1)
    again = land_ga4(folder, landing, AS_OF + timedelta(hours=1), days=[day, day - timedelta(days=9)])
    assert ([path.name for path in again.files], again.rows) == ([f"events_{DAY}.parquet"], 3)
    assert again.failures == ["ga4.events_20260620: the export does not have this day. Export it, or leave it out of the back-fill."]
    told = landed(landing, ga4.EVENTS, "distinct event_date, _landed_at, _delivered_at", "order by 1")
    nine, ten = stored("2026-06-30 09:00"), stored("2026-06-30 10:00")
    assert told == [("20260628", nine, nine), (DAY, nine, ten)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["events_intraday_", "events_"]), st.integers(1, 6)),
        st.just(("drop", 0)),
        st.just(("land", 0)),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(steps=STEPS)
def test_in_whatever_order_deliveries_come_the_best_one_counts_once(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, landing = Path(place) / "ga4", Landing(Path(place) / "landing")
        made = {number: write(Path(place) / "made", str(number), range(number)) for number in {number for _, number in steps if number}}
        folder.mkdir()
        intraday, daily, kept = 0, 0, (False, 0)  # events in the source's tables; what must have landed, and whether from the day's own
        for name, number in [*steps, ("land", 0)]:
            if name == "land":
                if not (intraday or daily):
                    continue
                land_ga4(folder, landing, AS_OF)
                if daily or not kept[0]:
                    kept = (bool(daily), daily or intraday)
                assert seconds(landing) == list(range(kept[1]))
            elif name == "drop":
                (folder / f"events_intraday_{DAY}.parquet").unlink(missing_ok=True)
                intraday = 0
            else:
                target = folder / f"{name}{DAY}.parquet"
                shutil.copy(made[number], target)
                intraday, daily = (number, daily) if "intraday" in name else (intraday, number)


KILL = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from orchestration.landing import Landing, land_ga4
from orchestration.landing.zone import Landing as Zone

at, folder, root, as_of = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), datetime.fromisoformat(sys.argv[4])
put = Zone.put

def die_put(self, unfinished, place):
    if at == "before" and place.name.startswith("events_"):
        os.kill(os.getpid(), signal.SIGKILL)
    put(self, unfinished, place)
    if at == "after" and place.name.startswith("events_"):
        os.kill(os.getpid(), signal.SIGKILL)

Zone.put = die_put
land_ga4(folder, Landing(root), as_of)
"""


@pytest.mark.parametrize(("at", "there"), [("before", 3), ("after", 5)])
def test_a_kill_beside_the_replacement_leaves_the_old_day_or_the_new_one(folder: Path, landing: Landing, at: str, there: int) -> None:
    write(folder, f"events_intraday_{DAY}", range(3))
    land_ga4(folder, landing, AS_OF)
    write(folder, f"events_{DAY}", range(5))
    done = subprocess.run(
        [sys.executable, "-c", KILL, at, str(folder), str(landing.root), AS_OF.isoformat()], check=False, timeout=120, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert seconds(landing) == list(range(there))
    land_ga4(folder, landing, AS_OF)
    assert seconds(landing) == [0, 1, 2, 3, 4]
    assert not list(landing.folder(ga4.EVENTS).glob(".*.unfinished"))
