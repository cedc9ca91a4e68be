"""Whatever stands in a body, it is refused, or it is an event with a status of ours and a time that can be. Nothing else is raised."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from activations.webhooks.event import STATUSES, BodyError, Event
from activations.webhooks.registry import VENDORS
from tests.unit.webhook_words_kit import NOW, SAMPLES, post

ODD = some.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1e308,
        -0.0,
        10**18,
        -(10**18),
        "",
        " ",
        "x" * 3000,
        "\u0000",
        "١٢٣",
        "é@ü.example",
        "2026-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1e400",
        "inf",
        "http://[",
        "https://[::1]:x/",
        [],
        {},
        [[]],
        [None],
        {"": None},
        {"a": {"b": []}},
        "<<<>>>",
        "[]",
        "{}",
    ]
)
VALUES = (
    ODD
    | some.text(max_size=8)
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.dictionaries(some.text(max_size=3), ODD, max_size=2)
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in paths(one, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any, is_gone: bool) -> Any:
    if not path:
        return new
    copy = deepcopy(value)
    place = copy
    for key in path[:-1]:
        place = place[key]
    if is_gone and isinstance(place, dict):
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return copy


@settings(max_examples=600, deadline=None)
@given(some.data())
def test_no_mutation_of_a_sample_does_harm(data: some.DataObject) -> None:
    vendor = data.draw(some.sampled_from(sorted(VENDORS)))
    payload = SAMPLES[vendor]
    for _ in range(data.draw(some.integers(1, 3))):
        payload = changed(payload, data.draw(some.sampled_from(paths(payload))), data.draw(VALUES), data.draw(some.booleans()))
    try:
        sent = post(vendor, payload, data.draw(some.sampled_from(["", "message_key=%ff", "message_key=" + "x" * 500, "&&=&"])))
    except (TypeError, ValueError, UnicodeEncodeError):
        return  # no form, or no JSON, can hold it
    held(vendor, sent)


@settings(max_examples=300, deadline=None)
@given(some.sampled_from(sorted(VENDORS)), some.binary(max_size=60), some.integers(0, 400), some.integers(0, 60))
def test_no_damage_to_the_bytes_does_harm(vendor: str, noise: bytes, at: int, length: int) -> None:
    sent = post(vendor, SAMPLES[vendor])
    held(vendor, replace(sent, body=sent.body[:at] + noise + sent.body[at + length :]))


def held(vendor: str, sent: Any) -> None:
    try:
        events = VENDORS[vendor].events(sent)
    except BodyError:
        return
    for event in events:
        if isinstance(event, Event):
            assert event.status in STATUSES and event.event_id and event.channel in ("email", "sms")
            assert event.occurred_at.tzinfo is UTC and event.occurred_at.year >= 2000 and event.occurred_at <= NOW + timedelta(days=1)
            assert event.reason is None or len(event.reason) <= 200
            assert event.link is None or not set("?#") & set(event.link)
