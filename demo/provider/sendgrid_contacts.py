"""SendGrid's endpoints for contacts: the upsert and its job, the deletion."""

import csv
import io
import sqlite3
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider import ids, sendgrid_upsert
from demo.provider.clock import from_us
from demo.provider.context import Context, bulk_fault
from demo.provider.schema import marks, to_json
from demo.provider.sendgrid_dialect import SendGridError, check_shape, read_body
from demo.provider.sendgrid_upsert import IDENTIFIERS, LENGTHS
from demo.provider.shapes import Shape

_MAX_BYTES, _MAX_CONTACTS = 6_000_000, 30_000
_CONTACT = {**dict.fromkeys(LENGTHS, str), "alternate_emails": [str, 0, 5], "postal_code": str, "custom_fields": dict}
_UPSERT = Shape({"list_ids": [str, 0, 1_000], "contacts!": [_CONTACT, 1, _MAX_CONTACTS]})


async def upsert(request: Request, context: Context) -> Response:
    """PUT /v3/marketing/contacts: 202 and the job, or 400 and nothing done when a contact or a field is not valid."""
    body, size = await read_body(request, _MAX_BYTES)
    check_shape(_UPSERT, body)
    contacts = body["contacts"]
    for index, contact in enumerate(contacts):
        sendgrid_upsert.check(contact, f"contacts[{index}]")
    fault = bulk_fault(request, size)
    with context.state.transaction() as connection:
        _check_custom(connection, contacts)
        lists = [list_row(connection, identifier) for identifier in body.get("list_ids", [])]
        skipped = fault in ("job_fails", "job_hangs", "drop_oversize")
        now_us = context.clock.now_us()
        result = sendgrid_upsert.apply(connection, [] if skipped else contacts, lists, now_us, is_partial=fault == "partial")
        outcome = {"job_fails": "failed", "job_hangs": "pending"}.get(fault or "")
        job = create_job(connection, "upsert", now_us, len(contacts), result, outcome)
    return JSONResponse({"job_id": ids.uuid_of(ids.SENDGRID_JOB, job)}, status_code=202)


def _check_custom(connection: sqlite3.Connection, contacts: list[dict[str, Any]]) -> None:
    fields = {f"e{row['seq']}_{row['field_type'][0]}": row["field_type"] for row in connection.execute("select * from sendgrid_fields")}
    used = {name for contact in contacts for name in contact.get("custom_fields", ())}
    if used - fields.keys():
        raise SendGridError(400, f"invalid custom field ids supplied - {','.join(sorted(used - fields.keys()))}", "contacts.custom_fields")
    for index, contact in enumerate(contacts):
        for name, value in contact.get("custom_fields", {}).items():
            if isinstance(value, (dict, list, bool)) or (fields[name] == "Number" and not isinstance(value, (int, float))):
                raise SendGridError(400, f"invalid value for a {fields[name]} field", f"contacts[{index}].custom_fields.{name}")


def list_row(connection: sqlite3.Connection, identifier: str) -> int:
    """The row of a list; raises SendGridError 404."""
    row = ids.uuid_row(ids.SENDGRID_LIST, identifier)
    if not connection.execute("select 1 from sendgrid_lists where seq = ?", (row,)).fetchone():
        raise SendGridError(404, "list not found", "list_ids")
    return row


def create_job(
    connection: sqlite3.Connection, kind: str, now_us: int, requested: int, done: sendgrid_upsert.Done, outcome: str | None = None
) -> int:
    """A job's row; without `outcome`: completed, errored where some rows failed, failed where all did."""
    told = outcome or ("completed" if not done.errors else "failed" if len(done.errors) == requested else "errored")
    cursor = connection.execute(
        "insert into sendgrid_jobs (job_type, outcome, created_us, polls, requested, created, updated, deleted, errors)"
        " values (?, ?, ?, 0, ?, ?, ?, ?, ?)",
        (kind, told, now_us, requested, done.created, done.updated, done.deleted, to_json(done.errors)),
    )
    return int(cursor.lastrowid or 0)


async def get_job(request: Request, context: Context) -> Response:
    """GET /v3/marketing/contacts/imports/{id}: pending at the first look, then its outcome."""
    seq = ids.uuid_row(ids.SENDGRID_JOB, request.path_params["id"])
    with context.state.transaction() as connection:
        connection.execute("update sendgrid_jobs set polls = polls + 1 where seq = ?", (seq,))
        row = connection.execute("select * from sendgrid_jobs where seq = ?", (seq,)).fetchone()
    if row is None:
        raise SendGridError(404, "job not found")
    started = time_of(row["created_us"])
    job: dict[str, Any] = {"id": request.path_params["id"], "status": "pending", "job_type": row["job_type"], "started_at": started}
    if row["polls"] > 1 and row["outcome"] != "pending":
        errored = len(orjson.loads(row["errors"])) or (row["requested"] if row["outcome"] == "failed" else 0)
        counts = {f"{name}_count": row[name] for name in ("requested", "created", "updated", "deleted")} | {"errored_count": errored}
        told = {"errors_url": f"{request.base_url}downloads/{job['id']}.csv"} if row["errors"] != "[]" else {}
        job |= {"status": row["outcome"], "finished_at": started, "results": counts | told}
    return JSONResponse(job)


async def download_errors(request: Request, context: Context) -> Response:
    """What a job's `errors_url` leads to: a CSV of the contacts that failed. As with any address that is signed for one
    download, a key beside it is refused.
    """
    rows = context.state.read(
        "select errors from sendgrid_jobs where seq = ?", (ids.uuid_row(ids.SENDGRID_JOB, request.path_params["id"]),)
    )
    if "authorization" in request.headers or not rows:
        return Response("<Error><Code>InvalidArgument</Code></Error>", status_code=400, media_type="application/xml")
    text = io.StringIO()
    writer = csv.DictWriter(text, (*IDENTIFIERS, "error"))
    writer.writeheader()
    writer.writerows(orjson.loads(rows[0]["errors"]))
    return Response(text.getvalue(), media_type="text/csv")


async def delete(request: Request, context: Context) -> Response:
    """DELETE /v3/marketing/contacts?ids=…: the contacts are gone, from every list."""
    everyone = request.query_params.get("delete_all_contacts") == "true"
    wanted = [text for text in request.query_params.get("ids", "").split(",") if text]
    if not wanted and not everyone:
        raise SendGridError(400, "ids or delete_all_contacts is required", "ids")
    with context.state.transaction() as connection:
        where, rows = ("1 = 1", []) if everyone else (f"seq in ({marks(wanted)})", [ids.uuid_row(ids.SENDGRID_CONTACT, i) for i in wanted])
        connection.execute(f"delete from sendgrid_members where {where.replace('seq', 'contact_seq')}", rows)
        gone = connection.execute(f"delete from sendgrid_contacts where {where}", rows).rowcount
        job = create_job(connection, "delete", context.clock.now_us(), len(wanted) or gone, sendgrid_upsert.Done(deleted=gone))
    return JSONResponse({"job_id": ids.uuid_of(ids.SENDGRID_JOB, job)}, status_code=202)


def time_of(microseconds: int) -> str:
    """An instant as SendGrid writes it."""
    return from_us(microseconds).strftime("%Y-%m-%dT%H:%M:%SZ")
