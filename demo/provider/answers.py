"""Klaviyo's dialect: JSON:API documents, error objects, and the headers that every request needs."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from demo.provider.options import Options

MEDIA_TYPE = "application/vnd.api+json"
MAX_BODY_BYTES = 5_000_000
_TITLES = {
    400: "Invalid input.",
    401: "Authentication credentials were not provided.",
    404: "Not found.",
    405: "Method not allowed.",
    406: "Could not satisfy the request Accept header.",
    409: "Conflict.",
    413: "Payload too large.",
    415: "Unsupported media type.",
    429: "Request was throttled.",
    500: "Internal server error.",
    502: "Bad gateway.",
    504: "Gateway timeout.",
    503: "Service unavailable.",
}


class KlaviyoError(Exception):
    """An answer in Klaviyo's error shape: HTTP status, code, a sentence, and where in the request the fault lies."""

    def __init__(self, status: int, code: str, detail: str, *, pointer: str | None = None, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.source = {"pointer": pointer} if pointer is not None else {"parameter": parameter} if parameter else {}


def error_answer(error: KlaviyoError, headers: Mapping[str, str] | None = None) -> Response:
    """The error as an HTTP answer."""
    body = {
        "errors": [
            {
                "id": str(uuid.uuid4()),
                "status": error.status,
                "code": error.code,
                "title": _TITLES[error.status],
                "detail": error.detail,
                "source": error.source,
            }
        ]
    }
    return Response(orjson.dumps(body), status_code=error.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def document(data: object, *, status: int = 200, links: dict[str, Any] | None = None, included: object = None) -> Response:
    """A JSON:API document."""
    body: dict[str, object] = {"data": data, "links": links or {}}
    if included is not None:
        body["included"] = included
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE)


def check_headers(request: Request, options: Options) -> None:
    """Raise KlaviyoError unless key, revision, Accept and Content-Type are as the vendor wants them."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme != "Klaviyo-API-Key" or not key.strip():
        raise KlaviyoError(401, "not_authenticated", "Missing or invalid private key.", pointer="/data/")
    if options.klaviyo_key is not None and key.strip() != options.klaviyo_key:
        raise KlaviyoError(401, "authentication_failed", "Incorrect authentication credentials.", pointer="/data/")
    revision = request.headers.get("revision", "")
    if not revision:
        raise KlaviyoError(400, "missing_revision", "The revision header is required.", parameter="revision")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(\.\w+)?", revision):
        raise KlaviyoError(400, "invalid_revision", "The revision header must be a date: YYYY-MM-DD.", parameter="revision")
    accept = request.headers.get("accept", "*/*")
    if not any(kind in accept for kind in ("*/*", "application/*", MEDIA_TYPE, "application/json")):
        raise KlaviyoError(406, "not_acceptable", f"The answer can only be {MEDIA_TYPE}.", parameter="accept")
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if request.method in ("POST", "DELETE", "PATCH") and content_type not in (MEDIA_TYPE, "application/json"):
        raise KlaviyoError(415, "unsupported_media_type", f"Send {MEDIA_TYPE}.", parameter="content-type")


async def read_body(request: Request) -> tuple[Any, int]:
    """The request's JSON and its size in bytes; raises KlaviyoError when it is too large or no JSON."""
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        raise KlaviyoError(413, "payload_too_large", "The payload is larger than 5 MB.", pointer="/data")
    try:
        return orjson.loads(raw), len(raw)
    except ValueError as error:
        raise KlaviyoError(400, "parse_error", "The body is not valid JSON.", pointer="/data") from error


def resource(request: Request, kind: str, identifier: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
    """One JSON:API resource object with its link."""
    link = str(request.base_url).rstrip("/") + path
    return {"type": kind, "id": identifier, "attributes": attributes, "links": {"self": link}}
