"""Frames worked on at once: their order, how many are in memory, and what happens where one fails."""

import threading
from collections.abc import Iterator

import pandas as pd
import pytest

from orchestration.assets.taste_tables import WORKERS, side_by_side


def frames(count: int, asked: list[int]) -> Iterator[pd.DataFrame]:
    for number in range(count):
        asked.append(number)
        yield pd.DataFrame({"number": [number]})


def test_all_come_in_their_order_though_a_later_one_is_done_first() -> None:
    later = threading.Event()

    def work(frame: pd.DataFrame) -> pd.DataFrame:
        if frame["number"][0] == 0:
            assert later.wait(30)
        later.set()
        return frame * 10

    assert [int(frame["number"][0]) for frame in side_by_side(work, frames(7, []))] == list(range(0, 70, 10))


def test_no_more_frames_are_asked_for_than_are_worked_on() -> None:
    asked: list[int] = []
    for done, _ in enumerate(side_by_side(lambda frame: frame, frames(50, asked))):
        assert len(asked) - done <= WORKERS + 1
    assert asked == list(range(50))


def test_a_failure_is_told_where_it_stands_and_nothing_after_it_comes() -> None:
    asked: list[int] = []

    def work(frame: pd.DataFrame) -> pd.DataFrame:
        if frame["number"][0] == 3:
            raise ValueError("the third")
        return frame

    seen: list[int] = []
    with pytest.raises(ValueError, match="the third"):
        for frame in side_by_side(work, frames(50, asked)):
            seen.append(int(frame["number"][0]))
    assert seen == [0, 1, 2]
    assert len(asked) <= 3 + WORKERS + 1


def test_nothing_of_nothing() -> None:
    assert list(side_by_side(lambda frame: frame, [])) == []
