"""Cuts one event out of a webhook's body, so that an event that is not understood is kept alone, and not a thousand others with it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from activations.webhooks.event import Post, Unread, Vendor
from orchestration.collector.kept import WHOLE, understood


def alone(post: Post, unread: Unread, reader: Vendor) -> Post:
    """The request as it would be with this event only; the whole of it where it cannot be cut, or where its reader sees it otherwise."""
    for body in _cut(post.body, unread.place) if unread.place != WHOLE else ():
        cut = replace(post, body=body)
        if understood(cut, reader) == [Unread(0, unread.why)]:
            return cut
    return post


def _cut(body: bytes, place: int) -> Iterator[bytes]:
    """A list with one of its items; an object, or a form, with one item of one of its lists."""
    document, form = _opened(body)
    if isinstance(document, list) and len(document) > place:
        yield orjson.dumps([document[place]])
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, list) and len(value) > place:
                yield orjson.dumps({**document, name: [value[place]]})
    for name in form:
        items = _items(form[name])
        if items is not None and len(items) > place:
            yield urlencode({**form, name: json.dumps([items[place]])}).encode()


@functools.lru_cache(maxsize=1)
def _opened(body: bytes) -> tuple[Any, dict[str, str]]:
    """The JSON document, else the form. The last one is kept: each strange event of a body asks for it."""
    try:
        return orjson.loads(body), {}
    except orjson.JSONDecodeError:
        pass
    try:
        return None, dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=1_000))
    except ValueError:
        return None, {}


@functools.lru_cache(maxsize=1)
def _items(value: str) -> list[Any] | None:
    try:
        items = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return items if isinstance(items, list) else None
