"""What dead workers were sending, and what is held: settled where that is possible without sending anything twice."""

from datetime import timedelta
from itertools import islice

from activations.destination import LooksUp, Work
from activations.ledger.rows import Doubt, Holds
from activations.messages.courier import NOT_CHECKED, Courier, first_of_each
from activations.messages.flow import Flow
from activations.model import Accepted, Message, Rejected, Settled, Unknown
from activations.transport.batching import batches

_NOT_CONFIRMED = Unknown("sent by a worker that died, and not yet confirmed")
_LOOK_AGAIN_FOR = timedelta(days=2)


def recover(courier: Courier) -> None:
    """Settles the messages that dead workers were sending: sent again where that is harmless, else looked up, else held."""
    tally = courier.tally
    before = tally.accepted + tally.rejected.total()
    while not courier.is_to_end and (doubts := courier.ledger.take_over(courier.destination.name, courier.clock())):
        tally.in_doubt += len(doubts)
        if courier.ability.is_repeatable:
            _send_again(courier, doubts)
            continue
        for number, doubt in enumerate(doubts):
            missing = courier.look_up(doubt.message, doubt.claimed_at, doubt.hold)
            if tally.stopped:  # the provider is down: what was in doubt stays so, and the next run asks again
                tally.unknown += len(doubts) - number
                break
            if missing:
                courier.record({doubt.message: Unknown(missing)}, {doubt.message.message_id: doubt.hold})
        if tally.stopped:
            break
    tally.recovered += tally.accepted + tally.rejected.total() - before


def look_again(courier: Courier) -> None:
    """Held messages of the last two days are looked up once more, because a slow provider may list them late; that never sends anything."""
    after = ""
    is_found = courier.tally.accepted
    while isinstance(courier.destination, LooksUp) and not (courier.tally.stopped or courier.is_to_end):
        since = courier.clock() - _LOOK_AGAIN_FOR
        held = courier.ledger.unknown_since(courier.destination.name, since, after)
        for message, claimed_at in held:
            if not courier.tally.stopped:
                courier.look_up(message, claimed_at, None)
            after = message.message_id
        if not held:
            break
    courier.tally.recovered += courier.tally.accepted - is_found


def _send_again(courier: Courier, doubts: list[Doubt]) -> None:
    holds = {doubt.message.message_id: doubt.hold for doubt in doubts}
    encoded = ((doubt.message, courier.destination.encode(Work.MESSAGE, doubt.message)) for doubt in doubts)
    requests = batches(encoded, lambda row: len(row[1]), courier.ability.limits)
    with Flow(courier, courier.objections, _doubted) as flow:
        while True:
            is_going_on = not (flow.fault or courier.tally.stopped)
            if is_going_on and flow.room and (portion := list(islice(requests, flow.room))):
                allowed = _allowed(courier, [message for request in portion for message, _ in request], holds)
                at = courier.clock()
                started = courier.ledger.start(allowed, at)
                flow.send(first_of_each(portion, started), started, at)
            elif not flow.is_idle:
                flow.record()
            else:
                break
    if flow.fault:
        raise flow.fault
    if left := [message for request in requests for message, _ in request]:
        courier.record(dict.fromkeys(left, _NOT_CONFIRMED), {message.message_id: holds[message.message_id] for message in left})


def _allowed(courier: Courier, messages: list[Message], holds: Holds) -> Holds:
    """Those of the messages that nobody objects to; the others may have gone out, and are held or left in doubt."""
    objected = courier.objections(messages)
    allowed: Holds = {}
    for message_id in (message.message_id for message in messages):
        reason = objected.get(message_id)
        if reason is None:
            allowed[message_id] = holds[message_id]
        elif reason == NOT_CHECKED:  # in doubt still; the next run looks again
            courier.tally.left += 1
        else:
            words = f"its worker died while sending, and it may not be sent again: {reason}"
            held = courier.ledger.record(
                {message_id: Unknown(words)}, {message_id: holds[message_id]}, courier.clock(), is_repeatable=False
            )
            courier.tally.unknown += len(held)
    return allowed


def _doubted(outcome: Settled) -> Settled:
    """What an outcome means for a row that a dead worker may have sent already: 'not sent' would be claiming too much."""
    return outcome if isinstance(outcome, Accepted | Rejected) else _NOT_CONFIRMED
