"""A webhook's request as a line of the spool: verbatim, so that a better reader can read it again; and what a reader says of it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import orjson

from activations.webhooks.event import BodyError, Event, Post, Unread, Vendor

#: The place of an event that is the body as a whole.
WHOLE = -1


def fields_of(name: str, post: Post) -> dict[str, str]:
    """What a request was, without when it came: `destination`, `content_type`, `query`, and `body` or, where that is no UTF-8, `body64`."""
    try:
        body = {"body": post.body.decode()}
    except UnicodeDecodeError:
        body = {"body64": base64.b64encode(post.body).decode()}
    return {"destination": name, "content_type": post.content_type, "query": post.query, **body}


def line_of(name: str, post: Post) -> bytes:
    """The line, with its line feed. name: the destination's."""
    came = {"received_at": post.received_at.astimezone(UTC).isoformat(), **fields_of(name, post)}
    return orjson.dumps(came, option=orjson.OPT_APPEND_NEWLINE)


def post_of(fields: dict[str, Any], received_at: datetime | None = None) -> Post:
    """The request again. received_at: aware, where the fields do not say it. Raises KeyError, ValueError where they are none."""
    body = fields["body"].encode() if fields.get("body") is not None else base64.b64decode(fields["body64"])
    at = received_at or datetime.fromisoformat(fields["received_at"])
    return Post(body, fields["content_type"] or "", fields["query"] or "", at)


def understood(post: Post, reader: Vendor | None) -> list[Event | Unread | None]:
    """What a request says. A body that is none, and a reader's own mistake, are one event that cannot be taken, at the place WHOLE."""
    if reader is None:
        return [Unread(WHOLE, "there is no reader for this provider")]
    try:
        return reader.events(post)
    except BodyError as error:
        return [Unread(WHOLE, str(error))]
    except Exception as error:  # it may be any: what came must be kept, and must not stop the rest
        return [Unread(WHOLE, f"the reader failed ({type(error).__name__})")]
