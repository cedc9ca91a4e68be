"""Delivers what the outbox wants sent: each message once, whatever happened to the runs before this one."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from activations.destination import Destination, LooksUp
from activations.ledger import Ledger
from activations.ledger.rows import Claim
from activations.masking import mask
from activations.messages.courier import NOT_CHECKED, Courier, Objections
from activations.messages.report import DeliveryReport, Held
from activations.model import Accepted, Message, Unknown
from activations.transport.patience import Patience

_MESSAGES_PER_LOOK = 1000
_LOOK_AGAIN_FOR = timedelta(days=2)
_SETTLED = ("accepted", "rejected", "unknown", "sending")


def deliver(
    messages: Iterable[Message],
    destinations: Mapping[str, Destination],
    ledger: Ledger,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] = lambda line: None,
    *,
    objections: Objections = lambda messages: {},
    patience: Patience | None = None,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> DeliveryReport:
    """Settles what dead runs left in doubt, then delivers `messages`, read once as a stream; memory does not grow
    with their number.

    `destinations` by the name that messages carry. `objections` has the last word: it is asked about each batch in the
    moment before it is claimed and sent, those of a dead run too. Raises LedgerBusyError if another delivery holds the
    ledger; a provider that is down raises nothing but is reported.
    """
    started = stopwatch()
    bearing = patience or Patience()
    with ledger.exclusive():
        couriers = {name: Courier(destination, ledger, clock, bearing, objections) for name, destination in destinations.items()}
        report = DeliveryReport({name: courier.tally for name, courier in couriers.items()})
        _recover(couriers, ledger, clock, objections, report)
        strangers: Counter[str] = Counter()
        for some in _chunks(messages):
            known = ledger.statuses([message.message_id for message in some])
            for message in some:
                courier = couriers.get(message.destination)
                if courier is None:
                    strangers[message.destination] += 1
                elif (status := known.get(message.message_id)) in _SETTLED:
                    courier.tally.already[status] += 1
                elif courier.take(message):
                    progress(_line(report))
        for courier in couriers.values():
            if courier.flush():
                progress(_line(report))
        report.notes += [f"no destination is named {name!r}: {count} messages left" for name, count in strangers.items()]
        report.held = [_held(claim) for status in ("unknown", "sending") for claim in ledger.in_doubt(status)]
    report.seconds = stopwatch() - started
    return report


def _recover(
    couriers: Mapping[str, Courier],
    ledger: Ledger,
    clock: Callable[[], datetime],
    objections: Objections,
    report: DeliveryReport,
) -> None:
    """Settles the messages that were being sent when their run died: sent again where that is harmless, else looked
    up, else held.

    Held messages of the last two days are looked up once more, because a slow provider may list them late; that never
    sends anything.
    """
    stranded = ledger.in_doubt("sending")
    held = ledger.in_doubt("unknown", since=clock() - _LOOK_AGAIN_FOR)
    if stranded:
        report.notes.append(f"an earlier run died while sending; {len(stranded)} messages were in doubt")
    for name, courier in couriers.items():
        in_doubt = [claim for claim in stranded if claim.message.destination == name]
        if courier.is_repeatable:
            _send_again(courier, [claim.message for claim in in_doubt], ledger, clock, objections)
        else:
            if isinstance(courier.destination, LooksUp):
                in_doubt += [claim for claim in held if claim.message.destination == name]
            _look_up(courier, in_doubt)
        courier.tally.recovered = courier.tally.accepted + courier.tally.rejected.total()
    if lonely := sum(claim.message.destination not in couriers for claim in stranded):
        report.notes.append(f"{lonely} of them belong to destinations that are not set up now; they stay in doubt")


def _send_again(
    courier: Courier,
    messages: list[Message],
    ledger: Ledger,
    clock: Callable[[], datetime],
    objections: Objections,
) -> None:
    objected = objections(messages) if messages else {}
    for message_id, reason in objected.items():
        if reason == NOT_CHECKED:  # in doubt still; the next run looks again
            courier.tally.left += 1
            continue
        held = Unknown(f"its run died while sending, and it may not be sent again: {reason}")
        ledger.record({message_id: held}, clock(), is_repeatable=False)
        courier.tally.unknown += 1
    again = [message for message in messages if message.message_id not in objected]
    ledger.reclaim([message.message_id for message in again], clock())
    courier.deliver(again, is_claimed=True)


def _look_up(courier: Courier, claims: list[Claim]) -> None:
    for number, claim in enumerate(claims):
        outcome = courier.look_up(claim.message, claim.claimed_at)
        if courier.tally.stopped:  # the provider is down: what was in doubt stays so, and the next run asks again
            courier.tally.unknown += sum(left.status == "sending" for left in claims[number:])
            return
        if claim.status == "sending" or isinstance(outcome, Accepted):
            courier.record({claim.message: outcome})


def _chunks(messages: Iterable[Message]) -> Iterator[list[Message]]:
    stream = iter(messages)
    while some := list(islice(stream, _MESSAGES_PER_LOOK)):
        yield some


def _line(report: DeliveryReport) -> str:
    return f"delivered: {report.accepted} accepted, {report.rejected} rejected, {report.unknown} unknown, {report.left} left"


def _held(claim: Claim) -> Held:
    message = claim.message
    return Held(message.message_id, message.campaign, message.destination, mask(message.address), claim.detail or "")
