"""Cuts one event out of a webhook's body, so that an event that is not understood is kept alone, and not a thousand others with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
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
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        yield from _cut_form(body, place)
        return
    if isinstance(document, list) and len(document) > place:
        yield orjson.dumps([document[place]])
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, list) and len(value) > place:
                yield orjson.dumps({**document, name: [value[place]]})


def _cut_form(body: bytes, place: int) -> Iterator[bytes]:
    try:
        fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=1_000))
    except ValueError:
        return
    for name, value in fields.items():
        try:
            items = json.loads(value)
        except (ValueError, RecursionError):
            continue
        if isinstance(items, list) and len(items) > place:
            yield urlencode({**fields, name: json.dumps([items[place]])}).encode()
