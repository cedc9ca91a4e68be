"""Every row of a request gets its outcome: what is waited for, repeated, split and polled, and where patience ends.

Longer than most files, for all that a provider may say.
"""

from collections.abc import Sequence

import pytest
from delivery_kit import Waits
from hypothesis import given
from hypothesis import strategies as st

from activations.model import Accepted, Job, Outcome, Refused, Rejected, Settled, Throttled, Unknown, Unreachable
from activations.transport.conversation import Conversation
from activations.transport.http import NoAnswer

ROWS = [b"a", b"b", b"c"]


def scripted(*answers: list[Outcome]) -> tuple[Conversation, list[list[bytes]], Waits]:
    asked: list[list[bytes]] = []
    left = list(answers)

    def send(rows: Sequence[bytes]) -> list[Outcome]:
        asked.append(list(rows))
        return left.pop(0) if left else [Accepted()] * len(rows)

    waits = Waits()
    return Conversation(send, True, waits.patience()), asked, waits


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1)))), st.booleans())
def test_only_the_culprits_are_rejected(case: tuple[int, set[int]], one_by_one: bool) -> None:
    size, bad = case
    rows = [str(number).encode() for number in range(size)]
    taken: list[bytes] = []

    def send(some: Sequence[bytes]) -> list[Outcome]:
        if any(int(row) in bad for row in some):
            return [Refused("bad", one_by_one=one_by_one)] * len(some)
        taken.extend(some)
        return [Accepted()] * len(some)

    settled = Conversation(send, True, Waits().patience()).settle(rows)
    if len(bad) == size >= 20:
        assert all(isinstance(outcome, Unreachable) for outcome in settled), "all refused alike: the set-up is in doubt"
        return
    assert [isinstance(outcome, Rejected) for outcome in settled] == [number in bad for number in range(size)]
    assert taken == [row for row in rows if int(row) not in bad], "the others go once, in their order"


def test_a_row_that_is_pointed_at_is_rejected_and_the_others_go_in_one_request() -> None:
    talk, asked, _ = scripted([Refused("invalid"), Rejected("invalid", field="email"), Refused("invalid")])
    assert talk.settle(ROWS) == [Accepted(), Rejected("invalid", field="email"), Accepted()]
    assert asked == [ROWS, [b"a", b"c"]]


def test_only_the_throttled_rows_are_sent_again_after_the_wait_that_was_asked_for() -> None:
    talk, asked, waits = scripted([Accepted("1"), Throttled(7.0), Throttled(7.0)], [Throttled(90.0), Accepted("2")])
    assert talk.settle(ROWS) == [Accepted("1"), Accepted(), Accepted("2")]
    assert asked == [ROWS, [b"b", b"c"], [b"b"]]
    assert waits == [7.0, 60.0], "after a longest wait it is asked again"


@pytest.mark.parametrize(("cause", "tries"), [(Unreachable("down"), 3), (Unknown("lost"), 5), (Throttled(601.0), 1)])
def test_patience_ends(cause: Outcome, tries: int) -> None:
    talk, asked, waits = scripted(*[[cause] * 3] * 9)
    assert talk.settle(ROWS) == [cause] * 3
    assert len(asked) == tries and len(waits) == tries - 1


def test_throttling_takes_no_attempts_from_failures_and_ends_by_its_time() -> None:
    busy = [Throttled(30.0)] * 3
    talk, asked, waits = scripted(*[busy] * 15, [Unknown("lost")] * 3, *[busy] * 4, *[[Unknown("lost")] * 3] * 3)
    assert talk.settle(ROWS) == [Accepted()] * 3
    assert len(asked) == 15 + 1 + 4 + 3 + 1 and waits.count(30.0) == 19
    talk, asked, waits = scripted(*[busy] * 99)
    assert talk.settle(ROWS) == busy
    assert sum(waits) == 600.0


def test_failures_end_by_their_time_too() -> None:
    waits = Waits()
    patience = waits.patience(attempts=10**6, first_wait_seconds=50.0, longest_wait_seconds=60.0)
    assert Conversation(lambda rows: [Unknown("lost")] * len(rows), True, patience).settle(ROWS) == [Unknown("lost")] * 3
    assert sum(waits) <= 300.0


def test_what_was_lost_once_is_not_called_unsent_later() -> None:
    talk, _, _ = scripted([Unknown("lost")] * 3, *[[Unreachable("down")] * 3] * 9)
    assert talk.settle(ROWS) == [Unknown("lost")] * 3


def test_a_lost_answer_is_not_repeated_where_that_could_do_harm() -> None:
    sent: list[int] = []

    def send(rows: Sequence[bytes]) -> list[Outcome]:
        sent.append(len(rows))
        return [Unknown("lost")] * len(rows)

    assert Conversation(send, False, Waits().patience()).settle(ROWS) == [Unknown("lost")] * 3
    assert sent == [3]


def test_splitting_ends_when_the_provider_goes_down() -> None:
    talk, asked, _ = scripted([Refused("bad")] * 3, *[[Unreachable("down")]] * 3)
    settled = talk.settle(ROWS)
    assert all(isinstance(outcome, Unreachable) for outcome in settled)
    assert len(asked) == 4


def test_a_job_is_polled_until_it_knows_each_row() -> None:
    polls: list[str] = []

    def poll(handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        polls.append(handle)
        return None if len(polls) < 3 else [Accepted(), Rejected("invalid"), Accepted()]

    settled: list[Settled] = Conversation(lambda rows: [Job("j1")] * len(rows), True, Waits().patience(), poll).settle(ROWS)
    assert settled == [Accepted(), Rejected("invalid"), Accepted()]
    assert polls == ["j1"] * 3


def test_a_job_is_asked_after_less_and_less_often_and_left_to_the_next_run_when_it_takes_too_long() -> None:
    waits, sent = Waits(), list[int]()

    def send(rows: Sequence[bytes]) -> list[Outcome]:
        sent.append(len(rows))
        return [Job("j1")] * len(rows)

    talk = Conversation(send, True, waits.patience(), lambda handle, rows: None)
    assert talk.settle(ROWS) == [Unknown("job j1 is still under way")] * 3
    assert sent == [3], "a second job with the same rows would not speed it up"
    assert 1_700 < sum(waits) <= 1_800 and len(waits) < 60 and waits == sorted(waits)


def test_rows_of_different_jobs_and_without_a_job_keep_their_own_outcomes() -> None:
    def poll(handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        return [Accepted(f"{handle} {row.decode()}") for row in rows]

    talk = Conversation(lambda rows: [Job("j1"), Rejected("bad"), Job("j2")], True, Waits().patience(), poll)
    assert talk.settle(ROWS) == [Accepted("j1 a"), Rejected("bad"), Accepted("j2 c")]


def test_polls_that_are_throttled_wait_and_go_on() -> None:
    answers = [NoAnswer(Throttled(30.0))] * 12
    waits = Waits()

    def poll(handle: str, rows: Sequence[bytes]) -> list[Outcome] | None:
        if answers:
            raise answers.pop()
        return [Accepted()] * len(rows)

    assert Conversation(lambda rows: [Job("j1")] * len(rows), True, waits.patience(), poll).settle(ROWS) == [Accepted()] * 3
    assert waits == [30.0] * 12


def test_a_job_that_never_ends_is_unknown() -> None:
    talk = Conversation(lambda rows: [Job("j1")] * len(rows), False, Waits().patience(polls=4), lambda handle, rows: None)
    assert talk.settle(ROWS) == [Unknown("job j1 is still under way")] * 3
