"""Delivers what the outbox wants sent: each message once, whatever happened to the workers before this one and beside it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue

from activations.destination import Destination, Work
from activations.ledger import Ledger, count_held, held
from activations.messages.courier import Clock, Courier, Objections
from activations.messages.report import DeliveryReport
from activations.messages.round import make_round
from activations.messages.spool import Spool
from activations.model import Message
from activations.transport.patience import Patience

_LISTED = 1000


def deliver(
    messages: Iterable[Message],
    destinations: Mapping[str, Destination],
    ledger: Ledger,
    clock: Clock,
    progress: Callable[[str], None] = lambda line: None,
    *,
    objections: Objections = lambda messages: {},
    patience: Patience | None = None,
    is_brief: bool = False,
    wait_seconds: float = 0.0,
    stopwatch: Callable[[], float] = time.perf_counter,
) -> DeliveryReport:
    """Settles what dead workers left in doubt, then delivers `messages`, read once as a stream; memory does not grow
    with their number.

    `destinations` by the name that messages carry; they work side by side, each in its own thread, so that a slow one
    holds up no other. `objections` has the last word: it is asked about each batch in the moment before it is sent,
    those of a dead worker too, by one thread at a time. On PostgreSQL several processes may deliver the same outbox at
    once and share it. `is_brief`: who comes back in a moment does not wait for what other workers have, nor asks again for held ones.
    `wait_seconds`: for another delivery that holds a SQLite ledger; raises LedgerBusyError if it goes on. Raises a fault of ours once
    all destinations have ended; a provider that is down raises nothing but is reported.
    """
    started = stopwatch()
    told: SimpleQueue[bool] = SimpleQueue()
    asked = threading.Lock()

    def objections_one_by_one(batch: Sequence[Message]) -> Mapping[str, str]:
        with asked:
            return objections(batch)

    with ledger.delivering(wait_seconds), ExitStack() as stack:
        bearing = patience or Patience()
        couriers = {
            name: Courier(destination, ledger, clock, bearing, objections_one_by_one, lambda: told.put(False))
            for name, destination in destinations.items()
            if Work.MESSAGE in destination.abilities
        }
        report = DeliveryReport({name: courier.tally for name, courier in couriers.items()})
        spools = {name: stack.enter_context(Spool()) for name in couriers}
        strangers: Counter[str] = Counter()
        wanted = 0
        for message in messages:
            if message.destination in spools:
                spools[message.destination].add(message)
                wanted += 1
            else:
                strangers[message.destination] += 1
        with ThreadPoolExecutor(max_workers=max(1, len(couriers)), thread_name_prefix="courier") as pool:
            rounds = [pool.submit(make_round, courier, spools[name], is_brief) for name, courier in couriers.items()]
            for each in rounds:
                each.add_done_callback(lambda _: told.put(True))
            try:
                ended = 0
                while ended < len(rounds):
                    if told.get():
                        ended += 1
                    else:
                        progress(report.on_its_way(wanted, stopwatch() - started))
            except BaseException:
                for courier in couriers.values():
                    courier.is_to_end = True
                raise
        for each in rounds:
            each.result()
    for name, count in strangers.items():
        what = f"the destination {name!r} takes no messages" if name in destinations else f"no destination is named {name!r}"
        report.notes.append(f"{what}: {count} messages left")
    report.held, report.held_count = list(held(ledger, limit=_LISTED)), count_held(ledger)
    report.notes[:0] = _doubts(report)
    report.seconds = stopwatch() - started
    return report


def _doubts(report: DeliveryReport) -> list[str]:
    in_doubt = sum(tally.in_doubt for tally in report.destinations.values())
    notes = [f"an earlier worker died while sending; {in_doubt} messages were in doubt"] if in_doubt else []
    if lonely := sum(row.destination not in report.destinations for row in report.held):
        notes.append(f"{lonely} messages in doubt belong to destinations that are not set up now; they stay so")
    return notes
