"""One destination's part of a delivery, in its order: what dead workers left in doubt, what the outbox wants, and what a
worker that died meanwhile had taken.

A few requests at a time: claim, ask for objections and for what else went to the same people, start, send, record. Each step is
committed before the next begins; while answers of some are awaited the next are begun.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from activations.destination import Work
from activations.ledger.rows import Doubt, Holds
from activations.messages.courier import MESSAGED_SINCE, Courier, Encoded, first_of_each
from activations.messages.doubts import look_again, recover
from activations.messages.flow import Flow
from activations.model import Message, Rejected, Unknown
from activations.transport.batching import batches

_MESSAGES_PER_LOOK = 1000
_LOST_IN_A_ROW = 3
_LOOKS_PER_LEASE = 6
_SETTLED = ("accepted", "rejected", "unknown", "sending")


def make_round(courier: Courier, outbox: Iterable[Message], is_brief: bool) -> None:
    """Delivers `outbox`, which may be read more than once. is_brief: leaves what is others' and what is held to whoever has the time."""
    recover(courier)
    if not is_brief:
        look_again(courier)
    deliver(courier, _open(courier, outbox, is_counted=True))
    if not (is_brief or courier.tally.stopped):
        _take_up_after_others(courier, outbox)


def deliver(courier: Courier, messages: Iterable[Message]) -> None:
    """Sends messages that this worker does not have yet, in their order, those that it can claim and nobody objects to."""
    tally = courier.tally
    requests = batches(_fitting(courier, messages), lambda row: len(row[1]), courier.ability.limits)
    lost: list[Doubt] = []
    lost_in_a_row = answered = 0
    with Flow(courier, partial(_objections, courier)) as flow:
        while True:
            is_going_on = not (lost or flow.fault or courier.is_to_end or tally.stopped)
            if is_going_on and flow.room and (portion := list(islice(requests, flow.room))):
                answered, at = tally.accepted + tally.rejected.total(), courier.clock()
                started = _begin(courier, portion, at)
                flow.send(first_of_each(portion, started), started, at)
            elif not flow.is_idle:
                lost += flow.record()
            elif lost and not flow.fault:
                lost_in_a_row = 0 if tally.accepted + tally.rejected.total() > answered else lost_in_a_row + len(lost)
                # Only now that every answer of the others is written can a message found at the provider be told from theirs.
                for doubt in lost:
                    if missing := courier.look_up(doubt.message, doubt.claimed_at, doubt.hold):
                        courier.record({doubt.message: Unknown(missing)}, {doubt.message.message_id: doubt.hold})
                lost = []
                if lost_in_a_row >= _LOST_IN_A_ROW:
                    tally.stopped = f"{lost_in_a_row} answers in a row were lost"
            else:
                break
    if flow.fault:
        raise flow.fault
    tally.left += sum(len(request) for request in requests)


def _begin(courier: Courier, requests: list[list[Encoded]], at: datetime) -> Holds:
    """Claims the messages of these requests, gives back those that somebody objects to, and starts the others."""
    ledger, tally = courier.ledger, courier.tally
    wanted = [message for request in requests for message, _ in request]
    holds = ledger.claim(wanted, at)
    tally.elsewhere += len({message.message_id for message in wanted} - holds.keys())
    objections = _objections(courier, [message for message in wanted if message.message_id in holds])
    for message_id, reason in objections.items():
        tally.withheld[reason] += 1
        tally.withheld_ids[message_id] = reason
    ledger.release({message_id: holds.pop(message_id) for message_id in objections if message_id in holds})
    started = ledger.start(holds, courier.clock())
    tally.elsewhere += len(holds) - len(started)
    return started


def _objections(courier: Courier, claimed: Sequence[Message]) -> dict[str, str]:
    """What stands against messages that this worker has claimed, so that whoever else has decided about the same people sees them."""
    found = dict(courier.objections(claimed)) if claimed else {}
    left = [message for message in claimed if message.message_id not in found]
    return found | dict.fromkeys(courier.ledger.uncounted(left, courier.clock()), MESSAGED_SINCE)


def _take_up_after_others(courier: Courier, outbox: Iterable[Message]) -> None:
    """Waits until other workers are done, or seen to be alive, and takes up what one that died leaves behind when its lease ends."""
    first_seen: dict[str, datetime] = {}
    for _ in range(2 * _LOOKS_PER_LEASE):
        others = courier.ledger.others(courier.destination.name)
        is_freed = not others and courier.tally.elsewhere > 0  # by their worker at its end, or by another that saw it dead
        if is_freed or any(is_over for _, is_over in others.values()):
            courier.ledger.sweep()
            recover(courier)
            deliver(courier, _open(courier, outbox, is_counted=False))
        if all(until > first_seen.setdefault(owner, until) for owner, (until, _) in others.items()) or courier.tally.stopped:
            return
        courier.patience.sleep(courier.ledger.lease_seconds / _LOOKS_PER_LEASE)


def _open(courier: Courier, outbox: Iterable[Message], *, is_counted: bool) -> Iterator[Message]:
    """Messages that nobody has dealt with."""
    stream = iter(outbox)
    while some := list(islice(stream, _MESSAGES_PER_LOOK)):
        known = courier.ledger.statuses([message.message_id for message in some])
        for message in some:
            status = known.get(message.message_id)
            if status not in _SETTLED:
                yield message
            elif is_counted:
                courier.tally.already[status] += 1


def _fitting(courier: Courier, messages: Iterable[Message]) -> Iterator[Encoded]:
    """The messages encoded, without those that the provider would not take, which are rejected here."""
    most = courier.ability.limits.row_bytes
    for message in messages:
        try:
            row = courier.destination.encode(Work.MESSAGE, message)
        except ValueError as error:  # e.g. half a character; its words may hold the address
            _reject(courier, message, Rejected("not_encodable", type(error).__name__))
            continue
        if most is not None and len(row) > most:
            _reject(courier, message, Rejected("row_too_large", f"{len(row)} bytes, at most {most} are taken"))
            continue
        yield message, row


def _reject(courier: Courier, message: Message, outcome: Rejected) -> None:
    if holds := courier.ledger.claim([message], courier.clock()):
        courier.record({message: outcome}, holds)
