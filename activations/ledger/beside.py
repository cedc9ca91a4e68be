"""What else went, or is about to go, to the readers of a message: two may have decided about one person at the same time, and neither
knew of the other. A step of a transaction, like `claims`.

Who asks has claimed its message before, in a transaction that is over: of two that ask about each other at the same time at least one
sees the other.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from activations.ledger.database import given
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
    names = ["asking_id", "profile_id"]
    heard = given(connection, names, [[one.message_id, reader] for one in asking.values() for reader in one.readers]).subquery("heard")
    own = given(connection, names, [[one.message_id, one.profile_id] for one in asking.values()]).subquery("own")
    is_claimed = (_TABLE.status == "pending") & _TABLE.owner.is_not(None) & sa.not_(leases.over())
    sent_at = sa.func.coalesce(_TABLE.finished_at, _TABLE.claimed_at)
    is_there = is_claimed | (_TABLE.status.in_(("accepted", "unknown", "sending")) & (sent_at > at - LOOKED_BACK))

    def found(asked: sa.Subquery) -> sa.Select[tuple[str, str, str]]:
        columns = (asked.c.asking_id, _TABLE.message_id, _TABLE.campaign)
        return sa.select(*columns).where(is_there, _TABLE.message_id != asked.c.asking_id)

    # theirs to one of my readers; and theirs that I read too, as far as they knew
    mine = found(heard).join_from(heard, deliveries, _TABLE.profile_id == heard.c.profile_id)
    told = found(own).select_from(
        own.join(readers, readers.c.profile_id == own.c.profile_id).join(deliveries, _TABLE.message_id == readers.c.message_id)
    )
    waiting: set[str] = set()
    for row in connection.execute(sa.union(mine, told)):
        message = asking[row.asking_id]
        if (message.is_limited or message.campaign == row.campaign) and row.message_id not in (message.counted_ids or "").split(SEPARATOR):
            waiting.add(row.asking_id)
    return waiting
