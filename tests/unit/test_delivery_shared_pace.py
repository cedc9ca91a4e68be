"""Several workers keep one pace, through a real database."""

import multiprocessing
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from test_delivery_pacing import assert_kept

from activations.ledger.pace import SharedPacer
from activations.ledger.pace_state import SharedGauge
from activations.transport.dialects import Advice
from activations.transport.pacing import ACCOUNT, AtOnce, Window

WINDOW = Window(100, 0.5)
LIMITS = {"events": (WINDOW,), ACCOUNT: (Window(1_000, 60.0),)}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[], str]) -> str:
    return f"sqlite:///{tmp_path}/ledger.db" if request.param == "sqlite" else new_database()


def work(url: str, number: int, arrivals: str) -> None:
    """150 requests, as fast as the pace lets them."""
    chance = random.Random(number)
    pacer = SharedPacer(url)
    pace = pacer.of("shop", LIMITS)
    with Path(f"{arrivals}/{number}").open("w") as file:
        for _ in range(150):
            assert pace.wait_for_turn("events", 30.0) == 0
            time.sleep(chance.random() * 0.003)
            print(time.monotonic(), file=file)
            time.sleep(chance.random() * 0.003)
            pace.answered("events", Advice())
    pacer.close()


def test_workers_together_keep_within_the_windows(new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    SharedPacer(url).close()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work, args=(url, number, str(tmp_path))) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    arrivals = [float(line) for number in range(3) for line in (tmp_path / str(number)).read_text().splitlines()]
    assert len(arrivals) == 450
    assert_kept(arrivals, WINDOW, 0.123)


def test_the_next_run_knows_what_the_last_one_used(url: str) -> None:
    limits = {"polls": (Window(2, 3_600.0),)}
    first = SharedPacer(url)
    for _ in range(2):
        assert first.of("shop", limits).wait_for_turn("polls", 0.0) == 0
        first.of("shop", limits).answered("polls", Advice())
    first.close()
    second = SharedPacer(url)
    assert 3_500 < second.of("shop", limits).wait_for_turn("polls", 60.0) < 3_640
    assert second.of("other", limits).wait_for_turn("polls", 0.0) == 0
    second.close()
    with sa.create_engine(url).connect() as connection:
        assert "shop" not in str(connection.execute(sa.text("select * from paces")).all())


def test_a_refusal_stops_all_workers(url: str) -> None:
    one, other = SharedPacer(url), SharedPacer(url)
    assert one.of("shop").wait_for_turn("events", 0.0) == 0
    one.of("shop").answered("events", Advice(is_throttled=True, wait_seconds=900.0))
    assert 890 < other.of("shop").wait_for_turn("events", 60.0) <= 900
    assert other.of("shop").wait_for_turn("lists", 0.0) == 0
    one.close()
    other.close()


def test_no_more_are_under_way_than_allowed_by_all_workers_together(url: str) -> None:
    limits = {ACCOUNT: (AtOnce(1),)}
    pacers = SharedPacer(url), SharedPacer(url)
    one, other = (pacer.of("shop", limits) for pacer in pacers)
    assert one.wait_for_turn("members", 0.0) == 0
    assert other.wait_for_turn("members", 0.05) > 0
    one.answered("members", Advice())
    assert other.wait_for_turn("members", 1.0) == 0
    for pacer in pacers:
        pacer.close()


def test_leave_that_is_not_used_is_given_back(url: str) -> None:
    limits = {"events": (Window(200, 3_600.0),)}  # four at a time
    one, other = SharedPacer(url), SharedPacer(url)
    assert one.of("shop", limits).wait_for_turn("events", 0.0) == 0
    one.of("shop", limits).answered("events", Advice())
    one.close()
    sent = 0
    while other.of("shop", limits).wait_for_turn("events", 0.0) == 0:
        sent += 1
    assert sent == 199
    other.close()


def test_a_worker_that_died_holds_its_leave_no_longer_than_a_request_takes() -> None:
    limits = [AtOnce(1), Window(5, 60.0)]
    gauge = SharedGauge(limits, None, 0.0)
    gauge.give("dead", 1, 130.0)
    assert SharedGauge(limits, gauge.text(), 129.0).gauge.wait(129.0) > 0
    later = SharedGauge(limits, gauge.text(), 131.0)
    assert later.gauge.wait(131.0) == 0 and later.gauge.under_way == 0
    assert later.gauge.state()["windows"]["5/60"][0][1] == 1, "it counts as answered at the last moment"


def test_without_its_database_nobody_leaves(url: str) -> None:
    pacer = SharedPacer(url)
    there = pacer._engine
    pacer._engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert pacer.of("shop").wait_for_turn("events", 0.1) == 0.5
    pacer._engine = there
    assert pacer.of("shop").wait_for_turn("events", 2.0) == 0, "and goes on when it is back"
    pacer.close()


def test_a_worker_that_is_paused_in_a_question_does_not_hold_up_the_others_for_ever(new_database: Callable[[], str]) -> None:
    pacer = SharedPacer(new_database())
    assert pacer.of("shop").wait_for_turn("events", 0.0) == 0
    with pacer._engine.connect() as connection:
        assert connection.scalar(sa.text("show idle_in_transaction_session_timeout")) == "5s"
    pacer.close()
