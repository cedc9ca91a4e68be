"""The tables of the provider's SQLite file. Times are microseconds since 1970 (`_us`) or whole seconds (`_s`), UTC."""

from collections.abc import Sized

import orjson


def to_json(value: object) -> str:
    """A value as the text of a JSON column."""
    return orjson.dumps(value).decode()


def marks(values: Sized) -> str:
    """As many place holders as there are values: `?, ?, ?`."""
    return ", ".join("?" * len(values))


SCHEMA = """
create table if not exists profiles (
    seq integer primary key, external_id text unique, email text unique, phone text unique,
    first_name text, last_name text, more text not null, properties text not null,
    created_us integer not null, updated_us integer not null
);
create table if not exists lists (
    seq integer primary key, name text not null, opt_in_process text not null, created_us integer not null
);
create index if not exists lists_by_name on lists (name);
create table if not exists list_members (
    list_seq integer not null, profile_seq integer not null, joined_us integer not null,
    primary key (list_seq, profile_seq)
) without rowid;
create table if not exists metrics (
    seq integer primary key, name text not null unique, integration text not null, created_us integer not null
);
create table if not exists events (
    seq integer primary key, profile_seq integer not null, metric_seq integer not null, unique_id text not null,
    time_s integer not null, properties text not null,
    unique (profile_seq, metric_seq, unique_id)
);
create index if not exists events_by_time on events (time_s, seq);
create table if not exists messages (
    seq integer primary key, provider text not null, channel text not null, direction text not null,
    address text not null, profile_seq integer, campaign text not null, subject text not null, body text not null,
    message_key text, status text not null, accepted_us integer not null,
    account text, sender text, service text, segments integer not null, html text, args text, callback text
);
create index if not exists messages_by_address on messages (address, seq);
create index if not exists messages_inbound on messages (sender, seq) where direction = 'inbound';
create index if not exists messages_unsettled on messages (accepted_us) where status = 'accepted';
create table if not exists reactions (
    seq integer primary key, message_seq integer not null, status text not null, at_us integer not null,
    is_machine integer not null, unique (message_seq, status, at_us)
);
create table if not exists suppressions (
    channel text not null, address text not null, reason text not null, at_us integer not null,
    primary key (channel, address)
) without rowid;
create table if not exists jobs (
    seq integer primary key, kind text not null, outcome text not null, created_us integer not null,
    total integer not null, failed integer not null, polls integer not null
);
create table if not exists job_errors (
    job_seq integer not null, position integer not null, code text not null, detail text not null,
    pointer text not null, payload text not null, primary key (job_seq, position)
) without rowid;
create table if not exists sendgrid_contacts (
    seq integer primary key, email text unique, phone_number_id text unique, external_id text unique, anonymous_id text unique,
    fields text not null, custom text not null, created_us integer not null, updated_us integer not null
);
create table if not exists sendgrid_lists (seq integer primary key, name text not null unique);
create table if not exists sendgrid_members (
    list_seq integer not null, contact_seq integer not null, primary key (list_seq, contact_seq)
) without rowid;
create table if not exists sendgrid_fields (
    seq integer primary key, name text not null unique collate nocase, field_type text not null
);
create table if not exists sendgrid_jobs (
    seq integer primary key, job_type text not null, outcome text not null, created_us integer not null, polls integer not null,
    requested integer not null, created integer not null, updated integer not null, deleted integer not null, errors text not null
);
create table if not exists sendgrid_suppressions (
    kind text not null, address text not null, reason text not null, at_us integer not null, primary key (kind, address)
) without rowid;
create table if not exists callbacks (
    seq integer primary key, message_seq integer not null, event text not null, at_us integer not null, is_machine integer not null,
    state text not null
);
create index if not exists callbacks_waiting on callbacks (seq) where state = 'waiting';
create table if not exists secrets (name text primary key, value text not null) without rowid;
create table if not exists counters (name text primary key, value integer not null) without rowid;
"""

# Klaviyo's own metrics, there from the first day, by our word for what happened.
ENGAGEMENT_METRICS = {
    "delivered": "Received Email",
    "opened": "Opened Email",
    "clicked": "Clicked Email",
    "bounced": "Bounced Email",
    "complained": "Marked Email as Spam",
    "unsubscribed": "Unsubscribed from Email Marketing",
}
