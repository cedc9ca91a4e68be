"""Klaviyo's endpoints for profiles: the import and its job, the suppression."""

import sqlite3

import orjson
from starlette.requests import Request
from starlette.responses import Response

from demo.provider import checks, filters, ids, jobs
from demo.provider.answers import KlaviyoError, document, read_body, resource
from demo.provider.context import Context, bulk_fault
from demo.provider.klaviyo_lists import existing_list


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
