"""The warm worker's process: one at a time, what it lands and writes down, in what order, and what it does when it cannot send.

One file: a tick of the worker from what comes in to what went out, with what decides stood in for.
"""

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from activations.ledger import LedgerBusyError
from activations.messages.report import DeliveryReport, Tally
from orchestration.delivery import Built, Delivered
from orchestration.landing import Landing, land_sql
from orchestration.reactive import presence, worker
from orchestration.reactive.arriving import Arriving
from orchestration.reactive.copied import Copied
from orchestration.reactive.history import History
from orchestration.reactive.mirror import Mirror
from orchestration.reactive.tick import Decided
from orchestration.reactive.worker import Worker
from orchestration.replay.project import Project
from orchestration.resources import Folders, Outside
from orchestration.sources import shop
from orchestration.sources.reactive import ASSIGNMENTS, DECISIONS
from orchestration.warehouse import Warehouse

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
AT = NOW.replace(tzinfo=None)


def decided(*messages: str, reason: str | None = None) -> Decided:
    """A decision about one person a message."""
    rows, draws = [], []
    for name in messages:
        whom = {"profile_id": f"p_{name}", "campaign": "c", "channel": "email", "message_id": name}
        told = {
            "kind": "message",
            "occasion": "o",
            "reason": reason,
            "because": "b",
            "rule_version": "r",
            "experiment": None,
            "variant": None,
        }
        rows.append({**whom, **told, "decided_at": AT})
        arm = {"experiment": "holdout", "phase": "test", "arm": "treated", "is_control": False, "bucket": 0.5, "ids_count": 1}
        draws.append({**whom, **arm, "assigned_at": AT})
    outbox = [{"message_id": name, "profile_id": f"p_{name}"} for name in messages if reason is None]
    text = pa.schema([("message_id", pa.string()), ("profile_id", pa.string())])
    return Decided(pa.Table.from_pylist(outbox, text), pa.Table.from_pylist(rows), pa.Table.from_pylist(draws), len(messages))


_SOME = decided("nobody")
NOBODY = Decided(_SOME.outbox.slice(0, 0), _SOME.decisions.slice(0, 0), _SOME.assignments.slice(0, 0), 0)


class Stands:
    """Decides what it is told to."""

    def __init__(self) -> None:
        self.next: list[Decided] = []
        self.asked_again: list[str] = []
        self.is_changed = True
        self.done_count = 0

    def refresh(self) -> bool:
        was, self.is_changed = self.is_changed, False
        return was

    def decide(self, instant: datetime, ledger: pa.Table | None = None) -> Decided:
        assert ledger is not None
        return self.next.pop(0) if self.next else NOBODY

    def again(self, profile_ids: list[str]) -> None:
        self.asked_again += profile_ids

    def done(self) -> None:
        self.done_count += 1


