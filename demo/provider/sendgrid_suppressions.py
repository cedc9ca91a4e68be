"""SendGrid's lists of addresses that get no more mail: read them back, add to the unsubscribed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider.checks import EMAIL
from demo.provider.context import Context
from demo.provider.sendgrid_dialect import SendGridError, check_shape, read_body
from demo.provider.shapes import Shape

_ADDED = Shape({"recipient_emails!": [str, 0, 10_000]})
_MAX_BYTES, _MAX_LIMIT = 5_000_000, 500


async def get_suppressed(request: Request, context: Context) -> Response:
    """GET /v3/suppression/unsubscribes and the like: by time, from `start_time` to `end_time`, 500 a page."""
    kind = request.url.path.rstrip("/").rpartition("/")[2]
    limit, offset = (_number(request, name, default) for name, default in (("limit", _MAX_LIMIT), ("offset", 0)))
    if not 1 <= limit <= _MAX_LIMIT:
        raise SendGridError(400, f"limit must be a number from 1 to {_MAX_LIMIT}", "limit")
    first, last = _number(request, "start_time", 0), _number(request, "end_time", 1 << 40)
    rows = context.state.read(
        "select address, reason, at_us / 1000000 as at_s from sendgrid_suppressions where kind = ? and at_s between ? and ?"
        " and address like ? || '%' order by at_us, address limit ? offset ?",
        (kind, first, last, request.query_params.get("email", "").lower(), limit, offset),
    )
    told = [{"created": row["at_s"], "email": row["address"]} for row in rows]
    if kind in ("bounces", "blocks"):
        told = [{**entry, "reason": row["reason"], "status": row["reason"][4:9]} for entry, row in zip(told, rows, strict=True)]
    if kind == "spam_reports":
        told = [{**entry, "ip": "127.0.0.1"} for entry in told]
    return JSONResponse(told)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdigit() or len(text) > 15:
        raise SendGridError(400, f"{name} must be a whole number", name)
    return int(text)


async def get_group(request: Request, context: Context) -> Response:
    """GET /v3/asm/groups/{group}/suppressions: the addresses alone."""
    kind = f"group {request.path_params['group']}"
    rows = context.state.read("select address from sendgrid_suppressions where kind = ? order by at_us, address", (kind,))
    return JSONResponse([row["address"] for row in rows])


async def unsubscribe(request: Request, context: Context) -> Response:
    """POST /v3/asm/suppressions/global, or to a group: 201; the addresses get no more mail, or none of the group."""
    body, _ = await read_body(request, _MAX_BYTES)
    check_shape(_ADDED, body)
    addresses = [address.strip().lower() for address in body["recipient_emails"]]
    wrong = next((index for index, address in enumerate(addresses) if not EMAIL.fullmatch(address)), None)
    if wrong is not None:
        raise SendGridError(400, "email is not valid", f"recipient_emails[{wrong}]")
    kind = f"group {request.path_params['group']}" if "group" in request.path_params else "unsubscribes"
    now_us = context.clock.now_us()
    with context.state.transaction() as connection:
        rows = [(kind, address, now_us) for address in addresses]
        connection.executemany("insert or ignore into sendgrid_suppressions values (?, ?, '', ?)", rows)
    return JSONResponse({"recipient_emails": addresses}, status_code=201)
