"""The lines along which rows reach the pretend provider, each with a way to run it again and to ask the provider what it has.

One file: a line needs all of it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from activations.destination import Ability, Work
from activations.destinations import Klaviyo, SendGrid, Twilio
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Message
from activations.syncs.changes import Mode
from activations.syncs.report import RemovalGuard
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from activations.transport.pacing import Pacer
from activations.transport.patience import Patience
from demo.provider.server import Running

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
PATIENCE = Patience(first_wait_seconds=0.005, longest_wait_seconds=0.05, polls=4, longest_poll_wait_seconds=0.005)


@dataclass(frozen=True)
class Ended:
    """What became of rows: by their keys, in the product's books."""

    accepted: set[str]
    held: set[str]
    rejected: set[str]
    left: int


@dataclass(frozen=True)
class Case:
    """Where the provider is, the case's own tag (its accounts, addresses and lists) and folder; seconds to wait for an answer."""

    url: str
    tag: str
    folder: Path
    timeout: float = 10.0
    pacer: Pacer | None = field(default_factory=Pacer)

    @property
    def accounts(self) -> dict[str, str]:
        """How the provider's requests of this case are told from others, by the first word of the line."""
        return {"klaviyo": f"pk_{self.tag}", "twilio": f"AC{int(self.tag):032x}", "sendgrid": f"SG.{self.tag}"}


Run = Callable[[Case, list[str]], Ended]
"""One run of the product with these keys."""
Make = Callable[[Case], Any]


@dataclass(frozen=True)
class Line:
    """One way of rows to the provider. `match` is its main request; `others`, what else it asks. `run` is one run of the product;
    `truth` how often the provider has each key.
    """

    name: str
    match: str
    run: Run
    truth: Callable[[Running, str], Counter[str]]
    others: str = ""
    is_repeatable: bool = True
    more_kinds: tuple[str, ...] = ()
    leaving: float = 0.0
    """The share of the people who were put on the list before, without faults, and are to leave it now."""


def smaller(destination: Any, work: Work, rows: int) -> Any:
    """The destination with fewer rows a request, so that a fault meets some of the requests and not all."""
    ability: Ability = destination.abilities[work]
    destination.abilities = {**destination.abilities, work: replace(ability, limits=replace(ability.limits, rows=rows))}
    return destination


def klaviyo(case: Case) -> Klaviyo:
    return Klaviyo(case.accounts["klaviyo"], base_url=case.url, timeout_seconds=(5.0, case.timeout), pacer=case.pacer)


def twilio(case: Case) -> Twilio:
    account, service, callback = case.accounts["twilio"], "MG" + "b" * 32, "https://shop.example.com/twilio"
    sender: dict[str, Any] = {"messaging_service_sid": service, "status_callback": callback}
    return Twilio(account, "t", **sender, base_url=case.url, timeout_seconds=(5.0, case.timeout), pacer=case.pacer)


def sendgrid(case: Case) -> SendGrid:
    sender, times = "Shop <shop@example.com>", (5.0, case.timeout)
    return SendGrid(case.accounts["sendgrid"], sender=sender, base_url=case.url, timeout_seconds=times, pacer=case.pacer)


def _message(name: str, tag: str, key: str) -> Message:
    is_bad, number = key.startswith("bad"), int(key.strip("abdgo"))
    email = "nobody" if is_bad else f"p{tag}.{number}@example.com"
    channel, address = ("sms", "+15005550001" if is_bad else f"+49{tag:0>5}{number:05d}") if name == "twilio" else ("email", email)
    return Message(f"{tag}-{key}", "win_back", key, channel, name, address, "win_back", "marketing", "Hi", "Hi Ann", "Ann", NOW, "1")


def delivering(name: str, make: Make, rows: int) -> Run:
    def run(case: Case, keys: list[str]) -> Ended:
        ledger = Ledger(f"sqlite:///{case.folder}/ledger.db")
        try:
            messages = [_message(name, case.tag, key) for key in keys]
            report = deliver(messages, {name: smaller(make(case), Work.MESSAGE, rows)}, ledger, lambda: NOW, patience=PATIENCE)
            statuses = ledger.statuses([message.message_id for message in messages])
        finally:
            ledger.close()
        by_status: dict[str, set[str]] = {status: set() for status in ("accepted", "rejected")}
        for message_id, status in statuses.items():
            by_status.setdefault(status, set()).add(message_id.partition("-")[2])
        held = {entry.message_id.partition("-")[2] for entry in report.held if entry.message_id.startswith(f"{case.tag}-")}
        return Ended(by_status["accepted"], held, by_status["rejected"], report.left)

    return run


def messages_of(provider: Running, tag: str) -> Counter[str]:
    keys = [message.message_key or "" for message in provider.state.messages()]
    return Counter(key.partition("-")[2] for key in keys if key.startswith(f"{tag}-"))


