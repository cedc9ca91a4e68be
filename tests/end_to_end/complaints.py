"""What users of other systems complain of, asked of a warehouse and its ledger: each query finds the messages that should not have gone."""

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

#: Everything that a provider took or may have taken, by the ledger, with what it was about and the address that it went to.
SENT = """
    with purposes as ({purposes}),
    sent as (
        select deliveries.message_id, deliveries.campaign, deliveries.channel, ids.current_profile_id as profile_id,
            coalesce(purposes.purpose, 'marketing') as purpose,
            case deliveries.channel when 'sms' then profiles.phone else profiles.email end as address, deliveries.claimed_at as sent_at
        from ledger as deliveries
        inner join identity.profile_ids as ids using (profile_id)
        inner join profiles.profiles as profiles on ids.current_profile_id = profiles.profile_id
        left join purposes using (campaign)
        where deliveries.status in ('accepted', 'unknown', 'sending')
    )
"""

#: More than one marketing message in 24 hours, or three in 7 days, by address, and by person; one SMS in 7 days.
OVER_A_CAP = """
    select sent.message_id, {by}, count(*) as messages
    from sent inner join sent as earlier using ({by})
    where sent.purpose = 'marketing' and earlier.purpose = 'marketing'
        and earlier.sent_at > sent.sent_at - interval '{hours}' hour and earlier.sent_at <= sent.sent_at
        and ('{channel}' = 'all' or (sent.channel = '{channel}' and earlier.channel = '{channel}'))
    group by sent.message_id, {by}
    having count(*) > {most}
"""

#: Marketing of one campaign to one person twice within two days: the same again.
SAME_AGAIN = """
    select sent.message_id, earlier.message_id
    from sent inner join sent as earlier using (profile_id, campaign)
    where sent.purpose = 'marketing' and sent.message_id <> earlier.message_id
        and earlier.sent_at > sent.sent_at - interval '48' hour and earlier.sent_at <= sent.sent_at
"""

#: A reminder of a basket after which something was bought, and known to be, before the reminder left.
CART_AFTER_PURCHASE = """
    select sent.message_id
    from sent
    inner join marts.carts as carts using (profile_id)
    inner join profiles.profile_orders as orders using (profile_id)
    where sent.campaign in ('cart_abandoned', 'cart_abandoned_again') and orders.is_paid and carts.last_cart_at <= sent.sent_at
        and orders.ordered_at >= carts.last_cart_at and orders.ordered_at <= sent.sent_at and orders.ingested_at <= sent.sent_at
"""

#: Somebody who bought within the last week, and is known to, is asked to come back.
COME_BACK_AFTER_PURCHASE = """
    select sent.message_id
    from sent inner join profiles.profile_orders as orders using (profile_id)
    where sent.campaign in (select campaign from decisions.campaigns where scenario in ('come_back', 'silence')) and orders.is_paid
        and orders.ordered_at > sent.sent_at - interval '8' day and orders.ordered_at <= sent.sent_at and orders.ingested_at <= sent.sent_at
"""


def asked(data: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query over `sent` finds in a data folder."""
    with sqlite3.connect(data / "ledger.db") as ledger:
        rows = pd.read_sql("select * from deliveries", ledger, parse_dates=["claimed_at"]).astype({"claimed_at": "datetime64[us]"})
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select campaign from decisions.campaigns where kind = 'message'").fetchall()]
        purposes = " union ".join(f"select campaign, purpose from triggers.{name}" for name in names)
        connection.register("ledger", rows)
        return connection.execute(SENT.format(purposes=purposes) + query).fetchall()
