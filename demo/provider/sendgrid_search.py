"""SendGrid's search for contacts by e-mail."""

import sqlite3
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider import ids
from demo.provider.checks import EMAIL
from demo.provider.context import Context
from demo.provider.schema import marks
from demo.provider.sendgrid_contacts import time_of
from demo.provider.sendgrid_dialect import SendGridError, check_shape, read_body
from demo.provider.sendgrid_upsert import IDENTIFIERS
from demo.provider.shapes import Shape

_MAX_BYTES, _MAX_SEARCHED = 1_000_000, 100
_SEARCH = Shape({"emails!": [str, 0, _MAX_SEARCHED], **dict.fromkeys(IDENTIFIERS[1:], str)})
_RESERVED = ("address_line_1", "address_line_2", "city", "country", "first_name", "last_name", "postal_code", "state_province_region")


async def search(request: Request, context: Context) -> Response:
    """POST /v3/marketing/contacts/search/emails: each address with its contact, or "contact not found"; 404 when there is none."""
    body, _ = await read_body(request, _MAX_BYTES)
    check_shape(_SEARCH, body)
    emails = [email.strip().lower() for email in body["emails"] if email.strip()]
    wrong = next((index for index, email in enumerate(emails) if not EMAIL.fullmatch(email) or len(email) > 100), None)
    if wrong is not None:
        raise SendGridError(400, "email is not valid", f"emails[{wrong}]")
    found: dict[str, Any] = {email: {"error": "contact not found"} for email in emails}
    for name in IDENTIFIERS:
        wanted = emails if name == "email" else [body[name]] if body.get(name) else []
        for row in context.state.read(f"select * from sendgrid_contacts where {name} in ({marks(wanted)})", wanted):
            lists = context.state.read("select list_seq from sendgrid_members where contact_seq = ? order by list_seq", (row["seq"],))
            found[row[name]] = {"contact": _contact(row, [ids.uuid_of(ids.SENDGRID_LIST, entry["list_seq"]) for entry in lists])}
    if not any("contact" in entry for entry in found.values()):
        raise SendGridError(404, "contact not found")
    return JSONResponse({"result": found})


def _contact(row: sqlite3.Row, lists: list[str]) -> dict[str, Any]:
    fields = {**dict.fromkeys(_RESERVED, ""), "alternate_emails": [], **orjson.loads(row["fields"])}
    named = {name: row[name] or "" for name in IDENTIFIERS}
    times = {"created_at": time_of(row["created_us"]), "updated_at": time_of(row["updated_us"])}
    own = {"id": ids.uuid_of(ids.SENDGRID_CONTACT, row["seq"]), "list_ids": lists, "segment_ids": []}
    return {**own, **named, **fields, "custom_fields": orjson.loads(row["custom"]), **times}