def people(tag: str, keys: Iterable[str]) -> pa.Table:
    """The desired table with these people; the bad ones have no address that anyone would take."""
    rows = [
        {
            "profile_id": f"{tag}-{key}",
            "email": "nobody" if key.startswith("bad") else f"{tag}-{key}@example.com",
            "phone": None,
            "first_name": "Ann",
            "last_name": None,
            "orders_count": number,
            "row_hash": "1",
        }
        for number, key in enumerate(keys)
    ]
    return pa.Table.from_pylist(rows, pa.schema([(name, pa.int64() if name == "orders_count" else pa.string()) for name in rows[0]]))


def syncing(make: Make, work: Work, rows: int) -> Run:
    def run(case: Case, keys: list[str]) -> Ended:
        known = Snapshots(case.folder)
        destination = smaller(make(case), work, rows)
        name, guard = f"list {case.tag}", RemovalGuard(is_off=True)
        report = sync(name, people(case.tag, keys), destination, known, lambda: NOW, guard=guard, patience=PATIENCE)
        taken = known.read(destination.name, name).column("profile_id").to_pylist()
        accepted = {profile_id.partition("-")[2] for profile_id in taken}
        return Ended(accepted, set(), set(keys) - accepted if not report.left else set(), report.left)

    return run


def appending(make: Make, rows: int) -> Run:
    def run(case: Case, keys: list[str]) -> Ended:
        known, destination = Snapshots(case.folder), smaller(make(case), Work.APPEND, rows)
        told = people(case.tag, keys).drop_columns(["row_hash"]).to_pylist()
        happened = [{"row_id": row["profile_id"], "event": "Level reached", "occurred_at": NOW, **row} for row in told]
        name = f"list {case.tag}"
        report = sync(name, pa.Table.from_pylist(happened), destination, known, lambda: NOW, mode=Mode.APPEND, patience=PATIENCE)
        accepted = {row_id.partition("-")[2] for row_id in known.read(destination.name, name).column("row_id").to_pylist()}
        return Ended(accepted, set(), set(keys) - accepted if not report.left else set(), report.left)

    return run


def klaviyo_events(provider: Running, tag: str) -> Counter[str]:
    query = "select e.unique_id from events e join metrics m on m.seq = e.metric_seq where m.name = 'Level reached'"
    return Counter(row[0].partition("-")[2] for row in provider.state.read(query) if row[0].startswith(f"{tag}-"))


def klaviyo_list(provider: Running, tag: str) -> Counter[str]:
    query = (
        "select p.external_id from lists l join list_members m on m.list_seq = l.seq join profiles p on p.seq = m.profile_seq"
        " where l.name = ?"
    )
    return Counter(row[0].partition("-")[2] for row in provider.state.read(query, (f"list {tag}",)))


def sendgrid_list(provider: Running, tag: str) -> Counter[str]:
    query = (
        "select c.email from sendgrid_lists l join sendgrid_members m on m.list_seq = l.seq"
        " join sendgrid_contacts c on c.seq = m.contact_seq where l.name = ?"
    )
    return Counter(row[0].partition("-")[2].partition("@")[0] for row in provider.state.read(query, (f"list {tag}",)))


_JOBS = ("partial", "job_fails", "job_hangs")
LINES = (
    Line("klaviyo messages", "POST /api/event", delivering("klaviyo", klaviyo, 5), messages_of),
    Line("twilio messages", "POST /2010", delivering("twilio", twilio, 1), messages_of, "GET /2010", is_repeatable=False),
    Line("sendgrid messages", "POST /v3/mail/send", delivering("sendgrid", sendgrid, 1), messages_of, is_repeatable=False),
    Line(
        *("klaviyo upsert", "POST /api/profile-bulk-import-jobs$", syncing(klaviyo, Work.UPSERT, 5), klaviyo_list),
        *("(GET /api/profile-bulk|GET /api/lists|POST /api/lists)", True, _JOBS),
    ),
    Line("klaviyo removal", "DELETE /api/lists", syncing(klaviyo, Work.REMOVE, 3), klaviyo_list, "GET /api/(lists|profiles)", leaving=0.5),
    Line(
        *("sendgrid upsert", "PUT /v3/marketing/contacts$", syncing(sendgrid, Work.UPSERT, 5), sendgrid_list),
        *("(GET /v3/marketing/contacts|GET /v3/marketing/lists|POST /v3/marketing/(lists|field))", True, _JOBS),
    ),
    Line(
        "sendgrid removal",
        "DELETE /v3/marketing/lists",
        syncing(sendgrid, Work.REMOVE, 3),
        sendgrid_list,
        "(GET|POST) /v3/marketing",
        leaving=0.5,
    ),
    Line("klaviyo append", "POST /api/event", appending(klaviyo, 5), klaviyo_events),
)
