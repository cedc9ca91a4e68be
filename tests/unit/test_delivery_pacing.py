"""No window of the provider ever holds more requests than allowed, however it counts and whatever happens on the way; and
the pace is close to what is allowed. Longer than most files, for all that can be said of a pace.
"""

import heapq
import math
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations.transport.dialects import Advice, Allowance
from activations.transport.gauge import Gauge
from activations.transport.pacing import ACCOUNT, AtOnce, Pacer, Window

windows = st.builds(Window, st.integers(1, 25), st.sampled_from([0.25, 1.0, 2.0, 10.0]))


@dataclass
class Provider:
    """Clients that always have work, on a simulated clock, and the times at which their requests arrive."""

    gauge: Gauge
    chance: random.Random
    longest_way: float
    arrivals: list[float] = field(default_factory=list)

    def run(self, clients: int, seconds: float) -> None:
        events = [(0.0, number, False) for number in range(clients)]
        asleep: list[int] = []  # until any answer
        while events:
            now, client, is_answered = heapq.heappop(events)
            if now > seconds:
                return
            if is_answered:
                self.gauge.answered(now, Advice())
                while asleep:
                    heapq.heappush(events, (now, asleep.pop(), False))
            wait = self.gauge.wait(now)
            if wait == math.inf:
                asleep.append(client)
            elif wait > 0:
                heapq.heappush(events, (now + wait + self.chance.choice([0, 0, 1e-9, 0.001]), client, False))
            else:
                self.gauge.leaves()
                there = now + self.chance.uniform(0, self.longest_way) * self.chance.choice([0, 0.1, 1])
                self.arrivals.append(there)
                heapq.heappush(events, (there + self.chance.uniform(0, self.longest_way), client, True))


def assert_kept(arrivals: list[float], window: Window, phase: float) -> None:
    ordered = sorted(arrivals)
    for first, one_too_many in zip(ordered, ordered[window.requests :], strict=False):
        assert one_too_many - first > window.seconds, "a sliding window, both its ends counted"
    assert max(Counter(math.floor((at + phase) / window.seconds) for at in ordered).values()) <= window.requests, "a fixed window"


@settings(deadline=None)
@given(st.lists(windows, min_size=1, max_size=3), st.integers(1, 12), st.integers(), st.floats(0, 3), st.floats(0, 10))
def test_no_window_is_ever_exceeded(limits: list[Window], clients: int, seed: int, longest_way: float, phase: float) -> None:
    provider = Provider(Gauge(limits), random.Random(seed), longest_way)
    provider.run(clients, 60.0)
    for window in limits:
        assert_kept(provider.arrivals, window, phase)


@settings(deadline=None)
@given(st.lists(windows, min_size=1, max_size=3), st.integers(1, 12), st.integers())
def test_nine_tenths_of_the_rate_are_kept(limits: list[Window], clients: int, seed: int) -> None:
    slowest = min(window.requests / window.seconds for window in limits)
    longest_way = min(0.03 * min(window.seconds for window in limits), 0.4 * clients / slowest)
    provider = Provider(Gauge(limits), random.Random(seed), longest_way)
    provider.run(clients, 60.0)
    assert len(provider.arrivals) >= 0.9 * slowest * 60.0


def test_many_answers_take_no_more_memory_than_few() -> None:
    gauge = Gauge([Window(36_000, 3_600.0)])
    for number in range(20_000):
        gauge.leaves()
        gauge.answered(number * 0.1)
    assert len(gauge.state()["windows"]["36000/3600"]) <= 260


def test_no_more_are_under_way_than_allowed() -> None:
    gauge = Gauge([AtOnce(2)])
    gauge.leaves(2)
    assert gauge.wait(0.0) == math.inf
    gauge.answered(1.0)
    assert gauge.wait(1.0) == 0


def test_a_gauge_is_restored_as_it_was() -> None:
    limits = [Window(3, 10.0)]
    before, after = Gauge(limits), Gauge(limits)
    before.leaves(3)
    before.answered(5.0, Advice(is_throttled=True, wait_seconds=2.0), requests=3)
    after.restore(before.state(), 6.0)
    assert after.wait(6.0) == before.wait(6.0) > 8
    late = Gauge(limits)
    late.restore(before.state(), -1_000.0)
    assert late.wait(-1_000.0) < 1_100, "a clock that is put back does not stop everything for as long"


