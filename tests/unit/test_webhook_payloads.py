"""What must come out of each of 115 payloads of 13 vendors, many of them captured from real deliveries: webhook_payloads.jsonl says it."""

import json
from pathlib import Path
from typing import Any

import pytest

from activations.webhooks.event import Event, Unread
from tests.unit.webhook_words_kit import envelope, read

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/esp_webhooks"
EXPECTED = [json.loads(line) for line in (Path(__file__).parent / "webhook_payloads.jsonl").read_text().splitlines()]
NAMES = {"mandrill": "mailchimp_transactional"}


def seen(one: Event | Unread | None) -> object:
    """An event by its fields that are not empty; the reason of one that cannot be taken; None for what is about no message."""
    if not isinstance(one, Event):
        return one and one.why
    fields: dict[str, Any] = {"status": one.status, "address": one.address, "provider_ref": one.provider_ref, "link": one.link}
    fields |= {"at": one.occurred_at.isoformat().removesuffix("+00:00"), "message_id": one.message_id, "is_machine": one.is_machine}
    return {name: value for name, value in fields.items() if value}


@pytest.mark.parametrize("vendor", sorted({expected["vendor"] for expected in EXPECTED}))
def test_each_payload_becomes_what_it_says(vendor: str) -> None:
    if not FOLDER.exists():
        pytest.skip("the payloads are not at ../shared/data/esp_webhooks")
    lines = [json.loads(line) for line in (FOLDER / f"{vendor}.jsonl").read_text().splitlines()]
    told = []
    for line in lines:
        is_bare = line["var"] == "raw_ses_event"  # the other one of Amazon is an envelope already
        events = read(NAMES.get(vendor, vendor), envelope(line["payload"]) if is_bare else line["payload"])
        told.append({"vendor": vendor, "test": line["test"], "expected": [seen(event) for event in events]})
    assert told == [expected for expected in EXPECTED if expected["vendor"] == vendor]


def test_none_of_the_payloads_is_left_out() -> None:
    assert len(EXPECTED) == 115
