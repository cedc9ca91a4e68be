"""Twilio: status callbacks of messages, and texts that come in (twilio.com/docs/messaging/guides/track-outbound-message-status,
…/guides/webhook-request, …/tutorials/advanced-opt-out).

Our id is `message_key` in the query of the address that we give for the callback. The form has no time: what counts is when it came
in. The same state gets the same id as where messages are listed. A message that was not delivered is a bounce for good where its code
says that the number is none, or no mobile one (twilio.com/docs/api/errors); a handset that is off, or a filter, may pass.
"""

from collections.abc import Iterator, Mapping

from activations.webhooks.event import Event, Post, Status
from activations.webhooks.fields import Fields
from activations.webhooks.reader import Reader, form_of, query_of

STATES: Mapping[str, Status | None] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "failed",
    "partially_delivered": "failed",
    "failed": "failed",
    "canceled": "rejected",
    "receiving": None,
    "received": None,
}
"""Twilio's states in our vocabulary. A text that came in says something of us only by its words."""
OPTED_OUT = "21610"
NO_SUCH_NUMBER = frozenset({"21211", "21214", "21217", "21401", "21407", "21421", "21614", "21635", "30005", "30006"})
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
"""The words that Twilio itself takes as an opt-out."""


def status_of(state: Status, code: str | None) -> Status:
    """What a state means with the error that came with it, if any."""
    if state != "failed":
        return state
    return "unsubscribed" if code == OPTED_OUT else "bounced" if code in NO_SUCH_NUMBER else "failed"


def is_opt_out(body: str | None, kind: str | None = None) -> bool:
    """Whether a text that came in ends all others; kind: OptOutType, where the account has keywords of its own."""
    return kind.upper() == "STOP" if kind else (body or "").strip().upper() in STOP_WORDS


def _read(form: Fields, post: Post) -> Iterator[Event]:
    sid = form.key("MessageSid") or form.needed_key("SmsSid")
    name = "MessageStatus" if form.has("MessageStatus") else "SmsStatus"
    is_inbound = not form.has("MessageStatus") and form.has("Body")
    code = form.key("ErrorCode")
    state = None if is_inbound else form.word(name, STATES)
    status = status_of(state, code) if state else "unsubscribed"
    if state is None and not (is_inbound and is_opt_out(form.text("Body"), form.text("OptOutType"))):
        return
    yield Event(
        event_id=f"{sid}:{status}",
        channel="sms",
        status=status,
        occurred_at=post.received_at,
        message_id=None if is_inbound else Fields(query_of(post), post.received_at, "the address's query").key("message_key"),
        provider_ref=None if is_inbound else sid,
        address=form.number("From" if is_inbound else "To"),
        reason=None if is_inbound else form.reason("ErrorCode", "ErrorMessage"),
    )


TWILIO = Reader("twilio", lambda post: [form_of(post)], _read)