def test_who_is_refused_rests_for_as_long_as_the_provider_wishes() -> None:
    gauge = Gauge()
    gauge.leaves(2)
    gauge.answered(0.0, Advice(is_throttled=True, wait_seconds=7.0))
    gauge.answered(1.0, Advice())
    assert gauge.wait(1.0) == 6.0


def test_a_wish_that_nobody_can_mean_stops_nothing_for_ever() -> None:
    gauge = Gauge()
    gauge.leaves()
    gauge.answered(0.0, Advice(is_throttled=True, wait_seconds=1e12, allowances=(Allowance(None, 0, 1e12),)))
    assert gauge.wait(0.0) <= 86_400


@pytest.mark.parametrize("wish", [None, 0.0])
def test_rests_grow_where_the_provider_wishes_nothing(wish: float | None) -> None:
    gauge = Gauge([Window(10, 1.0)])
    rests, now = [], 0.0
    for _ in range(4):
        gauge.leaves()
        gauge.answered(now, Advice(is_throttled=True, wait_seconds=wish))
        rests.append(gauge.wait(now))
        now += rests[-1]
    assert rests == [1.0, 2.0, 4.0, 8.0]


def test_what_others_used_of_a_window_is_not_ours() -> None:
    gauge = Gauge([Window(10, 60.0)])
    gauge.leaves()
    gauge.answered(0.0, Advice(allowances=(Allowance(10, 2, 30.0),)))
    gauge.leaves(2)
    assert 30 <= gauge.wait(0.0) < 30.5, "two were left, and two are under way"
    gauge.answered(0.1, Advice(allowances=(Allowance(10, 0, 29.9),)), requests=2)
    assert 29 < gauge.wait(0.2) < 30.5


def test_all_that_is_left_may_be_used_and_no_more_where_no_limit_is_known() -> None:
    gauge = Gauge()
    gauge.leaves()
    gauge.answered(0.0, Advice(allowances=(Allowance(600, 2, 30.0),)))
    gauge.leaves(2)
    assert gauge.wait(0.0) == math.inf
    gauge.answered(1.0, Advice(allowances=(Allowance(600, 0, 29.0),)))
    gauge.answered(1.0, Advice(allowances=(Allowance(600, 1, 29.0),)))  # overtaken by the later one
    assert gauge.wait(1.0) == 29.0
    assert gauge.wait(30.0) == 0


def test_the_latest_word_on_when_a_window_ends_holds() -> None:
    gauge = Gauge()
    gauge.leaves(2)
    gauge.answered(0.0, Advice(allowances=(Allowance(600, 599, 60.0),)))
    gauge.answered(1.0, Advice(is_throttled=True, wait_seconds=2.0, allowances=(Allowance(600, 0, 2.0),)))
    assert (gauge.wait(1.0), gauge.wait(3.0)) == (2.0, 0.0)


def test_threads_share_one_pace() -> None:
    pacer = Pacer()
    pace = pacer.of("shop", {"imports": (Window(10, 0.2),), ACCOUNT: (AtOnce(3),)})
    left: list[float] = []
    under_way = 0
    most = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal under_way, most
        for _ in range(10):
            assert pace.wait_for_turn("imports", 10.0) == 0
            with lock:
                under_way += 1
                most = max(most, under_way)
                left.append(time.monotonic())
                under_way -= 1
            pacer.of("shop", {"imports": (Window(10, 0.2),), ACCOUNT: (AtOnce(3),)}).answered("imports", Advice())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(left) == 40 and most <= 3
    assert_kept(left, Window(10, 0.2), 0.0)


def test_a_wait_that_is_too_long_is_told_and_not_waited() -> None:
    naps: list[float] = []
    pace = Pacer(clock=lambda: 0.0, sleep=naps.append).of("shop", {"polls": (Window(1, 3_600.0),)})
    assert pace.wait_for_turn("polls", 60.0) == 0
    pace.answered("polls", Advice())
    assert 3_600 < pace.wait_for_turn("polls", 60.0) < 3_630
    assert naps == [] and pace.wait_for_turn("others", 60.0) == 0


def test_accounts_do_not_share_a_pace_and_their_names_are_not_kept() -> None:
    pacer = Pacer()
    limits = {ACCOUNT: (Window(1, 100.0),)}
    assert pacer.of("key-1", limits).wait_for_turn("", 0.0) == 0
    assert pacer.of("key-2", limits).wait_for_turn("", 0.0) == 0
    assert "key-1" not in repr(vars(pacer))
