"""Talking to a provider until every row of a request has its outcome: waiting, repeating, splitting and polling, once
for all destinations.

- Throttled or unreachable rows were surely not applied and are sent again, as are rows whose answer was lost if
  repeating is harmless.
- A request refused for some of its rows is sent again without them; if nobody says which, it is halved until the
  culprits stand alone. (One file, a line longer than most.)
- A job is polled, less and less often, until it has an outcome for every row. One that takes longer than patience has is
  left to the next run: it is under way, and another one with the same rows would not speed it up.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast

from tenacity import RetryCallState, Retrying, retry_if_result

from activations.model import Accepted, Job, Outcome, Refused, Rejected, Settled, Throttled, Unknown, Unreachable, Withheld
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, Tries, ask

_SETUP_SUSPECTED_FROM_ROWS = 20


@dataclass(frozen=True, slots=True)
class Conversation:
    """`send` makes one request of encoded rows; `poll` asks after a Job; `is_repeatable` says that a row applied
    twice is a row applied once.
    """

    send: Callable[[Sequence[bytes]], list[Outcome]]
    is_repeatable: bool
    patience: Patience
    poll: Callable[[str, Sequence[bytes]], list[Outcome] | None] | None = None
    is_sound: bool = False  # the set-up is beyond doubt, though all rows of a request should be refused alike

    def settle(self, rows: Sequence[bytes]) -> list[Settled]:
        """One outcome per row, in order. Throttled, Unreachable and (only if repeatable) Unknown mean that patience ran out."""
        settled: dict[int, Settled] = {}
        tries = self.patience.begin()
        groups = [list(range(len(rows)))]
        is_over = False
        while groups:
            group = groups.pop(0)
            if is_over:  # splitting goes on only while the provider answers
                settled |= {index: Unreachable("not sent: the provider stopped answering") for index in group}
                continue
            refused: dict[int, Refused] = {}
            answers = self._persist({index: rows[index] for index in group}, tries)
            if len(group) == len(rows) and (taken := _all_accepted(answers.values())) is not None:
                return list(taken)
            for index, answer in answers.items():
                if isinstance(answer, Refused):
                    refused[index] = answer
                else:
                    settled[index] = answer
                    is_over = is_over or self._may_repeat(answer)
            if refused and len(group) == 1:
                settled |= {index: Rejected(cause.code, cause.detail) for index, cause in refused.items()}
            elif refused:
                groups = _split(refused, len(group)) + groups
        ordered = [settled[index] for index in range(len(rows))]
        codes = {outcome.code if isinstance(outcome, Rejected) else None for outcome in ordered}
        if not self.is_sound and len(rows) >= _SETUP_SUSPECTED_FROM_ROWS and len(codes) == 1 and None not in codes:
            # A rejection is for ever. That every row is bad in the same way is less likely than that a setting is wrong.
            return [Unreachable(f"all of {len(rows)} rows were refused alike, so the set-up is in doubt: {ordered[0]}")] * len(rows)
        return ordered

    def _persist(self, rows: dict[int, bytes], tries: Tries) -> dict[int, Settled | Refused]:
        """Sends the rows, and those of them that were not applied again and again, until all have an answer or patience ends."""
        answers: dict[int, Settled | Refused] = {}
        lost: dict[int, Unknown] = {}
        under_way: set[int] = set()

        def once() -> Settled | Refused | None:
            left = [index for index in rows if index not in under_way and (index not in answers or self._may_repeat(answers[index]))]
            sent = self._send([rows[index] for index in left])
            if (taken := _all_accepted(sent)) is not None:
                answers.update(zip(left, taken, strict=True))
                return None
            for index, answer in zip(left, sent, strict=True):
                if isinstance(answer, _UnderWay):
                    under_way.add(index)
                    answer = Unknown(answer.detail)
                if isinstance(answer, Unknown):
                    lost[index] = answer
                answers[index] = answer
            again = [answers[index] for index in left if index not in under_way and self._may_repeat(answers[index])]
            return next((cause for cause in again if not isinstance(cause, Throttled)), again[0] if again else None)

        tries.start_over()
        tries.retrying(retry=retry_if_result(lambda cause: cause is not None), retry_error_callback=lambda _: None)(once)
        # Whoever was lost once may have been applied, whatever a later try came to.
        return answers | {index: loss for index, loss in lost.items() if self._is_open(answers[index])}

    def _may_repeat(self, answer: Settled | Refused) -> bool:
        return isinstance(answer, Throttled | Unreachable) or (self.is_repeatable and isinstance(answer, Unknown))

    def _is_open(self, answer: Settled | Refused) -> bool:
        """Whether this try came to nothing."""
        return isinstance(answer, Withheld) or self._may_repeat(answer)

    def _send(self, rows: list[bytes]) -> list["Settled | Refused | _UnderWay"]:
        answers: list[Outcome | _UnderWay] = list(self.send(rows))
        if (taken := _all_accepted(answers)) is not None:
            return list(taken)
        handles = dict.fromkeys(answer.handle for answer in answers if isinstance(answer, Job))
        for handle in handles:
            places = [place for place, answer in enumerate(answers) if answer == Job(handle)]
            for place, answer in zip(places, self._wait_for(handle, [rows[place] for place in places]), strict=True):
                answers[place] = answer
        return [Unknown("the job ended in another job") if isinstance(answer, Job) else answer for answer in answers]

    def _wait_for(self, handle: str, rows: list[bytes]) -> "Sequence[Outcome | _UnderWay]":
        if self.poll is None:
            raise TypeError("the destination answered with a job but has no way to poll it")
        poll, patience = self.poll, self.patience

        def wait(state: RetryCallState) -> float:
            return float(min(0.2 * 1.3 ** min(state.attempt_number - 1, 50), patience.longest_poll_wait_seconds))

        polling = Retrying(
            sleep=patience.sleep,
            stop=lambda state: state.attempt_number >= patience.polls or state.idle_for + wait(state) > patience.longest_job_seconds,
            wait=wait,
            retry=retry_if_result(lambda outcomes: outcomes is None),
            retry_error_callback=lambda _: None,
        )
        try:
            outcomes = polling(lambda: ask(lambda: poll(handle, rows), patience))
        except NoAnswer as failure:
            return [_UnderWay(f"job {handle} was taken, then: {failure}")] * len(rows)
        return outcomes or [_UnderWay(f"job {handle} is still under way")] * len(rows)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """The provider took the row and has not said yet what became of it."""

    detail: str


def _all_accepted(answers: Collection[object]) -> list[Accepted] | None:
    return cast(list[Accepted], list(answers)) if set(map(type, answers)) <= {Accepted} else None  # what most answers are


def _split(refused: dict[int, Refused], sent: int) -> list[list[int]]:
    """The refused rows as the next requests: whole if others of the request were singled out, else in halves or one by one."""
    left = list(refused)
    if any(cause.one_by_one for cause in refused.values()):
        return [[index] for index in left]
    if len(left) < sent:
        return [left]
    middle = len(left) // 2
    return [left[:middle], left[middle:]]
