"""SendGrid's endpoints for lists, who is on them, and the definitions of custom fields."""

import re
import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider import ids
from demo.provider.context import Context
from demo.provider.schema import marks
from demo.provider.sendgrid_contacts import create_job, list_row
from demo.provider.sendgrid_dialect import SendGridError, check_shape, read_body
from demo.provider.sendgrid_upsert import Done
from demo.provider.shapes import Shape

_NEW_LIST = Shape({"name!": str})
_NEW_FIELD = Shape({"name!": str, "field_type!": str})
_TYPES = ("Text", "Number", "Date")
_MAX_BYTES, _MAX_NAME, _MAX_FIELDS = 100_000, 100, 500
_RESERVED = ("first_name", "last_name", "email", "alternate_emails", "address_line_1", "address_line_2", "city", "state_province_region",
             "postal_code", "country", "phone_number", "whatsapp", "line", "facebook", "unique_name")  # fmt: skip


async def create_list(request: Request, context: Context) -> Response:
    """POST /v3/marketing/lists: 201; a name that exists is refused."""
    body, _ = await read_body(request, _MAX_BYTES)
    check_shape(_NEW_LIST, body)
    name = body["name"]
    if not 1 <= len(name) <= _MAX_NAME:
        raise SendGridError(400, f"length should be between 1 and {_MAX_NAME}", "name")
    try:
        with context.state.transaction() as connection:
            row = connection.execute("insert into sendgrid_lists (name) values (?)", (name,)).lastrowid
    except sqlite3.IntegrityError as error:
        raise SendGridError(400, "a list with this name already exists", "name") from error
    return JSONResponse(_list(request, {"seq": row, "name": name, "members": 0}), status_code=201)


async def get_lists(request: Request, context: Context) -> Response:
    """GET /v3/marketing/lists: up to 1,000 a page, the next one under _metadata.next."""
    size, after = request.query_params.get("page_size", "100"), request.query_params.get("page_token", "") or "0"
    if not size.isdigit() or not 1 <= int(size) <= 1000 or not after.isdigit():
        raise SendGridError(400, "page_size must be a number from 1 to 1000, page_token one that was given", "page_size")
    rows = context.state.read(
        "select l.*, (select count(*) from sendgrid_members m where m.list_seq = l.seq) as members from sendgrid_lists l"
        " where seq > ? order by seq limit ?",
        (int(after), int(size) + 1),
    )
    shown, base = rows[: int(size)], f"{request.base_url}v3/marketing/lists?page_size={size}&page_token="
    metadata: dict[str, Any] = {"self": base + request.query_params.get("page_token", "")}
    metadata["count"] = context.state.read("select count(*) from sendgrid_lists")[0][0]
    if len(rows) > len(shown):
        metadata["next"] = f"{base}{shown[-1]['seq']}"
    return JSONResponse({"result": [_list(request, dict(row)) for row in shown], "_metadata": metadata})


def _list(request: Request, row: dict[str, Any]) -> dict[str, Any]:
    identifier = ids.uuid_of(ids.SENDGRID_LIST, row["seq"])
    link = f"{request.base_url}v3/marketing/lists/{identifier}"
    return {"id": identifier, "name": row["name"], "contact_count": row["members"], "_metadata": {"self": link}}


async def remove_contacts(request: Request, context: Context) -> Response:
    """DELETE /v3/marketing/lists/{id}/contacts?contact_ids=…: 202 and the job; 404 when one of them does not exist."""
    wanted = [text for text in request.query_params.get("contact_ids", "").split(",") if text]
    if not wanted:
        raise SendGridError(400, "contact_ids is required", "contact_ids")
    rows = [ids.uuid_row(ids.SENDGRID_CONTACT, identifier) for identifier in wanted]
    with context.state.transaction() as connection:
        on_list = list_row(connection, request.path_params["id"])
        known = connection.execute(f"select count(*) from sendgrid_contacts where seq in ({marks(rows)})", rows).fetchone()[0]
        if known < len(set(rows)):
            raise SendGridError(404, "one or more contacts do not exist", "contact_ids")
        query = f"delete from sendgrid_members where list_seq = ? and contact_seq in ({marks(rows)})"
        gone = connection.execute(query, [on_list, *rows]).rowcount
        job = create_job(connection, "delete", context.clock.now_us(), len(rows), Done(deleted=gone))
    return JSONResponse({"job_id": ids.uuid_of(ids.SENDGRID_JOB, job)}, status_code=202)


async def get_fields(request: Request, context: Context) -> Response:
    """GET /v3/marketing/field_definitions: the custom fields and those that every contact has."""
    custom = [
        _field(row["seq"], row["name"], row["field_type"]) for row in context.state.read("select * from sendgrid_fields order by seq")
    ]
    reserved = [{"id": f"_rf{number}_T", "name": name, "field_type": "Text"} for number, name in enumerate(_RESERVED)]
    link = {"self": f"{request.base_url}v3/marketing/field_definitions"}
    return JSONResponse({"custom_fields": custom, "reserved_fields": reserved, "_metadata": link})


async def create_field(request: Request, context: Context) -> Response:
    """POST /v3/marketing/field_definitions: 200 and the field; names are unique whatever their case."""
    body, _ = await read_body(request, _MAX_BYTES)
    check_shape(_NEW_FIELD, body)
    name, field_type = body["name"], body["field_type"]
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", name):
        raise SendGridError(400, "a name has letters, digits and underscores and does not begin with a digit", "name")
    if field_type not in _TYPES:
        raise SendGridError(400, f"field_type must be one of {', '.join(_TYPES)}", "field_type")
    try:
        with context.state.transaction() as connection:
            is_full = connection.execute("select count(*) from sendgrid_fields").fetchone()[0] >= _MAX_FIELDS
            if is_full or name.lower() in _RESERVED:
                raise SendGridError(400, "there are too many fields" if is_full else "the name is reserved", "name")
            row = connection.execute("insert into sendgrid_fields (name, field_type) values (?, ?)", (name, field_type)).lastrowid
    except sqlite3.IntegrityError as error:
        raise SendGridError(400, "a field with this name already exists", "name") from error
    return JSONResponse(_field(row or 0, name, field_type))


def _field(row: int, name: str, field_type: str) -> dict[str, Any]:
    return {"id": f"e{row}_{field_type[0]}", "name": name, "field_type": field_type}
