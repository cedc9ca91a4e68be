"""Several workers keep one pace, through a real database. Longer than most files, for what can happen to a worker."""

import multiprocessing
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from test_delivery_pacing import assert_kept

from activations.ledger import Ledger
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


def test_a_pace_may_be_asked_for_before_the_ledger_is_opened_and_after(url: str) -> None:
    pacer = SharedPacer(url)
    assert pacer.of("shop").wait_for_turn("events", 0.0) == 0
    Ledger(url).close()
    assert pacer.of("shop").wait_for_turn("events", 0.0) == 0
    pacer.close()
    Ledger(url).close()


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


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.builds(Window, st.integers(1, 12), st.sampled_from([1.0, 5.0])), min_size=1, max_size=2),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(),
)
def test_no_window_is_exceeded_whoever_dies_and_however_late_they_tell(limits: list[Window], workers: int, portion: int, seed: int) -> None:
    """Workers take leave for some requests, use it at once or not, tell what is over sooner or later, and die anywhere."""
    longest, chance, text = 3.0, random.Random(seed), None
    arrivals: list[float] = []
    over: list[list[float]] = [[] for _ in range(workers)]
    turns = [(chance.random(), number, 0) for number in range(workers)]
    names = [f"{number}" for number in range(workers)]
    while turns:
        turns.sort()
        now, number, left = turns.pop(0)
        if now > 60.0:
            break
        if left:  # uses one; the answer comes within its time
            there = now + chance.uniform(0, longest / 3)
            arrivals.append(there)
            over[number].append(there + chance.uniform(0, longest / 3))
            turns.append((max(now, over[number][-1]) if chance.random() < 0.5 else now, number, left - 1))
            continue
        if chance.random() < 0.1:  # dies, and another takes its place
            names[number], over[number] = f"{number} after {now}", []
        gauge = SharedGauge(limits, text, now)
        for at in [at for at in over[number] if at <= now]:
            gauge.over(names[number], at, Advice())
        over[number] = [at for at in over[number] if at > now]
        while left < portion and (wait := gauge.gauge.wait(now)) == 0:
            gauge.give(names[number], 1, now + longest)
            left += 1
        text = gauge.text()
        turns.append((now + (0.0 if left else min(wait, 0.5)), number, left))
    for window in limits:
        assert_kept(arrivals, window, 0.0)
