"""Let days pass: reveal what was planned, rewrite the export's last days, let customers answer what they were sent."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from demo.provider.past import remember
from demo.provider.reactions import Reaction
from demo.provider.state import InboxMessage, ProviderState
from demo.shop.answers import Answer, addressees, answers, led_to, withdrawals
from demo.shop.build import Progress, add_events, merged, plans, service_url, silent
from demo.shop.clock import DAY, HORIZON, Clock, moment, read_clock, web_start, write_clock
from demo.shop.databases import Rows, opened, require, write
from demo.shop.events import find_events
from demo.shop.export import DayFiles
from demo.shop.ga4 import ga4_table
from demo.shop.newsletters import mailed
from demo.shop.order_rows import order_rows
from demo.shop.people import chunk_sizes
from demo.shop.plan import Plan
from demo.shop.shop_rows import product_rows
from demo.shop.spoiled import spoil_dates, spoiled_rows
from demo.shop.tables import CRM, SERVICE, SHOP
from demo.shop.truth import TruthFiles

_REWRITTEN_DAYS = 3
_ORDER_DAYS = 200  # after so long nothing changes any more in an order that a message led to


def advance(folder: Path, *, shop_url: str, crm_url: str, days: int = 1, progress: Progress = silent) -> None:
    """Let `days` pass in the world of `folder`. Told again after a crash, a day leaves the same world.

    Raises FileNotFoundError without a world, LookupError when a table is missing, and ValueError for `days` below 1 or
    beyond the horizon, a year after the fixed day.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, not {days}")
    for _ in range(days):
        clock = read_clock(folder)
        later = replace(clock, as_of=clock.as_of + timedelta(days=1))
        if later.now > HORIZON:
            raise ValueError(f"the demo shop is planned up to {moment(HORIZON):%Y-%m-%d}: create it anew")
        _one_day(folder, shop_url, crm_url, clock, later, progress)
        write_clock(folder, later)
        progress(f"demo shop: it is {later.as_of:%Y-%m-%d %H:%M} UTC")


def _one_day(folder: Path, shop_url: str, crm_url: str, before: Clock, after: Clock, progress: Progress) -> None:
    since, now = before.now, after.now
    provider = _provider(folder)
    waiting: list[InboxMessage] = provider.messages(moment(since - _ORDER_DAYS * DAY)) if provider else []
    first_day = max(now // DAY - _REWRITTEN_DAYS, web_start(before.web_days) // DAY)
    try:
        with opened(shop_url) as shop, opened(crm_url) as crm, opened(service_url(folder)) as service:
            require(shop, SHOP)
            require(crm, CRM)
            require(service, SERVICE)
            with TruthFiles(folder, keep=True) as truth, DayFiles(folder, first_day, now // DAY) as files:
                write(shop, SHOP, {"products": product_rows(since, now)}, replace=True)
                for plan in plans(before.seed, chunk_sizes(before.customers), before.web_days, progress):
                    shop_rows, crm_rows = plan.shop(since, now), plan.crm(since, now)
                    truth.add(plan, shop_rows, crm_rows, now)
                    given, waiting = _given(plan, waiting, now)
                    moved = _moved(plan, given, files, since, now)
                    spoiled = spoiled_rows(plan.people, since, now)
                    write(shop, SHOP, merged(shop_rows, moved, spoiled), replace=True)
                    write(crm, CRM, merged(crm_rows, {"consents": withdrawals(plan, given, since)}), replace=True)
                    write(service, SERVICE, plan.service(since, now), replace=True)
                    add_events(files, plan, now)
                    if provider:
                        _tell(provider, given, since)
                        remember(provider, mailed(plan, since, now))
            spoil_dates(shop)
    finally:
        if provider:
            provider.close()


def _provider(folder: Path) -> ProviderState | None:
    """The provider's state where there is one."""
    file = folder / "provider.db"
    return ProviderState(file) if file.exists() else None


def _given(plan: Plan, waiting: list[InboxMessage], now: int) -> tuple[list[Answer], list[InboxMessage]]:
    """The answers of this chunk's people, and the messages that are for others."""
    people = addressees(plan, now) if waiting else {}
    mine, others = [], []
    for message in waiting:
        address = message.address.strip().lower() if message.channel == "email" else message.address
        person = people.get((message.channel, address))
        if person is None:
            others.append(message)
        else:
            mine.append((person, message))
    return answers(plan, mine, now), others


def _moved(plan: Plan, given: list[Answer], files: DayFiles, since: int, now: int) -> Rows:
    """What messages moved people to: their visits go into the export, their orders come back as rows."""
    orders, visits = led_to(plan, given)
    first, last = files.days.start * DAY, now + 1
    events = find_events(plan.people, orders, visits, first, last, now)
    if len(events):
        files.add(ga4_table(plan.people, orders, visits, events))
    return order_rows(plan.people, plan.addresses, orders, since, now)


def _tell(provider: ProviderState, given: list[Answer], since: int) -> None:
    """Tell the provider what became of its messages; it knows what it was told before."""
    provider.react_all(
        Reaction(a.message_id, a.status, moment(a.at), a.is_machine)
        for a in given
        if a.status not in ("bought", "visited") and a.at > since
    )
