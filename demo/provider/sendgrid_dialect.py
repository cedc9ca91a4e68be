"""SendGrid's dialect: its error objects, the key in every request, bodies that must be JSON of a known shape."""

import re
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider.answers import KlaviyoError
from demo.provider.options import Options
from demo.provider.shapes import Shape


class SendGridError(Exception):
    """An answer in SendGrid's error shape: HTTP status, a sentence, and the field that it is about."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field


def error_answer(error: SendGridError, headers: dict[str, str] | None = None) -> Response:
    """The error as an HTTP answer."""
    entry = {"message": str(error)} | ({"field": error.field} if error.field is not None else {})
    return JSONResponse({"errors": [entry]}, status_code=error.status, headers=headers)


def check_key(request: Request, options: Options) -> None:
    """Raise SendGridError unless the request carries the key as a bearer token."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip() or options.sendgrid_key not in (None, key.strip()):
        raise SendGridError(401, "The provided authorization grant is invalid, expired, or revoked")


async def read_body(request: Request, most_bytes: int) -> tuple[Any, int]:
    """The request's JSON and its size in bytes; raises SendGridError when it is too large, no JSON, or has a null in it,
    which no field of SendGrid's takes.
    """
    raw = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise SendGridError(415, "Content-Type should be application/json.")
    if len(raw) > most_bytes:
        raise SendGridError(413, f"The request body must not exceed {most_bytes} bytes.")
    try:
        body = orjson.loads(raw)
    except ValueError as error:
        raise SendGridError(400, "invalid JSON") from error
    if b"null" in raw and (place := _null(body, "")) is not None:
        raise SendGridError(400, "must not be null", place)
    return body, len(raw)


def check_shape(shape: Shape, body: Any) -> None:
    """Raise SendGridError (400, with the field as in `contacts[3].email`) where the body is not of the shape."""
    try:
        shape.check(body)
    except KlaviyoError as error:
        raise SendGridError(400, error.detail, _dotted(error.source.get("pointer") or "")) from error


def _dotted(pointer: str) -> str:
    return re.sub(r"/(\d+)", r"[\1]", pointer).replace("/", ".").lstrip(".")


def _null(value: Any, place: str) -> str | None:
    if value is None:
        return _dotted(place)
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next((found for key, entry in inner if (found := _null(entry, f"{place}/{key}")) is not None), None)
