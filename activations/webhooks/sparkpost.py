"""SparkPost's webhooks: a JSON array; each event stands alone under `msys.<its kind>` (developers.sparkpost.com/api/webhooks).

Our id is `message_key` of the recipient's metadata. A bounce is hard by its class alone: 10 and 30; 25 and 26 were kept back before
sending, 90 is an opt-out, and answers by machines (60, 80, 100) say nothing (support.sparkpost.com, bounce classification codes).
`is_prefetched` marks opens by a mail program's own servers. One `msys` without anything is a test.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status, hashed_id
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, one_or_many

_STATUSES: Mapping[str, Status | None] = {
    "injection": "queued",
    "delivery": "delivered",
    "delay": "deferred",
    "bounce": "bounced",
    "out_of_band": "bounced",
    "policy_rejection": "rejected",
    "generation_failure": "rejected",
    "generation_rejection": "rejected",
    "spam_complaint": "complained",
    "open": "opened",
    "initial_open": "opened",
    "amp_open": "opened",
    "amp_initial_open": "opened",
    "click": "clicked",
    "amp_click": "clicked",
    "list_unsubscribe": "unsubscribed",
    "link_unsubscribe": "unsubscribed",
}
_OTHERS = {"relay_event", "relay_message", "ab_test_event", "ingest_event"}
_HARD, _KEPT_BACK, _BY_MACHINES, _OPT_OUT = {"10", "30"}, {"25", "26"}, {"60", "80", "100"}, {"90"}


def _read(record: Fields, _: Post) -> Iterator[Event]:
    msys = record.inner("msys")
    kinds = list(msys.raw)
    if not kinds or set(kinds) <= _OTHERS:
        return
    if len(kinds) > 1:
        raise msys.fault(kinds[0] if kinds[0].isidentifier() else "…", "is not alone")
    event = msys.inner(kinds[0])
    said = event.word("type", _STATUSES)
    status = _bounced(event.text("bounce_class") or "") if said == "bounced" else said
    if status is None:
        return
    at = event.seconds("timestamp") if "T" not in (event.text("timestamp") or "") else event.iso("timestamp")
    ref, address, link = event.key("transmission_id"), event.email("raw_rcpt_to") or event.email("rcpt_to"), event.link("target_link_url")
    their_id = event.key("event_id")
    yield Event(
        event_id=f"{their_id}:{status}" if their_id else hashed_id("sparkpost", status, at, ref, address, link),
        channel="email",
        status=status,
        occurred_at=at,
        message_id=event.maybe_inner("rcpt_meta").key("message_key"),
        provider_ref=ref,
        address=address,
        is_machine=event.flag("is_prefetched"),
        reason=event.reason("bounce_class", "raw_reason") if event.has("raw_reason") else event.reason("reason", "fbtype"),
        link=link,
    )


def _bounced(bounce_class: str) -> Status | None:
    if bounce_class in _BY_MACHINES:
        return None
    return (
        "bounced"
        if bounce_class in _HARD
        else "rejected"
        if bounce_class in _KEPT_BACK
        else "unsubscribed"
        if bounce_class in _OPT_OUT
        else "failed"
    )


SPARKPOST = Reader("sparkpost", one_or_many, _read)
