"""What else went, or is about to go, to the readers of a message: two may have decided about one person at the same time, and neither
knew of the other. A step of a transaction, like `claims`.

Who asks has claimed its message before, in a transaction that is over: of two that ask about each other at the same time at least one
sees the other.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from activations.ledger.database import among
from activations.ledger.leases import Leases
from activations.ledger.tables import deliveries, readers
from activations.model import SEPARATOR, Message

LOOKED_BACK = timedelta(days=2)
"""No two that decide at the same time are further apart; what a decision counted is named for longer (decisions.int_messages_beside)."""
_TABLE = deliveries.c


def uncounted(connection: sa.Connection, messages: Iterable[Message], leases: Leases, at: datetime) -> set[str]:
    """Those of the messages that must wait for the next decision, because of what theirs did not count of the same readers: for marketing
    any message that went out, may have, or is somebody's to send now; for others one of their own campaign, which may be the same under
    another id."""
    asking = {message.message_id: message for message in messages if message.counted_ids is not None}
    if not asking:
        return set()
    is_claimed = (_TABLE.status == "pending") & _TABLE.owner.is_not(None) & sa.not_(leases.over())
    sent_at = sa.func.coalesce(_TABLE.finished_at, _TABLE.claimed_at)
    status = sa.func.coalesce(_TABLE.status, "")  # of the indexes that of the people is of use, and that of the readers
    is_there = is_claimed | (status.in_(("accepted", "unknown", "sending")) & (sent_at > at - LOOKED_BACK))
    theirs: dict[str, list[Message]] = defaultdict(list)
    for message in asking.values():
        for reader in message.readers:
            theirs[reader].append(message)
    query = sa.select(_TABLE.profile_id, _TABLE.message_id, _TABLE.campaign)
    found = [(row.profile_id, row) for row in connection.execute(query.where(among(connection, _TABLE.profile_id, theirs), is_there))]
    # and what I read too, as far as others knew
    own = {message.profile_id for message in asking.values()}
    noted = sa.select(readers.c.profile_id.label("reader_id"), readers.c.message_id).where(among(connection, readers.c.profile_id, own))
    told = {(row.message_id, row.reader_id) for row in connection.execute(noted)}
    sent = among(connection, _TABLE.message_id, {message_id for message_id, _ in told})
    rows = {row.message_id: row for row in connection.execute(query.where(sent, is_there))} if told else {}
    found += [(reader, rows[message_id]) for message_id, reader in told if message_id in rows]
    waiting: set[str] = set()
    for reader, row in found:
        for message in theirs[reader]:
            is_meant = message.is_limited or message.campaign == row.campaign
            if is_meant and row.message_id != message.message_id and row.message_id not in (message.counted_ids or "").split(SEPARATOR):
                waiting.add(message.message_id)
    return waiting
