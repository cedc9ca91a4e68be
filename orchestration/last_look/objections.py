"""What stands against a batch, in SQL: the rows just looked at, mapped to its people by their ids and addresses."""

from __future__ import annotations

import duckdb

#: The tables of the warehouse that are read here.
TABLES = (
    *("identity.profile_ids", "identity.identifiers", "profiles.addresses", "profiles.profiles", "profiles.profile_orders"),
    "staging.stg_feedback__deliveries",
)
#: Of each message its person of today, all ids and addresses of that person, and the ids that records just read add to them.
_PEOPLE = """
create temp table people as
select batch.*, coalesce(profile_ids.current_profile_id, batch.profile_id) as person
from batch left join identity.profile_ids as profile_ids on batch.profile_id = profile_ids.profile_id;
create temp table reached as
select people.message_id, addresses.address from people inner join profiles.addresses as addresses on people.person = addresses.profile_id
union select message_id, address from people;
create temp table ids as
select people.message_id, identifiers.identifier_type as id_type, identifiers.identifier_value as id_value
from people inner join identity.identifiers as identifiers on people.person = identifiers.profile_id
union
select reached.message_id, persons.person_type, persons.person_id
from looked_stg_all__persons as persons inner join reached on reached.address in (persons.email, persons.phone);
create temp table bought as
select ids.message_id, orders.* from looked_stg_all__orders as orders
inner join ids on orders.customer_type = ids.id_type and orders.customer_id = ids.id_value
union
select reached.message_id, orders.* from looked_stg_all__orders as orders
inner join reached on reached.address in (orders.email, orders.phone);
create temp table asked as
select ids.message_id, tickets.is_complaint from looked_stg_all__tickets as tickets
inner join ids
    on (tickets.customer_type = ids.id_type and tickets.customer_id = ids.id_value)
    or (tickets.contact_type = ids.id_type and tickets.contact_id = ids.id_value)
where tickets.status in ('open', 'pending')
union
select reached.message_id, tickets.is_complaint from looked_stg_all__tickets as tickets
inner join reached on reached.address in (tickets.email, tickets.phone)
where tickets.status in ('open', 'pending');
"""

#: In the order of the reasons of decisions.decisions. A message of a dead run, which is in no outbox now, goes as marketing only to
#: whom its channel may be used for that, and not after an order or a return; another to whom the address still belongs, unless suppressed.
_OBJECTIONS = """
select people.message_id, 1 as place, 'suppressed' as reason
from people inner join looked_stg_feedback__engagements as said on people.channel = said.channel
left join staging.stg_feedback__deliveries as deliveries on said.message_id = deliveries.message_id
left join identity.profile_ids as about on deliveries.profile_id = about.profile_id
where (said.status in ('complained', 'unsubscribed') and (
        said.address = people.address or about.current_profile_id = people.person
        or (people.message_id, said.address) in (select (message_id, address) from reached)))
    or (said.status = 'bounced' and said.address = people.address)
union all
select people.message_id, 2, 'no_consent'
from people inner join ids on people.message_id = ids.message_id
inner join (
    select person_type, person_id, channel, purpose, arg_max(status, (recorded_at, updated_at, status)) as status
    from looked_stg_all__consents group by all
) as stated on ids.id_type = stated.person_type and ids.id_value = stated.person_id
    and people.channel = stated.channel and people.purpose = stated.purpose
where stated.status = 'withdrawn'
union all
select people.message_id, 3, 'unreachable'
from people left join profiles.profiles as profiles on people.person = profiles.profile_id
where not people.is_current
    and not coalesce(
        case
            when people.purpose = 'marketing'
                then case people.channel when 'sms' then profiles.is_sms_reachable else profiles.is_email_reachable end
            else
                not case people.channel when 'sms' then profiles.is_sms_suppressed else profiles.is_email_suppressed end
                and people.address in (
                    select own.address from profiles.addresses as own where own.profile_id = people.person
                )
        end,
        false
    )
union all
select people.message_id, 4, 'ordered_since'
from people inner join bought on people.message_id = bought.message_id
where people.is_void_after_order and bought.status in ('paid', 'shipped', 'delivered') and bought.total_amount > 0
    and bought.ordered_at >= people.occurred_at
union all
select people.message_id, 5, 'returned_since'
from people inner join (
    select message_id, order_id from bought
    union
    select people.message_id, orders.order_id
    from people inner join profiles.profile_orders as orders on people.person = orders.profile_id
) as own on people.message_id = own.message_id
inner join looked_stg_all__refunds as refunds on own.order_id = refunds.order_id
where people.is_void_after_return and refunds.refunded_at >= people.occurred_at
union all
select people.message_id, 6, 'waiting_for_service'
from people inner join asked on people.message_id = asked.message_id
where people.is_void_while_ticket
    or (people.purpose = 'marketing' and ($hold = 'ticket' or ($hold = 'complaint' and asked.is_complaint)))
"""


def objections(connection: duckdb.DuckDBPyConnection, hold_while_open: str) -> dict[str, str]:
    """The first reason against each message of the relation `batch`, by the relations that `Staging.made_of` gives."""
    connection.execute(_PEOPLE)
    query = f"select message_id, arg_min(reason, place) from ({_OBJECTIONS}) group by message_id"
    return dict(connection.execute(query, {"hold": hold_while_open}).fetchall())
