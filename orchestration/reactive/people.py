"""Whom new rows are about, by identity as the last run left it; and who is behind the same addresses and devices with them.

A little longer than others, for the questions follow from each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import duckdb

from orchestration.reactive.keys import keys_in

#: The types of identifiers that are no ids of a system.
_REACHED = "('email', 'phone', 'ga_pseudo_id')"
_TABLES = {
    "fresh": "kind varchar, value varchar",
    "waiting": "profile_id varchar",
    "asked": "profile_id varchar",
    "everybody": "profile_id varchar",
}

#: Of `concerned.fresh` the people, and the keys that are nobody's yet.
_FOUND = f"""
create or replace table concerned.met as
select fresh.kind, fresh.value, given.profile_id from concerned.fresh as fresh
inner join kept.identity.identifiers as given on fresh.value = given.identifier_value
where (fresh.kind = 'id' and given.identifier_type not in {_REACHED}) or (fresh.kind = 'email' and given.identifier_type = 'email')
    or (fresh.kind = 'number' and given.identifier_type = 'phone')
union all
select fresh.kind, fresh.value, owners.profile_id from concerned.fresh as fresh
inner join kept.identity.device_owners as owners on fresh.kind = 'device' and fresh.value = owners.user_pseudo_id
union all
select fresh.kind, fresh.value, given.profile_id from concerned.fresh as fresh
inner join kept.staging.int_phones_parsed as spelled on fresh.kind = 'phone' and fresh.value = spelled.phone_raw
inner join kept.identity.identifiers as given on given.identifier_type = 'phone' and spelled.phone = given.identifier_value
union all
select fresh.kind, fresh.value, named.current_profile_id from concerned.fresh as fresh
inner join kept.raw.feedback_deliveries as sent on fresh.kind = 'message' and fresh.value = sent.message_id
inner join kept.identity.profile_ids as named on sent.profile_id = named.profile_id;
insert into concerned.waiting select distinct profile_id from concerned.met except select profile_id from concerned.waiting;
"""
_AGAIN = """
insert into concerned.waiting
select distinct current_profile_id from kept.identity.profile_ids where profile_id in (select unnest($ids))
except select profile_id from concerned.waiting
"""
#: Whom a tick asked about that came to no end.
_LEFT = "insert into concerned.waiting from concerned.asked except from concerned.waiting"
_UNKNOWN = """
select count(*) from (
    select value from concerned.fresh where kind in ('id', 'device') except select value from concerned.met where kind in ('id', 'device')
)
"""
_ADDRESSED = """
insert into concerned.everybody
select distinct others.profile_id from kept.identity.identifiers as own
inner join kept.identity.identifiers as others on own.identifier_key = others.identifier_key
where own.identifier_type in ('email', 'phone') and own.profile_id in (select profile_id from concerned.everybody)
except select profile_id from concerned.everybody
"""
_IDS = f"""
create or replace table concerned.ids as
select distinct identifier_value as value from kept.identity.identifiers
where identifier_type not in {_REACHED} and profile_id in (select profile_id from concerned.everybody)
"""
_DEVICES = """
create or replace table concerned.devices as
select user_pseudo_id as value from kept.identity.device_owners where profile_id in (select profile_id from concerned.everybody)
"""
_LOGINS = """
insert into concerned.devices
select {device} from kept.{table} where user_id in (select value from concerned.ids) and {device} is not null
except select value from concerned.devices
"""
_SHARING = f"""
insert into concerned.everybody
select profile_id from kept.identity.device_owners where user_pseudo_id in (select value from concerned.devices)
union
select given.profile_id from kept.{{table}} as events
inner join kept.identity.identifiers as given on events.user_id = given.identifier_value and given.identifier_type not in {_REACHED}
where events.{{device}} in (select value from concerned.devices)
except select profile_id from concerned.everybody
"""
_THEIRS = """
create or replace table concerned.names as
select profile_id from kept.identity.profile_ids where current_profile_id in (select profile_id from concerned.everybody);
create or replace table concerned.components as
select distinct component_key from kept.identity.profile_ids where current_profile_id in (select profile_id from concerned.everybody);
create or replace table concerned.addresses as
select distinct identifier_value as value from kept.identity.identifiers
where identifier_type in ('email', 'phone') and profile_id in (select profile_id from concerned.everybody);
create or replace table concerned.spellings as
select phone_raw from kept.staging.int_phones_parsed where phone in (select value from concerned.addresses);
create or replace table concerned.messages as
select message_id from kept.raw.feedback_deliveries where profile_id in (select profile_id from concerned.names);
create or replace table concerned.references as
select distinct replace(replace(provider_ref, '<', ''), '>', '') as provider_ref from kept.raw.feedback_deliveries
where profile_id in (select profile_id from concerned.names) and provider_ref is not null;
create or replace table concerned.namesakes as
select unnest([min(message_id), max(message_id)]) as message_id from kept.raw.feedback_deliveries
where replace(replace(provider_ref, '<', ''), '>', '') in (select provider_ref from concerned.references)
group by destination, replace(replace(provider_ref, '<', ''), '>', '');
"""


class People:
    """The tables of the schema `concerned`, in a connection with `kept`. events: the kept tables of events, each with its column of the
    device; orders: the kept tables of orders, with their columns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute("create schema if not exists concerned")
        for name, columns in _TABLES.items():
            connection.execute(f"create table concerned.{name} ({columns})")

    def due(self, events: Iterable[tuple[str, str]], waits: Iterable[timedelta], after: datetime, until: datetime) -> None:
        """Adds those for whom time alone may have made something due: a wait that began with an event was over in this time."""
        over = " or ".join(f"(event_at > timestamp '{after - wait}' and event_at <= timestamp '{until - wait}')" for wait in sorted(waits))
        for table, device in events if over else ():
            for kind, column in (("device", device), ("id", "user_id")):
                theirs = f"{column} is not null and ({over})"
                self._connection.execute(f"insert into concerned.fresh select distinct '{kind}', {column} from kept.{table} where {theirs}")

    def again(self, profile_ids: Sequence[str]) -> None:
        """Adds people, by any of their ids."""
        self._connection.execute(_AGAIN, {"ids": list(profile_ids)})

    def done(self) -> None:
        """What was decided about those chosen last is done."""
        self._connection.execute("delete from concerned.asked")

    def choose(self, events: Sequence[tuple[str, str]], orders: Mapping[str, Sequence[str]], most: int) -> tuple[int, int, int]:
        """Chooses whom to work out, at most so many: how many they are, how many wait, and how many keys are nobody's yet. They are chosen
        again until `done`."""
        self._connection.execute(_LEFT)
        for table, columns in orders.items():
            for kind, value in keys_in(table, columns):
                theirs = f"{value} is not null and order_id in (select value from concerned.fresh where kind = '{table}')"
                self._connection.execute(f"insert into concerned.fresh select '{kind}', {value} from kept.{table} where {theirs}")
        self._connection.execute(_FOUND)
        ((unknown,),) = self._connection.execute(_UNKNOWN).fetchall()
        self._connection.execute(f"""
            create or replace table concerned.asked as from concerned.waiting limit {most};
            delete from concerned.waiting where profile_id in (select profile_id from concerned.asked);
            delete from concerned.fresh;
            create or replace table concerned.everybody as from concerned.asked""")
        for _ in range(2):
            self._connection.execute(_ADDRESSED)
            self._connection.execute(_IDS)
            self._connection.execute(_DEVICES)
            for table, device in events:
                self._connection.execute(_LOGINS.format(table=table, device=device))
                self._connection.execute(_SHARING.format(table=table, device=device))
        self._connection.execute(_IDS)
        self._connection.execute(_THEIRS)
        count = "select (select count(*) from concerned.asked), (select count(*) from concerned.waiting)"
        ((asked, waiting),) = self._connection.execute(count).fetchall()
        return asked, waiting, unknown
