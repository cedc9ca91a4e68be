"""The inbox as web pages: what each customer got, and what became of it."""

import re
import sqlite3
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from demo.provider import ids
from demo.provider.clock import from_us
from demo.provider.context import Context
from demo.provider.pages import PAGE_SIZE, html, page_number, pager
from demo.provider.schema import marks
from demo.provider.state import InboxMessage, inbox_message

STATUSES = ("delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
_OUTBOUND = "m.direction = 'outbound'"


@dataclass(frozen=True)
class Shown:
    """One message on a page, with the page of its recipient and the steps it went through."""

    message: InboxMessage
    recipient_id: str
    steps: list[dict[str, Any]]


async def overview(request: Request, context: Context) -> Response:
    """GET /: all messages, newest first, with a search, and the counts of each campaign."""
    wanted = {name: request.query_params.get(name, "").strip() for name in ("q", "channel", "campaign", "status")}
    where, values = _condition(wanted)
    page = page_number(request)
    total = context.state.read(f"select count(*) from messages m where {where}", values)[0][0]
    rows = _messages(context, where, values, page)
    campaigns = _campaigns(context)
    sums = {name: sum(row[name] for row in campaigns) for name in ("accepted", *STATUSES)}
    return html(
        "overview.html",
        shown=_shown(context, rows, with_steps=False),
        campaigns=campaigns,
        sums=sums,
        wanted=wanted,
        is_filtered=any(wanted.values()),
        statuses=("accepted", "queued", "sent", *STATUSES),
        total=total,
        **pager(wanted, page, total),
    )


async def recipient(request: Request, context: Context) -> Response:
    """GET /inbox/{recipient}: everything that one customer got, on every channel."""
    row = ids.long_row(ids.RECIPIENT, request.path_params["recipient"])
    found = context.state.read("select address from messages where seq = ? and direction = 'outbound'", (row,))
    if not found:
        return html("missing.html", status=404)
    address = found[0]["address"]
    people = context.state.read("select * from profiles where email = ? or phone = ?", (address, address))
    person = people[0] if len(people) == 1 else None
    addresses = {address, *((person["email"], person["phone"]) if person else ())} - {None}
    where, values = f"{_OUTBOUND} and m.address in ({marks(addresses)})", sorted(addresses)
    page = page_number(request)
    total = context.state.read(f"select count(*) from messages m where {where}", values)[0][0]
    these = f"address in ({marks(addresses)})"
    blocked = context.state.read(
        f"select channel, address, reason, at_us, '' as provider from suppressions where {these} union all"
        f" select 'email', address, kind, at_us, 'sendgrid' from sendgrid_suppressions where {these} order by at_us",
        [*sorted(addresses), *sorted(addresses)],
    )
    return html(
        "recipient.html",
        shown=_shown(context, _messages(context, where, values, page), with_steps=True),
        name=" ".join(filter(None, (person["first_name"], person["last_name"]))) if person else "",
        addresses=sorted(addresses, key=lambda text: text != address),
        blocked=[{**dict(entry), "at": from_us(entry["at_us"])} for entry in blocked],
        total=total,
        **pager({}, page, total),
    )


def _condition(wanted: dict[str, str]) -> tuple[str, list[object]]:
    where, values = [_OUTBOUND], list[object]()
    if wanted["q"]:
        like = "%" + re.sub(r"([%_\\])", r"\\\1", wanted["q"]) + "%"
        where.append("(m.address like ? escape '\\' or m.campaign like ? escape '\\')")
        values += [like, like]
    for column in ("channel", "campaign", "status"):
        if wanted[column]:
            where.append(f"m.{column} = ?")
            values.append(wanted[column])
    return " and ".join(where), values


def _messages(context: Context, where: str, values: list[Any], page: int) -> list[sqlite3.Row]:
    first = "(select min(o.seq) from messages o where o.address = m.address and o.direction = 'outbound')"
    query = f"select m.*, {first} as first_seq from messages m where {where} order by m.accepted_us desc, m.seq desc"
    return context.state.read(f"{query} limit {PAGE_SIZE} offset ?", [*values, (page - 1) * PAGE_SIZE])


def _shown(context: Context, rows: list[sqlite3.Row], *, with_steps: bool) -> list[Shown]:
    steps: dict[int, list[dict[str, Any]]] = {}
    if with_steps:
        query = f"select * from reactions where message_seq in ({marks(rows)}) order by message_seq, at_us, seq"
        reactions = context.state.read(query, [row["seq"] for row in rows])
        for seq, group in groupby(reactions, key=lambda reaction: int(reaction["message_seq"])):
            steps[seq] = [{**dict(reaction), "at": from_us(reaction["at_us"])} for reaction in group]
    return [Shown(inbox_message(row), ids.long_id(ids.RECIPIENT, row["first_seq"]), steps.get(row["seq"], [])) for row in rows]


def _campaigns(context: Context) -> list[dict[str, Any]]:
    """Counts per campaign and channel: a message counts under every step that it reached."""
    counts = {
        (row["campaign"], row["channel"]): {"campaign": row["campaign"], "channel": row["channel"], "accepted": row["n"]}
        | dict.fromkeys(STATUSES, 0)
        for row in context.state.read(
            f"select campaign, channel, count(*) as n from messages m where {_OUTBOUND} group by 1, 2 order by n desc, 1"
        )
    }
    for row in context.state.read(
        "select m.campaign, m.channel, r.status, count(distinct m.seq) as n from reactions r"
        f" join messages m on m.seq = r.message_seq where {_OUTBOUND} and r.status in ({marks(STATUSES)}) group by 1, 2, 3",
        STATUSES,
    ):
        counts[row["campaign"], row["channel"]][row["status"]] = row["n"]
    return list(counts.values())
