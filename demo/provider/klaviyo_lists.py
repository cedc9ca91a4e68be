"""Klaviyo's endpoints for lists and who is on them."""

import sqlite3

from starlette.requests import Request
from starlette.responses import Response

from demo.provider import checks, filters, ids
from demo.provider.answers import KlaviyoError, document, read_body
from demo.provider.context import Context
from demo.provider.klaviyo_shapes import list_resource
from demo.provider.schema import marks

_ANY = {"any", "equals"}


async def create_list(request: Request, context: Context) -> Response:
    """POST /api/lists: 201; a name may be given twice, as with the vendor."""
    body, _ = await read_body(request)
    checks.NEW_LIST.check(body)
    attributes = body["data"]["attributes"]
    if not attributes["name"].strip():
        raise KlaviyoError(400, "invalid", "The name must not be empty.", pointer="/data/attributes/name")
    with context.state.transaction() as connection:
        cursor = connection.execute(
            "insert into lists (name, opt_in_process, created_us) values (?, ?, ?)",
            (attributes["name"], attributes.get("opt_in_process") or "single_opt_in", context.clock.now_us()),
        )
        row = connection.execute("select * from lists where seq = ?", (cursor.lastrowid,)).fetchone()
    found = list_resource(request, row)
    return document(found, status=201, links=found["links"])


async def change_members(request: Request, context: Context) -> Response:
    """POST or DELETE /api/lists/{id}/relationships/profiles: 204; an unknown profile fails the whole call."""
    body, _ = await read_body(request)
    checks.MEMBERS.check(body)
    with context.state.transaction() as connection:
        list_row = existing_list(connection, request.path_params["id"])
        rows = [_existing_profile(connection, index, entry["id"]) for index, entry in enumerate(body["data"])]
        if request.method == "POST":
            add_members(connection, list_row, rows, context.clock.now_us())
        else:
            remove_members(connection, list_row, rows)
    return Response(status_code=204)


def existing_list(connection: sqlite3.Connection, identifier: str) -> int:
    """The row of a list; raises KlaviyoError 404."""
    row = connection.execute("select seq from lists where seq = ?", (ids.short_row(ids.LIST, identifier),)).fetchone()
    if row is None:
        raise KlaviyoError(404, "not_found", f"A list with id {identifier} does not exist.", pointer="/data/")
    return int(row["seq"])


def _existing_profile(connection: sqlite3.Connection, index: int, identifier: str) -> int:
    row = connection.execute("select seq from profiles where seq = ?", (ids.long_row(ids.PROFILE, identifier),)).fetchone()
    if row is None:
        detail = f"A profile with id {identifier} does not exist."
        raise KlaviyoError(404, "not_found", detail, pointer=f"/data/{index}/id")
    return int(row["seq"])


async def get_lists(request: Request, context: Context) -> Response:
    """GET /api/lists."""
    where, values = ["seq > ?"], [(filters.cursor(request) or [0])[0]]
    given: list[object] = list(values)
    for condition in filters.of_request(request, {"name": _ANY, "id": _ANY}):
        is_id = condition.field == "id"
        given += [ids.short_row(ids.LIST, value) for value in condition.values] if is_id else condition.values
        where.append(f"{'seq' if is_id else 'name'} in ({marks(condition.values)})")
    size = filters.page_size(request, 10, 10)
    rows = context.state.read(f"select * from lists where {' and '.join(where)} order by seq limit ?", [*given, size + 1])
    data = [list_resource(request, row) for row in rows[:size]]
    return document(data, links=filters.links(request, [rows[size - 1]["seq"]] if len(rows) > size else None))


def add_members(connection: sqlite3.Connection, list_row: int, profile_rows: list[int], now_us: int) -> None:
    """Put profiles on a list; who is on it already stays."""
    connection.executemany("insert or ignore into list_members values (?, ?, ?)", [(list_row, row, now_us) for row in profile_rows])


def remove_members(connection: sqlite3.Connection, list_row: int, profile_rows: list[int]) -> None:
    """Take profiles off a list; consent and suppression stay as they are."""
    connection.executemany("delete from list_members where list_seq = ? and profile_seq = ?", [(list_row, row) for row in profile_rows])
