"""Twilio's message resource: send, list, fetch. Nothing is de-duplicated: every POST is a new message."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider import ids
from demo.provider.clock import to_us
from demo.provider.context import Context
from demo.provider.reactions import record
from demo.provider.twilio_dialect import OPTED_OUT, TwilioError, check_account, check_form, message, secret_of, segments

_NEXT = {"queued": "sent", "sent": "delivered"}


async def send_message(request: Request, context: Context) -> Response:
    """POST …/Messages.json: 201 and the message, queued."""
    account = check_account(request, context.options.twilio_token)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise TwilioError(415, 20415, "Unsupported media type: send application/x-www-form-urlencoded")
    form = {name: values[-1] for name, values in parse_qs((await request.body()).decode(), keep_blank_values=True).items()}
    check_form(form)
    to, body = form["To"], form.get("Body", "")
    # Twilio knows no campaign: a sender that wants to see one in the inbox says so in its callback's address.
    noted = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
    callback = context.callbacks.address(form.get("StatusCallback"))
    context.callbacks.know(account, secret_of(request))
    sender, service = form.get("From") or None, form.get("MessagingServiceSid") or None
    with context.state.transaction() as connection:
        if connection.execute("select 1 from suppressions where channel = 'sms' and address = ?", (to,)).fetchone():
            raise TwilioError(400, *OPTED_OUT)
        cursor = connection.execute(
            "insert into messages (provider, channel, direction, address, campaign, subject, body, message_key, status,"
            " accepted_us, account, sender, service, segments, callback)"
            " values ('twilio', 'sms', 'outbound', ?, ?, '', ?, ?, 'queued', ?, ?, ?, ?, ?, ?)",
            (
                *(to, noted.get("campaign", ["SMS"])[0], body, noted.get("message_key", [None])[0]),
                *(context.clock.now_us(), account, sender, service, segments(body), callback),
            ),
        )
        row = connection.execute("select * from messages where seq = ?", (cursor.lastrowid,)).fetchone()
    return JSONResponse(message(row), status_code=201)


async def list_messages(request: Request, context: Context) -> Response:
    """GET …/Messages.json: newest first, by To, From and DateSent; each look moves statuses on for the next."""
    account = check_account(request, context.options.twilio_token)
    size = _number(request, "PageSize", 50, 1, 1000)
    page = _number(request, "Page", 0, 0, 1_000_000)
    where, values = ["account = ?"], list[object]([account])
    to, sender = request.query_params.get("To"), request.query_params.get("From")
    if to is not None:
        where.append("(direction = 'outbound' and address = ? or direction = 'inbound' and sender = ?)")
        values += [to, to]
    if sender is not None:
        where.append("(direction = 'outbound' and sender = ? or direction = 'inbound' and address = ?)")
        values += [sender, sender]
    for name, operator in (("DateSent", "="), ("DateSent>", ">="), ("DateSent<", "<=")):
        text = request.query_params.get(name)
        if text:
            first, last = _period(name, text)
            where.append("accepted_us >= ?" if operator != "<=" else "accepted_us < ?")
            values.append(first if operator != "<=" else last)
            if operator == "=":
                where.append("accepted_us < ?")
                values.append(last)
    with context.state.transaction() as connection:
        rows = connection.execute(
            f"select * from messages where {' and '.join(where)} order by accepted_us desc, seq desc limit ? offset ?",
            [*values, size + 1, page * size],
        ).fetchall()
        _move_on(connection, rows[:size])
    base = f"/2010-04-01/Accounts/{account}/Messages.json"
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("Page", "PageSize", "PageToken")]

    def link(number: int) -> str:
        return f"{base}?{urlencode([*kept, ('PageSize', size), ('Page', number)], quote_via=quote)}"

    shown = [message(row) for row in rows[:size]]
    answer = {
        "messages": shown,
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": link(page),
        "first_page_uri": link(0),
        "previous_page_uri": link(page - 1) if page else None,
        "next_page_uri": link(page + 1) if len(rows) > size else None,
    }
    return JSONResponse(answer)


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise TwilioError(400, 20001, f"{name} must be a number from {least} to {most}")
    return int(text)


def _period(name: str, text: str) -> tuple[int, int]:
    """First and one-past-last microsecond of a day or an instant."""
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return to_us(day), to_us(day + timedelta(days=1))
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise TwilioError(400, 20001, f"{name} must be a date: YYYY-MM-DD") from error
    instant = to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return instant, instant + 1


async def fetch_message(request: Request, context: Context) -> Response:
    """GET …/Messages/{Sid}.json: the message as it is; the look moves its status on for the next."""
    account = check_account(request, context.options.twilio_token)
    with context.state.transaction() as connection:
        row = connection.execute(
            "select * from messages where seq = ? and account = ?", (ids.sid_row(request.path_params["sid"]), account)
        ).fetchone()
        if row is None:
            raise TwilioError(404, 20404, "The requested resource was not found")
        _move_on(connection, [row])
    return JSONResponse(message(row))


def _move_on(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> None:
    moving = [row for row in rows if row["status"] in _NEXT and row["direction"] == "outbound"]
    for row in moving:
        record(connection, row, _NEXT[row["status"]], row["accepted_us"] + 1_000_000, False)


_BASE = "/2010-04-01/Accounts/{account}/Messages"
ROUTES = (
    ("POST", f"{_BASE}.json", send_message),
    ("GET", f"{_BASE}.json", list_messages),
    ("GET", f"{_BASE}/{{sid}}.json", fetch_message),
)
