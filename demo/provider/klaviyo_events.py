"""Klaviyo's endpoints for events: record one, record many, read them back; and the metrics they belong to."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from demo.provider import checks, filters, ids
from demo.provider.answers import KlaviyoError, document, read_body
from demo.provider.clock import from_us
from demo.provider.context import Context, bulk_fault
from demo.provider.events import IncomingEvent, RepeatedEventError, UnknownProfileError, record_events, settle
from demo.provider.klaviyo_shapes import event_resource, metric_resource, profile_resource
from demo.provider.schema import marks

_EVENT = "/data/attributes"
_EVENTS = "/data/attributes/events-bulk-create/data"
_TIMES = {"greater-than", "greater-or-equal", "less-than", "less-or-equal"}


async def create_event(request: Request, context: Context) -> Response:
    """POST /api/events: 202, also for a repeat, of which only the first is kept."""
    body, size = await read_body(request)
    checks.EVENT.check(body)
    attributes = body["data"]["attributes"]
    event = _incoming(attributes, attributes["profile"], False, _EVENT, from_us(context.clock.now_us()))
    return _record(request, context, [event], size, in_bulk=False)


async def create_events(request: Request, context: Context) -> Response:
    """POST /api/event-bulk-create-jobs: 202, or 400 and nothing processed when a unique id is repeated inside."""
    body, size = await read_body(request)
    checks.EVENT_JOB.check(body)
    events: list[IncomingEvent] = []
    now = from_us(context.clock.now_us())
    for index, entry in enumerate(body["data"]["attributes"]["events-bulk-create"]["data"]):
        group, base = entry["attributes"], f"{_EVENTS}/{index}/attributes"
        is_backfill = bool(group.get("backfill"))
        for place, event in enumerate(group["events"]["data"]):
            pointer = f"{base}/events/data/{place}/attributes"
            events.append(_incoming(event["attributes"], group["profile"], is_backfill, pointer, now))
    if len(events) > checks.MAX_EVENTS_PER_CALL:
        detail = f"A call may hold {checks.MAX_EVENTS_PER_CALL} events; this one holds {len(events)}."
        raise KlaviyoError(400, "invalid", detail, pointer=_EVENTS)
    return _record(request, context, events, size, in_bulk=True)


def _incoming(event: dict[str, Any], profile: dict[str, Any], is_backfill: bool, pointer: str, now: datetime) -> IncomingEvent:
    owner = profile["data"]
    misfit = checks.profile_misfit(owner.get("id"), owner["attributes"])
    if misfit is not None:
        raise KlaviyoError(400, "invalid", misfit[1], pointer=f"{pointer}/profile/data/attributes/{misfit[0]}".rstrip("/"))
    if event.get("time") is not None:
        checks.check_time(event["time"], now, f"{pointer}/time")
    metric = event["metric"]["data"]["attributes"]["name"]
    is_backfill = is_backfill or bool(event.get("backfill"))
    unique_id, time = event.get("unique_id"), event.get("time")
    properties = event["properties"]
    return IncomingEvent(pointer, owner.get("id"), owner["attributes"], metric, unique_id, time, properties, is_backfill)


def _record(request: Request, context: Context, events: list[IncomingEvent], size: int, *, in_bulk: bool) -> Response:
    fault = bulk_fault(request, size)
    if fault == "drop_oversize":
        return Response(status_code=202)
    if fault == "partial" and in_bulk:
        events = [event for index, event in enumerate(events) if index % 3 != 2]
    callback = context.callbacks.address(context.options.klaviyo_webhook)
    refuse_stored = in_bulk and context.options.repeated_in_bulk == "refused"
    try:
        with context.state.transaction() as connection:
            record_events(connection, events, context.clock, in_bulk=in_bulk, refuse_stored=refuse_stored, callback=callback)
    except RepeatedEventError as error:
        detail = "A unique_id is repeated for the same profile and metric. No events were processed."
        raise KlaviyoError(400, "duplicate_unique_id", detail, pointer=f"{error}/unique_id") from error
    except UnknownProfileError as error:
        raise KlaviyoError(404, "not_found", "This profile does not exist.", pointer=f"{error}/profile/data/id") from error
    return Response(status_code=202)


async def get_events(request: Request, context: Context) -> Response:
    """GET /api/events: filtered, sorted by time (newest first unless told otherwise), up to 1,000 a page."""
    after_us = int(context.options.settle_seconds * 1_000_000)
    with context.state.transaction() as connection:
        settle(connection, context.clock.now_us(), after_us)
    allowed = {"metric_id": {"equals"}, "profile_id": {"equals"}, "datetime": _TIMES, "timestamp": _TIMES}
    where, values = ["1 = 1"], list[object]()
    for condition in filters.of_request(request, allowed):
        column, value = _event_condition(condition)
        where.append(f"{column} {filters.COMPARISONS[condition.operator]} ?")
        values.append(value)
    is_rising = request.query_params.get("sort", "-datetime") in ("datetime", "timestamp")
    place = filters.cursor(request)
    if place is not None:
        where.append(f"(e.time_s, e.seq) {'>' if is_rising else '<'} (?, ?)")
        values += place
    size = filters.page_size(request, 200, 1000)
    direction = "asc" if is_rising else "desc"
    rows = context.state.read(
        f"select e.* from events e where {' and '.join(where)} order by e.time_s {direction}, e.seq {direction} limit ?",
        [*values, size + 1],
    )
    last = rows[size - 1] if len(rows) > size else None
    data = [event_resource(request, row) for row in rows[:size]]
    included = _included(request, context, rows[:size])
    return document(data, links=filters.links(request, None if last is None else [last["time_s"], last["seq"]]), included=included)


def _event_condition(condition: filters.Condition) -> tuple[str, float]:
    value = condition.values[0]
    if condition.field == "metric_id":
        return "e.metric_seq", ids.short_row(ids.METRIC, value)
    if condition.field == "profile_id":
        return "e.profile_seq", ids.long_row(ids.PROFILE, value)
    try:
        if condition.field == "timestamp":
            return "e.time_s", float(value)
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise KlaviyoError(400, "invalid", "Invalid date-time in the filter.", parameter="filter") from error
    return "e.time_s", (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _included(request: Request, context: Context, events: list[sqlite3.Row]) -> list[dict[str, Any]] | None:
    wanted = request.query_params.get("include", "").split(",")
    found: list[dict[str, Any]] = []
    if "profile" in wanted:
        rows = sorted({row["profile_seq"] for row in events})
        query = f"select * from profiles where seq in ({marks(rows)})"
        fields = request.query_params.get("fields[profile]")
        found += [profile_resource(request, row, fields=fields) for row in context.state.read(query, rows)]
    if "metric" in wanted:
        rows = sorted({row["metric_seq"] for row in events})
        query = f"select * from metrics where seq in ({marks(rows)})"
        found += [metric_resource(request, row) for row in context.state.read(query, rows)]
    return found if wanted != [""] else None


async def get_metrics(request: Request, context: Context) -> Response:
    """GET /api/metrics: 200 a page."""
    after = (filters.cursor(request) or [0])[0]
    rows = context.state.read("select * from metrics where seq > ? order by seq limit 201", (after,))
    data = [metric_resource(request, row) for row in rows[:200]]
    return document(data, links=filters.links(request, [rows[199]["seq"]] if len(rows) > 200 else None))
