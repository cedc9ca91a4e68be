"""A destination's requests under way: as many as it takes at once, the next ones begun while others still wait for their turn."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import datetime

from activations.ledger.rows import Doubt, Holds
from activations.messages.courier import Courier, Encoded, Objections
from activations.model import Message, Settled


class Flow:
    """Of `courier`, for the thread that made it. Once three quarters of what may be under way have their answers there is `room` for
    more: one commit writes many answers, and a provider that limits its rate does not wait for it. What is taken before it can be sent is
    never more than may be under way. `objections`: asked again about what waits, by several threads at once. `meaning`: what an outcome
    says of these messages, as it is written down.
    """

    def __init__(self, courier: Courier, objections: Objections, meaning: Callable[[Settled], Settled] = lambda outcome: outcome) -> None:
        self.fault: BaseException | None = None
        self._meaning = meaning
        self._courier = courier
        self._objections = objections
        self._at_once = courier.ability.limits.concurrency
        self._few = max(1, self._at_once // 4) if self._at_once > 1 else 0
        self._under_way: dict[Future[list[Settled]], tuple[list[Encoded], Holds, datetime]] = {}
        self._stack = ExitStack()
        self._pool = self._stack.enter_context(ThreadPoolExecutor(self._at_once)) if self._at_once > 1 else None

    def __enter__(self) -> "Flow":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def is_idle(self) -> bool:
        return not self._under_way

    @property
    def room(self) -> int:
        """How many more requests may be begun now."""
        count = len(self._under_way)
        return self._at_once - count if count <= self._few else 0

    def send(self, requests: Sequence[list[Encoded]], holds: Holds, at: datetime) -> None:
        """Lets started requests leave; `holds` are of their messages, which were begun at `at`."""
        for request in requests:
            rows, mine = [row for _, row in request], {message.message_id: holds[message.message_id] for message, _ in request}
            settle = self._courier.conversation(request, mine, self._objections).settle
            if self._pool:
                future = self._pool.submit(settle, rows)
            else:  # no thread for what is alone
                future = Future()
                try:
                    future.set_result(settle(rows))
                except Exception as error:
                    future.set_exception(error)
            self._under_way[future] = request, mine, at

    def record(self) -> list[Doubt]:
        """Waits for an answer, and writes down in one transaction those that are there; returns the messages whose answer was lost and
        which may not be repeated. What is a fault of ours is kept in `fault`.
        """
        done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
        outcomes: dict[Message, Settled] = {}
        holds: Holds = {}
        times: dict[str, datetime] = {}
        for future in done:
            request, mine, at = self._under_way.pop(future)
            holds |= mine
            times |= dict.fromkeys(mine, at)
            if error := future.exception():
                self.fault = self.fault or error
            else:
                outcomes |= {message: self._meaning(outcome) for (message, _), outcome in zip(request, future.result(), strict=True)}
        lost = self._courier.record_but_lost(outcomes, holds)
        return [Doubt(message, times[message.message_id], holds[message.message_id]) for message in lost]
