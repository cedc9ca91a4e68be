"""One destination's requests: what became of them recorded, lost answers looked up."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from activations.destination import Destination, LooksUp, Polls, Request, Work
from activations.ledger import Ledger
from activations.ledger.rows import Hold, Holds
from activations.messages.report import Tally
from activations.model import Accepted, Message, Outcome, Settled, Unknown, Unreachable, Withheld
from activations.transport.conversation import Conversation
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, ask
from activations.transport.sockets import no_longer_than

Encoded = tuple[Message, bytes]
"""A message and how it stands in a request."""
Clock = Callable[[], datetime]
Objections = Callable[[Sequence[Message]], Mapping[str, str]]
"""Asked about a batch in the moment before it is sent: the ids of messages that may not go now, each with the reason."""
NOT_CHECKED = "not_checked"
"""The reason of an objection that says nothing of the message: it could not be looked at now. It is tried again."""
MESSAGED_SINCE = "messaged_since"
"""The reason of a message whose reader got another one, or is about to, that its decision did not count. The next decision counts it."""
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""A provider cuts its times to the second, and its clock is not ours."""


class Courier:
    """Talks to `destination` about messages that this worker has. Gives it up for this run (`tally.stopped`) when it
    cannot be used. `told` is called after every group. `is_to_end`: set to have no further group begun.
    """

    def __init__(
        self,
        destination: Destination,
        ledger: Ledger,
        clock: Clock,
        patience: Patience,
        objections: Objections = lambda _: {},
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.destination, self.ledger, self.clock, self.patience, self.objections = destination, ledger, clock, patience, objections
        self.ability = destination.abilities[Work.MESSAGE]
        self.tally = Tally()
        self.is_to_end = False
        self._told = told
        self._poll = destination.poll if isinstance(destination, Polls) else None

    def conversation(self, request: Sequence[Encoded], holds: Holds, objections: Objections) -> Conversation:
        """About started messages, which were just looked at: whenever the provider let them wait, `objections` is asked again."""
        sends = 0

        def send(rows: Sequence[bytes]) -> list[Outcome]:
            nonlocal sends
            sends += 1
            return self._request(rows, holds) if sends == 1 else self._request_again(rows, request, holds, objections)

        return Conversation(send, self.ability.is_repeatable, self.patience, self._poll)

    def _request_again(self, rows: Sequence[bytes], request: Sequence[Encoded], holds: Holds, objections: Objections) -> list[Outcome]:
        """A request of those rows whose messages nobody objects to by now; consent may have been withdrawn in the minutes of waiting."""
        behind: dict[bytes, list[Message]] = defaultdict(list)  # of two that read the same, what stands against one stands against both
        for message, row in request:
            behind[row].append(message)
        found = objections([message for row in dict.fromkeys(rows) for message in behind[row]])
        reasons = {row: found[message.message_id] for row in rows for message in behind[row] if message.message_id in found}
        sent = iter(self._request(left, holds) if (left := [row for row in rows if row not in reasons]) else [])
        return [Withheld(reasons[row]) if row in reasons else next(sent) for row in rows]

    def _request(self, rows: Sequence[bytes], holds: Holds) -> list[Outcome]:
        leases = self.ledger.leases
        if not leases.hold(holds):
            return [Unreachable("this worker was away for so long that another has its messages")] * len(rows)
        with no_longer_than(lambda: leases.seconds_left(holds)):
            return self.destination.send(Request(Work.MESSAGE, rows))

    def record_but_lost(self, outcomes: Mapping[Message, Settled], holds: Holds) -> list[Message]:
        """Writes the outcomes down, without those of messages whose answer was lost and which may not be repeated: these come back."""
        lost = {message for message, outcome in outcomes.items() if isinstance(outcome, Unknown) and not self.ability.is_repeatable}
        self.record({message: outcome for message, outcome in outcomes.items() if message not in lost}, holds)
        self._told()
        return [message for message in outcomes if message in lost]

    def look_up(self, message: Message, claimed_at: datetime, hold: Hold | None) -> str | None:
        """Asks the provider for a message whose answer was lost, and accepts it if there is one of its recipient and text that is
        no other message's. Else says why not. `hold`: None for a message that is held for a person.
        """
        if not isinstance(self.destination, LooksUp):
            return "the answer was lost, and the provider cannot be asked"
        destination: LooksUp = self.destination
        try:
            found = ask(lambda: destination.look_up(message, claimed_at - _CLOCKS_DIFFER_BY), self.patience)
        except NoAnswer as failure:
            self.tally.stopped = str(failure)
            return "the answer was lost, and the provider could not be asked yet"
        for candidate in found:
            if self.ledger.accept_found(message, candidate.provider_ref, hold, self.clock()):
                self.tally.count(message, Accepted(candidate.provider_ref), is_repeatable=False)
                return None
        return "the answer was lost, and the provider does not list the message"

    def record(self, outcomes: Mapping[Message, Settled], holds: Holds) -> None:
        """Writes the outcomes down and counts them, those of messages that are still this worker's."""
        is_repeatable = self.ability.is_repeatable
        by_id = {message.message_id: outcome for message, outcome in outcomes.items()}
        written = self.ledger.record(by_id, holds, self.clock(), is_repeatable=is_repeatable)
        for message, outcome in outcomes.items():
            if message.message_id in written:
                self.tally.count(message, outcome, is_repeatable=is_repeatable)
            else:
                self.tally.elsewhere += 1


def first_of_each(group: list[list[Encoded]], started: Holds) -> list[list[Encoded]]:
    """The rows that this worker may send; a message that stands twice in the outbox goes out once."""
    left = set(started)
    requests = []
    for request in group:
        kept = []
        for message, row in request:
            if message.message_id in left:
                left.discard(message.message_id)
                kept.append((message, row))
        requests += [kept] if kept else []
    return requests