class Seconds:
    """A stopwatch that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def outside_of(folder: Path, **settings: str) -> Outside:
    given = {"shop_url": f"sqlite:///{folder / 'shop.db'}", "ledger_url": f"sqlite:///{folder / 'ledger.db'}", **settings}
    return Outside(**{name: given.get(name, "") for name in Outside.model_fields})


def put_order(folder: Path, order_id: str, at: datetime, customer_id: str = "c") -> None:
    names = ", ".join(shop.ORDERS.column_names)
    facts = {
        "order_id": order_id,
        "customer_id": customer_id,
        "status": "paid",
        "currency": "EUR",
        "total_amount": "5",
        "ordered_at": str(at),
    }
    row = facts | {"updated_at": str(at)}
    with sqlite3.connect(folder / "shop.db") as connection:
        connection.execute(f"create table if not exists orders ({names})")
        marks = ", ".join("?" * len(shop.ORDERS.column_names))
        connection.execute(f"insert into orders values ({marks})", [row.get(name) for name in shop.ORDERS.column_names])


@pytest.fixture
def made(tmp_path: Path) -> tuple[Worker, Stands, Seconds]:
    """A worker over an empty warehouse, with nothing to watch but its folder."""
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    folders, stands, seconds = Folders(root=str(tmp_path)), Stands(), Seconds()
    copied = Copied(Warehouse(data=str(tmp_path)), tmp_path / "reactive" / "copy", ["profiles.profiles"])
    arriving = Arriving(outside_of(tmp_path), folders, (), lambda: NOW, stopwatch=seconds)
    built = Built(copied.warehouse, tmp_path, tmp_path / "manifest.json")
    history = History(folders.landing)
    return Worker(stands, copied, built, arriving, history, outside_of(tmp_path), folders, lambda: NOW, seconds), stands, seconds


def taken(landing: Landing, table: Any, columns: str = "*") -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(f"select {columns} from {landing.scan(table)} order by all").fetchall()


def test_what_is_decided_and_drawn_is_on_disk_before_anything_is_sent(
    made: tuple[Worker, Stands, Seconds], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stands, _ = made
    landing = Landing(tmp_path / "landing")
    seen: list[int] = []

    def deliver(outbox: pa.Table, *_: object, **__: object) -> Delivered:
        seen.append(len(taken(landing, ASSIGNMENTS)))
        assert len(taken(landing, DECISIONS)) == 2
        return Delivered(DeliveryReport({"mail": Tally(accepted=2)}), None, outbox)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "deliver_messages", deliver)
    stands.next = [decided("a", "b")]
    ticked = one.tick()
    assert ticked is not None and (ticked.accepted, seen) == (2, [2])


def test_what_stays_the_same_is_written_once(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    history = History(landing)
    for reason, at in ((None, NOW), (None, NOW), ("over_cap", NOW + timedelta(hours=1))):
        history.keep(decided("a", reason=reason), at)
    assert taken(landing, DECISIONS, "outcome, _landed_at") == [("allowed", AT), ("over_cap", AT + timedelta(hours=1))]
    assert taken(landing, ASSIGNMENTS, "profile_id") == [("p_a",)]
    history.forget()
    history.keep(decided("a", reason="over_cap"), NOW + timedelta(hours=1))
    assert taken(landing, DECISIONS, "count(*)") == [(3,)], "a run may have decided otherwise meanwhile"
    assert taken(landing, ASSIGNMENTS, "count(*)") == [(1,)], "who was drawn stays so"
    assert len(landing.files(DECISIONS)) == 2, "a file an hour, however many ticks"


def test_whoever_could_not_be_sent_to_is_decided_about_anew_a_little_later(
    made: tuple[Worker, Stands, Seconds], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stands, seconds = made

    def busy(*_: object, **__: object) -> Delivered:
        raise LedgerBusyError("a run sends")

    monkeypatch.setattr(worker, "deliver_messages", busy)
    stands.next = [decided("a")]
    ticked = one.tick()
    assert ticked is not None and (ticked.accepted, ticked.left) == (0, 1)
    assert one.tick() is None and stands.asked_again == []
    seconds.at += 2 * worker.AGAIN_SECONDS
    assert one.tick() is not None and stands.asked_again == ["p_a"]


def test_after_a_tick_that_failed_the_next_has_the_same_people_in_hand(
    made: tuple[Worker, Stands, Seconds], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stands, _ = made
    keep = History.keep
    monkeypatch.setattr(History, "keep", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError):
        one.tick()
    assert stands.done_count == 0
    monkeypatch.setattr(History, "keep", keep)
    assert one.tick() is not None and stands.done_count == 1, "at once, though nothing came and nothing is due"
    assert one.tick() is None


def test_what_a_killed_worker_was_sending_is_looked_into_whether_anything_is_to_be_sent_or_not(
    made: tuple[Worker, Stands, Seconds], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stands, seconds = made
    on_its_way = pa.table({"status": ["accepted", "sending"]})
    monkeypatch.setattr(worker, "sent_lately", lambda *_: on_its_way)
    sizes: list[int] = []

    def deliver(outbox: pa.Table, *_: object, **__: object) -> Delivered:
        sizes.append(outbox.num_rows)
        return Delivered(DeliveryReport({"mail": Tally(accepted=1)}), None, outbox)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "deliver_messages", deliver)
    ticked = one.tick()
    assert ticked is not None and (ticked.accepted, sizes) == (1, [0])
    stands.is_changed = True
    assert one.tick() is not None and sizes == [0], "another may be sending just now: not each tick"
    seconds.at += worker.DUE_SECONDS
    assert one.tick() is not None and sizes == [0, 0]


def test_nothing_new_is_nothing_done_but_what_time_makes_due(made: tuple[Worker, Stands, Seconds]) -> None:
    one, _, seconds = made
    assert one.tick() is not None, "the first one looks at everything that the last run could not"
    assert one.tick() is None
    seconds.at += worker.DUE_SECONDS
    assert one.tick() is not None


def test_a_database_is_asked_now_and_then_and_one_that_is_away_holds_up_nothing(tmp_path: Path) -> None:
    folders, seconds = Folders(root=str(tmp_path)), Seconds()
    put_order(tmp_path, "o1", AT)
    arriving = Arriving(outside_of(tmp_path), folders, ("shop",), lambda: NOW, ask_seconds=2, stopwatch=seconds)
    assert arriving.land() == 0, "the first load is a run's"
    land_sql(shop.ORDERS, outside_of(tmp_path).shop_url, folders.landing, NOW)
    put_order(tmp_path, "o2", AT + timedelta(seconds=1))
    assert not arriving.is_something_there()
    seconds.at += 2
    assert arriving.is_something_there() and arriving.land() == 1
    seconds.at += 2
    assert arriving.land() == 0
    (tmp_path / "shop.db").rename(tmp_path / "away.db")
    seconds.at += 2
    assert arriving.land() == 0 and any("orders" in words for words in arriving.unread.values())
    (tmp_path / "away.db").rename(tmp_path / "shop.db")
    put_order(tmp_path, "o3", AT + timedelta(seconds=2))
    seconds.at += 2
    assert arriving.land() == 1 and not arriving.unread


def test_what_lands_by_few_rows_at_a_time_makes_one_file_and_news_of_the_new_rows_alone(tmp_path: Path) -> None:
    folders, seconds, landing = Folders(root=str(tmp_path)), Seconds(), Landing(tmp_path / "landing")
    put_order(tmp_path, "o1", AT)
    land_sql(shop.ORDERS, outside_of(tmp_path).shop_url, landing, NOW)
    times = iter(NOW + timedelta(seconds=number) for number in range(1, 100))
    arriving = Arriving(outside_of(tmp_path), folders, ("shop",), lambda: next(times), ask_seconds=0, stopwatch=seconds)
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as kept; create schema kept.raw; create schema concerned")
    connection.execute("create table concerned.fresh (kind varchar, value varchar)")
    project = Project({}, {"raw.shop_orders": "shop/orders/*.parquet"}, [], {}, {}, tmp_path)
    mirror = Mirror(connection, project, landing.root, ["raw.shop_orders"])
    for number in range(2, 6):
        put_order(tmp_path, f"o{number}", AT + timedelta(seconds=number), customer_id=f"c{number}")
        assert arriving.land() == 1
        assert len(landing.files(shop.ORDERS)) == 1
        assert mirror.take(AT) == {"raw.shop_orders"} and not mirror.take(AT)
        told = connection.execute("select value from concerned.fresh where kind = 'id'").fetchall()
        assert told == [(f"c{number}",)]
        connection.execute("delete from concerned.fresh")
    expected = [(f"o{number}",) for number in range(1, 6)]
    assert connection.execute("select order_id from kept.raw.shop_orders order by 1").fetchall() == expected
    assert taken(landing, shop.ORDERS, "order_id") == expected


def test_a_file_that_has_enough_rows_is_left_as_it_is(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing", small_rows=3)
    for number in range(5):
        put_order(tmp_path, f"o{number}", AT + timedelta(seconds=number))
        land_sql(shop.ORDERS, outside_of(tmp_path).shop_url, landing, NOW + timedelta(seconds=number))
    assert len(landing.files(shop.ORDERS)) == 2
    assert taken(landing, shop.ORDERS, "order_id") == [(f"o{number}",) for number in range(5)]


def test_a_copy_is_taken_when_nobody_writes_and_never_waits(tmp_path: Path) -> None:
    live, copied = Warehouse(data=str(tmp_path)), Copied(Warehouse(data=str(tmp_path)), tmp_path / "copy", ["s.kept", "s.gone"])
    assert not copied.refresh(), "there is no warehouse yet"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema s; create table s.kept as select 1 as one; create table s.other as select 2 as two")
    with live.writing():
        assert not copied.refresh()
    assert copied.refresh() and not copied.refresh()
    with live.writing(), copied.warehouse.open() as connection:
        assert connection.execute("from s.kept").fetchall() == [(1,)]
        assert connection.execute("select count(*) from information_schema.tables").fetchall() == [(1,)]


def test_whoever_writes_without_the_lock_stops_no_tick(tmp_path: Path, free_process: Callable[[str], "subprocess.Popen[str]"]) -> None:
    copied = Copied(Warehouse(data=str(tmp_path)), tmp_path / "copy", ["s.kept"])
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema s; create table s.kept as select 1 as one")
    assert copied.refresh()
    writer = free_process(
        f"import duckdb, time; at = duckdb.connect({str(tmp_path / 'warehouse.duckdb')!r}); at.execute('update s.kept set one = 2')\n"
        "at.execute('checkpoint'); print('in', flush=True); time.sleep(600)"
    )
    assert writer.stdout and writer.stdout.readline() == "in\n"
    assert not copied.refresh() and copied.warehouse.read("select one from s.kept").one.tolist() == [1]
    writer.kill()
    writer.wait()
    assert copied.refresh() and copied.warehouse.read("select one from s.kept").one.tolist() == [2]


def test_there_is_one_worker_and_a_killed_one_is_none(tmp_path: Path, free_process: Callable[[str], "subprocess.Popen[str]"]) -> None:
    assert not presence.is_there(tmp_path)
    with presence.alone(tmp_path):
        presence.say(tmp_path, is_able=True, unknown=0)
        assert presence.said(tmp_path) == {"is_able": True, "unknown": 0}
        handle = os.open(presence.folder_of(tmp_path) / "worker.lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)
    assert presence.said(tmp_path) == {}
    other = free_process(
        f"from pathlib import Path; from orchestration.reactive import presence; import time\n"
        f"with presence.alone(Path({str(tmp_path)!r})): print('in', flush=True); time.sleep(600)"
    )
    assert other.stdout is not None and other.stdout.readline() == "in\n"
    with pytest.raises(presence.WorkerBusyError, match=f"process {other.pid}"), presence.alone(tmp_path):
        pass
    other.kill()
    other.wait()
    assert not presence.is_there(tmp_path)


def test_a_second_worker_says_that_one_is_there_and_ends(tmp_path: Path) -> None:
    settings = {"REGULARS_DATA": str(tmp_path), "SHOP_URL": f"sqlite:///{tmp_path / 'shop.db'}", "REGULARS_CLOCK": "system"}
    with presence.alone(tmp_path):
        command = [str(Path(sys.executable).parent / "regulars"), "react"]
        second = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=300)
    assert second.returncode == 1
    assert f"Error: process {os.getpid()} answers for {tmp_path} already; end it first." in second.stderr.splitlines()
    assert not presence.folder_of(tmp_path).joinpath("kept").exists(), "it has touched nothing of the first one's"


@pytest.fixture
def free_process() -> Any:
    """Starts Python code in a process of its own, which ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> "subprocess.Popen[str]":
        root = Path(__file__).parents[2]
        started.append(subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
