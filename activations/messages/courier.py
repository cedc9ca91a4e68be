"""One destination's part of a delivery: claim and commit, send, record and commit, batch by batch. A little longer than most files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from activations.destination import Destination, LooksUp, Request, Work
from activations.ledger import Ledger
from activations.masking import mask
from activations.messages.report import Tally
from activations.model import Accepted, Message, Outcome, Rejected, Settled, Unknown, Unreachable, why
from activations.transport.at_once import Encoded, answers_as_they_come
from activations.transport.batching import batches
from activations.transport.conversation import Conversation
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, ask

Clock = Callable[[], datetime]
Objections = Callable[[Sequence[Message]], Mapping[str, str]]
"""Asked about a batch in the moment before it is sent: the ids of messages that may not go now, each with the reason."""
NOT_CHECKED = "not_checked"
"""The reason of an objection that says nothing of the message: it could not be looked at now. It is tried again."""
_LOST_IN_A_ROW = 3
_SAMPLES = 3
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""A provider cuts its times to the second, and its clock is not ours."""


class Courier:
    """Delivers to `destination`. Gives it up for this run (`tally.stopped`) when it cannot be used; what is left then
    stays in the outbox.
    """

    def __init__(
        self, destination: Destination, ledger: Ledger, clock: Clock, patience: Patience, objections: Objections = lambda _: {}
    ) -> None:
        self.destination = destination
        self._ability = destination.abilities[Work.MESSAGE]
        self.tally = Tally()
        self._ledger = ledger
        self._clock = clock
        self._patience = patience
        self._objections = objections
        self._conversation = Conversation(self._request, self._ability.is_repeatable, patience)
        self._waiting: list[Message] = []
        self._lost_in_a_row = 0

    @property
    def is_repeatable(self) -> bool:
        """Whether a message may be sent again after its answer was lost."""
        return self._ability.is_repeatable

    def _request(self, rows: Sequence[bytes]) -> list[Outcome]:
        return self.destination.send(Request(Work.MESSAGE, rows))

    def take(self, message: Message) -> bool:
        """Adds a message; sends what waits once that fills the requests that may be under way at once. True if something was sent."""
        if self.tally.stopped:
            self.tally.left += 1
            return False
        self._waiting.append(message)
        limits = self._ability.limits
        return len(self._waiting) >= limits.rows * limits.concurrency and self.flush()

    def flush(self) -> bool:
        """Sends what waits."""
        waiting, self._waiting = self._waiting, []
        self.deliver(waiting, is_claimed=False)
        return bool(waiting)

    def deliver(self, messages: Iterable[Message], *, is_claimed: bool) -> None:
        """Sends messages in their order. `is_claimed`: this run has them already, and an earlier one may have sent them."""
        encoded = ((message, self.destination.encode(Work.MESSAGE, message)) for message in messages)
        requests = batches(encoded, lambda row: len(row[1]), self._ability.limits)
        while under_way := list(islice(requests, self._ability.limits.concurrency)):
            if self.tally.stopped and is_claimed:
                self.record({message: _doubted(Unreachable("")) for request in under_way for message, _ in request})
                continue
            if self.tally.stopped:
                self.tally.left += sum(len(request) for request in under_way)
                continue
            if not is_claimed:
                under_way = self._without_objection(under_way)
                mine = self._ledger.claim([message for request in under_way for message, _ in request], self._clock())
                under_way = [kept for request in under_way if (kept := _first_of_each(request, mine))]
            self._send(under_way, is_claimed)

    def _without_objection(self, requests: list[list[Encoded]]) -> list[list[Encoded]]:
        """What nobody objects to now; the rest is counted, never claimed, and for the next run to decide on."""
        objections = self._objections([message for request in requests for message, _ in request])
        for message_id, reason in objections.items():
            self.tally.withheld[reason] += 1
            self.tally.withheld_ids[message_id] = reason
        kept = ([row for row in request if row[0].message_id not in objections] for request in requests)
        return [request for request in kept if request]

    def _send(self, requests: list[list[Encoded]], is_claimed: bool) -> None:
        """Sends requests at once and records each as its answer comes; a fault of ours is raised after the others are recorded."""
        sent_at = self._clock()
        lost: list[Message] = []
        fault: BaseException | None = None
        is_answered = False
        for request, future in answers_as_they_come(self._conversation.settle, requests):
            if error := future.exception():
                fault = error
                continue
            outcomes = {message.message_id: outcome for (message, _), outcome in zip(request, future.result(), strict=True)}
            if is_claimed:
                outcomes = {key: _doubted(outcome) for key, outcome in outcomes.items()}
            if not self.is_repeatable:
                lost += [message for message, _ in request if isinstance(outcomes[message.message_id], Unknown)]
            final = {message: outcomes[message.message_id] for message, _ in request if message not in lost}
            self.record(final)
            is_answered = is_answered or any(isinstance(outcome, Accepted | Rejected) for outcome in final.values())
        # Only now that every answer of the others is written can a message found at the provider be told from theirs.
        for message in lost:
            self.record({message: self.look_up(message, sent_at)})
        self._lost_in_a_row = 0 if is_answered else self._lost_in_a_row + len(lost)
        if self._lost_in_a_row >= _LOST_IN_A_ROW:
            self.tally.stopped = f"{self._lost_in_a_row} answers in a row were lost"
        if fault:
            raise fault

    def look_up(self, message: Message, claimed_at: datetime) -> Accepted | Unknown:
        """Asks the provider for a message whose answer was lost: the one with its text that is no other message's, else Unknown."""
        if not isinstance(self.destination, LooksUp):
            return Unknown("the answer was lost, and the provider cannot be asked")
        destination: LooksUp = self.destination
        try:
            found = ask(lambda: destination.look_up(message, claimed_at - _CLOCKS_DIFFER_BY), self._patience)
        except NoAnswer as failure:
            self.tally.stopped = str(failure)
            return Unknown("the answer was lost, and the provider could not be asked yet")
        for candidate in found:
            if not self._ledger.knows_ref(self.destination.name, candidate.provider_ref):
                return Accepted(candidate.provider_ref)
        return Unknown("the answer was lost, and the provider does not list the message")

    def record(self, outcomes: dict[Message, Settled]) -> None:
        """Writes the outcomes down and counts them."""
        is_repeatable = self.is_repeatable
        by_id = {message.message_id: outcome for message, outcome in outcomes.items()}
        self._ledger.record(by_id, self._clock(), is_repeatable=is_repeatable)
        for message, outcome in outcomes.items():
            match outcome:
                case Accepted():
                    self.tally.accepted += 1
                case Rejected():
                    self.tally.rejected[outcome.code] += 1
                case Unknown() if not is_repeatable:
                    self.tally.unknown += 1
                case _:
                    self.tally.left += 1
                    self.tally.stopped = self.tally.stopped or why(outcome)
            if len(self.tally.samples) < _SAMPLES:
                what = type(outcome).__name__.lower()
                self.tally.samples.append(f"{message.campaign} to {mask(message.address)}: {what}")


def _first_of_each(request: list[Encoded], mine: set[str]) -> list[Encoded]:
    """The rows that this run may send; a message that stands twice in the outbox goes out once."""
    kept = []
    for row in request:
        if row[0].message_id in mine:
            mine.discard(row[0].message_id)
            kept.append(row)
    return kept


def _doubted(outcome: Settled) -> Settled:
    """What an outcome means for a row that a dead run may have sent already: 'not sent' would be claiming too much."""
    return outcome if isinstance(outcome, Accepted | Rejected) else Unknown("sent by a run that died, and not yet confirmed")
