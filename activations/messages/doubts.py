"""What dead workers were sending, and what is held: settled where that is possible without sending anything twice."""

from datetime import timedelta

from activations.destination import LooksUp, Work
from activations.ledger.rows import Doubt, Holds
from activations.messages.courier import NOT_CHECKED, Courier, first_of_each
from activations.model import Message, Unknown

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
    objected = courier.objections([doubt.message for doubt in doubts])
    holds: Holds = {}
    again: list[Message] = []
    for doubt in doubts:
        message_id, reason = doubt.message.message_id, objected.get(doubt.message.message_id)
        if reason is None:
            again.append(doubt.message)
            holds[message_id] = doubt.hold
        elif reason == NOT_CHECKED:  # in doubt still; the next run looks again
            courier.tally.left += 1
        else:
            words = f"its worker died while sending, and it may not be sent again: {reason}"
            held = courier.ledger.record({message_id: Unknown(words)}, {message_id: doubt.hold}, courier.clock(), is_repeatable=False)
            courier.tally.unknown += len(held)
    encoded = ((message, courier.destination.encode(Work.MESSAGE, message)) for message in again)
    for group in courier.groups(encoded):
        mine = {message.message_id: holds[message.message_id] for request in group for message, _ in request}
        if courier.tally.stopped:
            words = "sent by a worker that died, and not yet confirmed"
            courier.record({message: Unknown(words) for request in group for message, _ in request}, mine)
            continue
        started = courier.ledger.start(mine, courier.clock())
        courier.send_again(first_of_each(group, started), started)
