"""What becomes of a message (delivered, opened, clicked, bounced, complained, unsubscribed), and what follows."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from demo.provider import ids
from demo.provider.clock import to_us
from demo.provider.schema import ENGAGEMENT_METRICS, to_json

# A message shows the furthest that happened to it.
RANK = {
    "accepted": 0,
    "queued": 0,
    "sent": 1,
    "delivered": 2,
    "opened": 3,
    "clicked": 4,
    "bounced": 5,
    "complained": 6,
    "unsubscribed": 7,
}
# Who may no longer get anything on this channel, and why, in Klaviyo's words.
SUPPRESSING = {"bounced": "HARD_BOUNCE", "complained": "SPAM_COMPLAINT", "unsubscribed": "UNSUBSCRIBE"}
# On which of SendGrid's lists they are from then on.
SENDGRID_SUPPRESSING = {"bounced": "bounces", "complained": "spam_reports", "unsubscribed": "unsubscribes"}
SENDGRID_REASONS = {"bounced": "550 5.1.1 The email account does not exist.", "complained": "", "unsubscribed": ""}
_TOLD_BY_TWILIO = {"sent", "delivered", "bounced"}
_ONCE = {"delivered", "bounced", "complained", "unsubscribed"}
_NEED_DELIVERY = {"opened", "clicked", "complained", "unsubscribed"}


@dataclass(frozen=True)
class Reaction:
    """One thing that happened to a message at an aware instant; `is_machine`: a scanner opened or clicked it."""

    message_id: str
    status: str
    at: datetime
    is_machine: bool = False


def apply_reactions(connection: sqlite3.Connection, reactions: Iterable[Reaction]) -> None:
    """Write reactions inside the caller's transaction. LookupError: no such message; ValueError: no such status."""
    for reaction in reactions:
        if reaction.status not in ENGAGEMENT_METRICS:
            raise ValueError(f"unknown status {reaction.status!r}; one of {', '.join(ENGAGEMENT_METRICS)}")
        message = find_message(connection, reaction.message_id)
        if message is None:
            raise LookupError(f"the provider has no message {reaction.message_id!r}")
        at_us = to_us(reaction.at)
        if reaction.status in _NEED_DELIVERY:  # nobody opens what did not arrive
            record(connection, message, "delivered", min(at_us, message["accepted_us"] + 2_000_000), False)
        record(connection, message, reaction.status, at_us, reaction.is_machine)


def find_message(connection: sqlite3.Connection, message_id: str) -> sqlite3.Row | None:
    """The outbound message with a provider's identifier, or None."""
    is_sms = message_id.startswith("SM")
    seq = ids.sid_row(message_id) if is_sms else ids.long_row(ids.MESSAGE, message_id)
    row: sqlite3.Row | None = connection.execute(
        "select * from messages where seq = ? and (provider = 'twilio') = ? and direction = 'outbound'", (seq, is_sms)
    ).fetchone()
    return row


def record(connection: sqlite3.Connection, message: sqlite3.Row, status: str, at_us: int, is_machine: bool) -> None:
    """One status of one message, with its engagement event, its suppression or its STOP answer."""
    seq = message["seq"]
    if status in _ONCE:
        seen = "select 1 from reactions where message_seq = ? and status = ?"
        if connection.execute(seen, (seq, status)).fetchone():
            return
    added = connection.execute(
        "insert or ignore into reactions (message_seq, status, at_us, is_machine) values (?, ?, ?, ?)",
        (seq, status, at_us, is_machine),
    )
    if not added.rowcount:
        return
    current = connection.execute("select status from messages where seq = ?", (seq,)).fetchone()["status"]
    if RANK[status] > RANK[current]:
        connection.execute("update messages set status = ? where seq = ?", (status, seq))
    if message["provider"] == "sendgrid" and status in SENDGRID_SUPPRESSING:
        connection.execute(
            "insert or ignore into sendgrid_suppressions values (?, ?, ?, ?)",
            (SENDGRID_SUPPRESSING[status], message["address"], SENDGRID_REASONS[status], at_us),
        )
    elif status in SUPPRESSING and not (message["channel"] == "sms" and status == "bounced"):
        connection.execute(
            "insert or ignore into suppressions values (?, ?, ?, ?)",
            (message["channel"], message["address"], SUPPRESSING[status], at_us),
        )
    if message["provider"] == "klaviyo":
        _engagement_event(connection, message, status, at_us, is_machine)
    elif message["provider"] == "twilio" and status == "unsubscribed":
        _stop_answer(connection, message, at_us)
    tell(connection, message, status, at_us, is_machine)


def tell(connection: sqlite3.Connection, message: sqlite3.Row, event: str, at_us: int, is_machine: bool = False) -> None:
    """Have the sender called, if an address was given for this message; see `callbacks`."""
    if message["callback"] and (message["provider"] != "twilio" or event in _TOLD_BY_TWILIO):
        connection.execute(
            "insert into callbacks (message_seq, event, at_us, is_machine, state) values (?, ?, ?, ?, 'waiting')",
            (message["seq"], event, at_us, is_machine),
        )


def engagement_id(message_seq: int, status: str, at_us: int) -> str:
    """The unique id of the event that says what became of a message of Klaviyo's."""
    return f"{ids.long_id(ids.MESSAGE, message_seq)}:{status}:{at_us}"


def _engagement_event(connection: sqlite3.Connection, message: sqlite3.Row, status: str, at_us: int, is_machine: bool) -> None:
    message_id = ids.long_id(ids.MESSAGE, message["seq"])
    properties: dict[str, object] = {
        "message_key": message["message_key"],
        "$message": message_id,
        "Campaign Name": message["campaign"],
        "Subject": message["subject"],
        "Recipient Email Address": message["address"],
        "Email Domain": message["address"].rpartition("@")[2],
    }
    if status in ("opened", "clicked"):
        properties["machine_open"] = is_machine
    if status == "bounced":
        properties["Bounce Type"] = "Hard"
    metric = "select seq from metrics where name = ?"
    connection.execute(
        f"insert or ignore into events (profile_seq, metric_seq, unique_id, time_s, properties) values (?, ({metric}), ?, ?, ?)",
        (
            message["profile_seq"],
            ENGAGEMENT_METRICS[status],
            engagement_id(message["seq"], status, at_us),
            at_us // 1_000_000,
            to_json(properties),
        ),
    )


def _stop_answer(connection: sqlite3.Connection, message: sqlite3.Row, at_us: int) -> None:
    connection.execute(
        "insert into messages (provider, channel, direction, address, campaign, subject, body, status, accepted_us,"
        " account, sender, service, segments)"
        " values ('twilio', 'sms', 'inbound', ?, '', '', 'STOP', 'sent', ?, ?, ?, ?, 1)",
        (message["address"], at_us, message["account"], message["sender"], message["service"]),
    )
