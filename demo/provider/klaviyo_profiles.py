"""Klaviyo's endpoints for profiles: the import and its job, the look-up, the suppression."""

import sqlite3
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from demo.provider import checks, filters, ids, jobs
from demo.provider.answers import KlaviyoError, document, read_body, resource
from demo.provider.context import Context, bulk_fault
from demo.provider.klaviyo_lists import existing_list
from demo.provider.klaviyo_shapes import profile_resource
from demo.provider.schema import marks

_ANY = {"any", "equals"}
_PROFILE_COLUMNS = {"id": "p.seq", "email": "p.email", "phone_number": "p.phone", "external_id": "p.external_id"}


async def import_profiles(request: Request, context: Context) -> Response:
    """POST /api/profile-bulk-import-jobs: 202 and the job."""
    body, size = await read_body(request)
    checks.IMPORT_JOB.check(body)
    data = body["data"]
    lists = ((data.get("relationships") or {}).get("lists") or {}).get("data") or []
    with context.state.transaction() as connection:
        rows = [existing_list(connection, entry["id"]) for entry in lists]
        entries = data["attributes"]["profiles"]["data"]
        job = jobs.import_profiles(connection, entries, rows, context.clock.now_us(), bulk_fault(request, size))
        row = connection.execute("select * from jobs where seq = ?", (job,)).fetchone()
    return _job_answer(request, row)


async def suppress_profiles(request: Request, context: Context) -> Response:
    """POST /api/profile-suppression-bulk-create-jobs: 202 and the job; the addresses get no more e-mail."""
    body, _ = await read_body(request)
    checks.SUPPRESSION_JOB.check(body)
    entries = (body["data"]["attributes"].get("profiles") or {"data": []})["data"]
    now_us = context.clock.now_us()
    with context.state.transaction() as connection:
        connection.executemany(
            "insert or ignore into suppressions values ('email', ?, 'USER_SUPPRESSED', ?)",
            [(entry["attributes"]["email"].strip().lower(), now_us) for entry in entries],
        )
        job = jobs.create(connection, "profile-suppression-bulk-create-job", "complete", now_us, len(entries), 0)
        row = connection.execute("select * from jobs where seq = ?", (job,)).fetchone()
    return _job_answer(request, row)


def _job_answer(request: Request, row: sqlite3.Row) -> Response:
    identifier = ids.long_id(ids.JOB, row["seq"])
    path = f"/api/{row['kind']}s/{identifier}"
    found = resource(request, row["kind"], identifier, path, jobs.attributes(row, 0))
    return document(found, status=202, links=found["links"])


async def get_job(request: Request, context: Context) -> Response:
    """GET /api/profile-bulk-import-jobs/{id}: processing at the first look, then its outcome."""
    with context.state.transaction() as connection:
        row = _job(connection, request.path_params["id"])
        connection.execute("update jobs set polls = polls + 1 where seq = ?", (row["seq"],))
    identifier = ids.long_id(ids.JOB, row["seq"])
    path = f"/api/profile-bulk-import-jobs/{identifier}"
    found = resource(request, "profile-bulk-import-job", identifier, path, jobs.attributes(row, row["polls"] + 1))
    return document(found, links=found["links"])


async def get_import_errors(request: Request, context: Context) -> Response:
    """GET /api/profile-bulk-import-jobs/{id}/import-errors."""
    size = filters.page_size(request, 20, 100)
    after = (filters.cursor(request) or [-1])[0]
    with context.state.transaction() as connection:
        job = _job(connection, request.path_params["id"])["seq"]
        rows = connection.execute(
            "select * from job_errors where job_seq = ? and position > ? order by position limit ?",
            (job, after, size + 1),
        ).fetchall()
    data = [
        {
            "type": "import-error",
            "id": ids.long_id(ids.IMPORT_ERROR, job * 100_000 + row["position"] + 1),
            "attributes": {
                "code": row["code"],
                "title": "Invalid input." if row["code"] == "invalid" else "The profile was not imported.",
                "detail": row["detail"],
                "source": {"pointer": row["pointer"]},
                "original_payload": orjson.loads(row["payload"]),
            },
        }
        for row in rows[:size]
    ]
    return document(data, links=filters.links(request, [rows[size - 1]["position"]] if len(rows) > size else None))


def _job(connection: sqlite3.Connection, identifier: str) -> sqlite3.Row:
    query = "select * from jobs where seq = ? and kind = 'profile-bulk-import-job'"
    row: sqlite3.Row | None = connection.execute(query, (ids.long_row(ids.JOB, identifier),)).fetchone()
    if row is None:
        raise KlaviyoError(404, "not_found", f"A job with id {identifier} does not exist.", pointer="/data/")
    return row


async def get_profiles(request: Request, context: Context) -> Response:
    """GET /api/profiles, and GET /api/lists/{id}/profiles, which adds when each joined."""
    allowed = dict.fromkeys(_PROFILE_COLUMNS, _ANY)
    conditions = filters.of_request(request, allowed)
    size = filters.page_size(request, 20, 100)
    tables, joined = "profiles p", "null"
    where: list[str] = ["p.seq > ?"]
    values: list[object] = [(filters.cursor(request) or [0])[0]]
    if "id" in request.path_params:
        list_row = ids.short_row(ids.LIST, request.path_params["id"])
        if not context.state.read("select 1 from lists where seq = ?", (list_row,)):
            detail = f"A list with id {request.path_params['id']} does not exist."
            raise KlaviyoError(404, "not_found", detail, pointer="/data/")
        tables, joined = "list_members m join profiles p on p.seq = m.profile_seq", "m.joined_us"
        where = ["m.list_seq = ?", "m.profile_seq > ?"]
        values.insert(0, list_row)
    for condition in conditions:
        given = [ids.long_row(ids.PROFILE, v) for v in condition.values] if condition.field == "id" else _lowered(condition)
        where.append(f"{_PROFILE_COLUMNS[condition.field]} in ({marks(given)})")
        values += given
    rows = context.state.read(
        f"select p.*, {joined} as joined_us, s.reason, s.at_us from {tables}"
        " left join suppressions s on s.channel = 'email' and s.address = p.email"
        f" where {' and '.join(where)} order by p.seq limit ?",
        [*values, size + 1],
    )
    with_consent = "subscriptions" in request.query_params.get("additional-fields[profile]", "")
    data = [profile_resource(request, row, with_consent) for row in rows[:size]]
    return document(data, links=filters.links(request, [rows[size - 1]["seq"]] if len(rows) > size else None))


def _lowered(condition: filters.Condition) -> list[Any]:
    return [value.lower() for value in condition.values] if condition.field == "email" else list(condition.values)
