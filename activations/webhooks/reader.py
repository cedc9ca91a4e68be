"""How a body becomes events: cut into records by its form, each record read for itself, so that a bad one spoils no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson

from activations.webhooks.event import BodyError, Event, Post, Unread
from activations.webhooks.fields import FieldError, Fields

Records = Callable[[Post], list[object]]
Read = Callable[[Fields, Post], Iterable[Event | None]]
_MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Reader:
    """A vendor: how its body is cut, and how one record reads."""

    name: str
    records: Records
    """Raises BodyError."""
    read: Read
    """No, one or several events of a record; none says that the record is about no message. Raises FieldError."""

    def events(self, post: Post) -> list[Event | Unread | None]:
        if post.received_at.tzinfo is None:
            raise ValueError("received_at has no time zone; pass an aware datetime")
        found: list[Event | Unread | None] = []
        for place, record in enumerate(self.records(post)):
            try:
                events = list(self.read(Fields(record, post.received_at), post))
                if any(one and not (one.message_id or one.provider_ref or one.address) for one in events):
                    raise FieldError("the event names neither a message nor an address")
                found.extend(events or [None])
            except FieldError as fault:
                found.append(Unread(place, str(fault)))
        return found


def one_object(post: Post) -> list[object]:
    """A JSON object, which is one event."""
    document = document_of(post.body)
    if not isinstance(document, dict):
        raise BodyError("the body is no JSON object")
    return [document]


def one_or_many(post: Post) -> list[object]:
    """A JSON array of events, or one event alone: for vendors where it is a setting."""
    document = document_of(post.body)
    if not isinstance(document, list | dict):
        raise BodyError("the body is neither a JSON object nor an array")
    return document if isinstance(document, list) else [document]


def under(name: str) -> Records:
    """A JSON object with the events in one of its fields."""

    def records(post: Post) -> list[object]:
        (document,) = one_object(post)
        inner = document.get(name) if isinstance(document, dict) else None
        if not isinstance(inner, list):
            raise BodyError(f"the body has no list {name}")
        return inner

    return records


def document_of(body: bytes | str) -> object:
    """The JSON document. Raises BodyError."""
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf") if isinstance(body, bytes) else body)
    except orjson.JSONDecodeError as error:
        raise BodyError(f"the body is no JSON: {error.msg} at character {error.pos}") from None


def form_of(post: Post) -> dict[str, object]:
    """The fields of a form; of one that comes twice the last. Raises BodyError."""
    if post.content_type.partition(";")[0].strip().lower() not in ("application/x-www-form-urlencoded", ""):
        raise BodyError("the body is no form: its content type says something else")
    try:
        text = post.body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise BodyError("the body is no form in UTF-8") from None


def query_of(post: Post) -> dict[str, object]:
    """The fields of the address's query; none where it cannot be read."""
    try:
        return dict(parse_qsl(post.query, errors="strict", max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
