"""Klaviyo's asynchronous jobs: the import of profiles, applied at once, reported as if it took its time."""

import sqlite3
from typing import Any

from demo.provider import checks, klaviyo_lists, profiles
from demo.provider.clock import iso
from demo.provider.schema import to_json

_PROFILES = "/data/attributes/profiles/data"


def import_profiles(
    connection: sqlite3.Connection, entries: list[dict[str, Any]], list_rows: list[int], now_us: int, fault: str | None
) -> int:
    """Upsert profiles row by row and put them on the lists; bad rows become import errors. Returns the job's row."""
    errors: list[tuple[int, str, str, str, str]] = []
    members: list[int] = []
    directory = profiles.Directory(connection, ((entry.get("id"), entry["attributes"]) for entry in entries), now_us)
    for position, entry in enumerate([] if fault in ("job_fails", "job_hangs", "drop_oversize") else entries):
        attributes, profile_id = entry["attributes"], entry.get("id")
        misfit = checks.profile_misfit(profile_id, attributes)
        problem = None if misfit is None else ("invalid", misfit[1], misfit[0])
        if problem is None and fault == "partial" and position % 3 == 2:
            problem = ("unknown", "The profile could not be processed.", "")
        if problem is None:
            try:
                members.append(directory.upsert(profile_id, attributes))
            except profiles.DuplicateProfileError:
                problem = ("duplicate_profile", "A profile already exists with one of these identifiers.", "")
        if problem is not None:
            code, detail, field = problem
            pointer = f"{_PROFILES}/{position}/attributes" + (f"/{field}" if field else "")
            errors.append((position, code, detail, pointer, to_json(entry)))
    directory.flush()
    for list_row in list_rows:
        klaviyo_lists.add_members(connection, list_row, members, now_us)
    outcome = {"job_fails": "cancelled", "job_hangs": "processing"}.get(fault or "", "complete")
    failed = len(entries) if fault == "job_fails" else len(errors)
    job = create(connection, "profile-bulk-import-job", outcome, now_us, len(entries), failed)
    connection.executemany("insert into job_errors values (?, ?, ?, ?, ?, ?)", [(job, *error) for error in errors])
    return job


def create(connection: sqlite3.Connection, kind: str, outcome: str, now_us: int, total: int, failed: int) -> int:
    """A job's row."""
    cursor = connection.execute(
        "insert into jobs (kind, outcome, created_us, total, failed, polls) values (?, ?, ?, ?, ?, 0)",
        (kind, outcome, now_us, total, failed),
    )
    return int(cursor.lastrowid or 0)


def attributes(row: sqlite3.Row, polls: int) -> dict[str, Any]:
    """A job as its owner sees it at the `polls`-th look: queued, processing, then its outcome."""
    created = iso(row["created_us"] // 1_000_000)
    status = "queued" if polls == 0 else "processing" if polls == 1 else row["outcome"]
    is_over = polls > 1 and row["outcome"] != "processing"
    return {
        "status": status,
        "created_at": created,
        "started_at": created if polls else None,
        "total_count": row["total"],
        "completed_count": row["total"] - row["failed"] if is_over else 0,
        "failed_count": row["failed"] if is_over else 0,
        "completed_at": created if is_over else None,
        "expires_at": iso(row["created_us"] // 1_000_000 + 7 * 86_400),
    }
