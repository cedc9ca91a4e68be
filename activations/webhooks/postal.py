"""Postal's webhooks: one JSON object (docs.postalserver.io/developer/webhooks).

Our id stands in the Message-ID, where Postal kept it. A soft failure is tried again. A hard one says that Postal gave up: the address
is to blame only where the answer of its server says so (5.1.x by RFC 3463); a bounce that came back as a mail is one for good. A held
message waits at Postal for somebody to release it.
"""

import re
from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.message_ids import ours
from activations.webhooks.reader import Reader, one_object

_STATUSES: Mapping[str, Status | None] = {
    "messagesent": "delivered",
    "messagedelayed": "deferred",
    "messagedeliveryfailed": "failed",
    "messageheld": "queued",
    "messagebounced": "bounced",
    "messagelinkclicked": "clicked",
    "messageloaded": "opened",
    "domaindnserror": None,
    "sendlimitapproaching": None,
    "sendlimitexceeded": None,
}
_NO_SUCH_ADDRESS = re.compile(r"\b5\.1\.\d{1,3}\b")


def _read(body: Fields, _: Post) -> Iterator[Event]:
    said, event_id = body.word("event", _STATUSES), body.needed_key("uuid")
    if said is None:
        return
    payload = body.inner("payload")
    status: Status = "bounced" if payload.has("bounce") else said
    message = payload.inner("original_message" if payload.has("original_message") else "message")
    if (message.text("direction") or "outgoing") == "incoming":
        return
    if status == "failed" and _NO_SUCH_ADDRESS.search(payload.text("output") or ""):
        status = "bounced"
    ref = message.key("message_id")
    yield Event(
        event_id=event_id,
        channel="email",
        status=status,
        occurred_at=body.seconds("timestamp"),
        message_id=ours(ref),
        provider_ref=ref,
        address=message.email("to"),
        reason=payload.reason("details", "output"),
        link=payload.link("url"),
    )


POSTAL = Reader("postal", one_object, _read)
