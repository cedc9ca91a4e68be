"""Instants one after the other: what is decided at each is kept, and what is allowed counts as sent from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from orchestration.replay.scratch import Scratch

#: What is kept of each decision, with the instant at which it was taken.
COLUMNS = "message_id, kind, priority, campaign, profile_id, occurred_at, occasion, channel, purpose, address, reason"
LATER = ("scenario", "product_id", "is_urgent", "because")


def daily(last: datetime, days: int, hours: Sequence[int] = ()) -> list[datetime]:
    """The instants of so many days up to `last`, at its time of day; or at these hours (0 to 23, UTC) of each day."""
    first = last - timedelta(days=days - 1)
    if not hours:
        return [first + timedelta(days=day) for day in range(days)]
    dates = [(first + timedelta(days=day)).replace(minute=0, second=0, microsecond=0) for day in range(days)]
    return [date.replace(hour=hour) for date in dates for hour in sorted(set(hours)) if date.replace(hour=hour) <= last]


def play(
    scratch: Scratch,
    instants: Iterable[datetime],
    campaigns: Sequence[str],
    progress: Callable[[datetime], None] = lambda instant: None,
    after: Callable[[datetime], None] = lambda instant: None,
) -> None:
    """Decides at each instant, in order, and keeps the decisions on these campaigns in the scratch copy's table `replay.played`.

    Messages that are allowed count as sent at once, so that caps and cooldowns act on what follows. after: called with each instant once
    it is decided, while the models are as of it.
    """
    scratch.connection.execute("create schema if not exists replay")
    there = set(scratch.frame("select * from decisions.decisions limit 0").columns)
    columns = ", ".join([COLUMNS, *(name for name in LATER if name in there)])
    scratch.connection.execute(f"""
        create or replace table replay.played as select {columns}, decided_at, 0 as candidates_count from decisions.decisions limit 0
    """)
    wanted = ", ".join(f"'{name}'" for name in campaigns)
    for instant in instants:
        progress(instant)
        scratch.see(instant)
        scratch.connection.execute(f"""
            insert into replay.played by name
            select {columns}, decided_at, count(*) over (partition by message_id) as candidates_count
            from decisions.decisions where campaign in ({wanted})
        """)
        after(instant)
        scratch.send(
            f"select message_id, campaign, profile_id, channel from decisions.decisions "
            f"where kind = 'message' and reason is null and campaign in ({wanted})",
            instant,
        )
