"""Klaviyo's endpoints that find profiles: by identifier, on a list, by when they were suppressed."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from demo.provider import filters, ids
from demo.provider.answers import KlaviyoError, document
from demo.provider.clock import to_us
from demo.provider.context import Context
from demo.provider.klaviyo_shapes import profile_resource
from demo.provider.schema import marks

_SUPPRESSION = "subscriptions.email.marketing.suppression"
_SUPPRESSED_AT = f"{_SUPPRESSION}.timestamp"
_IDENTIFIERS = {"id": "p.seq", "email": "p.email", "phone_number": "p.phone", "external_id": "p.external_id"}
_COLUMNS = {**_IDENTIFIERS, f"{_SUPPRESSION}.reason": "s.reason"}
_ALLOWED = {
    **{name: {"any", "equals"} for name in _IDENTIFIERS},
    f"{_SUPPRESSION}.reason": {"equals"},
    _SUPPRESSED_AT: filters.COMPARISONS.keys() - {"equals"},
}


async def get_profiles(request: Request, context: Context) -> Response:
    """GET /api/profiles, and GET /api/lists/{id}/profiles, which adds when each joined. By `sort`, in the order of their suppressions."""
    conditions = filters.of_request(request, _ALLOWED)
    size = filters.page_size(request, 20, 100)
    is_by_suppression = request.query_params.get("sort") == _SUPPRESSED_AT
    tables, joined, key = "profiles p", "null", "p.seq"
    where, values = list[str](), list[object]()
    if "id" in request.path_params:
        list_row = ids.short_row(ids.LIST, request.path_params["id"])
        if not context.state.read("select 1 from lists where seq = ?", (list_row,)):
            detail = f"A list with id {request.path_params['id']} does not exist."
            raise KlaviyoError(404, "not_found", detail, pointer="/data/")
        tables, joined, key = "list_members m join profiles p on p.seq = m.profile_seq", "m.joined_us", "m.profile_seq"
        where.append("m.list_seq = ?")
        values.append(list_row)
    order = f"coalesce(s.at_us, 0), {key}" if is_by_suppression else key
    place = filters.cursor(request) or ([-1, 0] if is_by_suppression else [0])
    where.append(f"({order}) > ({marks(place)})")
    values += place
    for condition in conditions:
        text, given = _condition(condition)
        where.append(text)
        values += given
    rows = context.state.read(
        f"select p.*, {joined} as joined_us, s.reason, s.at_us from {tables}"
        " left join suppressions s on s.channel = 'email' and s.address = p.email"
        f" where {' and '.join(where)} order by {order} limit ?",
        [*values, size + 1],
    )
    with_consent = "subscriptions" in request.query_params.get("additional-fields[profile]", "")
    data = [profile_resource(request, row, with_consent) for row in rows[:size]]
    last = rows[size - 1] if len(rows) > size else None
    next_place = None if last is None else [last["at_us"] or 0, last["seq"]] if is_by_suppression else [last["seq"]]
    return document(data, links=filters.links(request, next_place))


def _condition(condition: filters.Condition) -> tuple[str, list[Any]]:
    if condition.field == _SUPPRESSED_AT:
        try:
            moment = datetime.fromisoformat(condition.values[0])
        except ValueError as error:
            raise KlaviyoError(400, "invalid", "Invalid date-time in the filter.", parameter="filter") from error
        return f"s.at_us {filters.COMPARISONS[condition.operator]} ?", [to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))]
    given: list[Any] = condition.values
    if condition.field == "id":
        given = [ids.long_row(ids.PROFILE, value) for value in condition.values]
    elif condition.field == "email":
        given = [value.lower() for value in condition.values]
    return f"{_COLUMNS[condition.field]} in ({marks(given)})", given
