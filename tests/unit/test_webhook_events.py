"""What vendors document of their webhooks: kinds of events, hard and soft bounces, machines, whose message it was. Long: mostly tables."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from activations.webhooks.event import BodyError, Event, Unread
from activations.webhooks.registry import VENDORS
from tests.unit.webhook_words_kit import AT, NOW, OURS, SAMPLES, customer_io, envelope, hubspot, klaviyo, mailgun, post, read


def one(vendor: str, payload: Any, query: str = "") -> Event:
    (event,) = read(vendor, payload, query)
    assert isinstance(event, Event), event
    return event


def sendgrid(**more: Any) -> list[dict[str, Any]]:
    return [{"email": "ann@example.com", "timestamp": AT, "sg_event_id": "e", "sg_message_id": "abc.filter1-2", **more}]


def ses(kind: str, **more: Any) -> dict[str, Any]:
    mail = {"messageId": "7c19", "destination": ["ann@example.com"], "tags": {"message_key": [OURS]}, "timestamp": "2026-01-01T00:00:00Z"}
    return {"eventType": kind, "mail": mail, **more}


def bounced(kind: str, sub: str) -> dict[str, Any]:
    people = [{"emailAddress": "Ann <ann@example.com>"}]
    return ses(
        "Bounce", bounce={"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": people, "timestamp": "2026-01-01T00:00:00Z"}
    )


def sparkpost(kind: str, event: str, **more: Any) -> list[dict[str, Any]]:
    known = {"type": event, "event_id": "9", "rcpt_to": "ann@example.com", "timestamp": str(AT), "rcpt_meta": {"message_key": OURS}}
    return [{"msys": {kind: known | more}}]


def postmark(kind: str) -> dict[str, Any]:
    known = {"RecordType": "Bounce", "ID": 4, "MessageID": "m", "Email": "ann@example.com", "BouncedAt": "2026-01-01T00:00:00.1234567Z"}
    return known | {"Type": kind, "Metadata": {"message_key": OURS}}


def mailjet(event: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "time": AT, "MessageID": 18014403435678901, "email": "ann@example.com", **more}


def resend(**more: Any) -> dict[str, Any]:
    data = {"email_id": "e", "to": ["ann@example.com"], **more}
    return {"type": "email.opened", "created_at": "2026-01-01 00:00:00.1234+00", "data": data}


def brevo_text(**more: Any) -> dict[str, Any]:
    return {"id": 26570, "to": "4915112345678", "messageId": 123, "date": "2026-01-01 01:00:00", "tag": f"message-{OURS}", **more}


def mailchimp(kind: str, **data: str) -> dict[str, str]:
    data = {"id": "8a25", "list_id": "a6b5", "email": "ann@example.com"} | data
    return {"type": kind, "fired_at": "2026-01-01 00:00:00"} | {f"data[{name}]": value for name, value in data.items()}


STATUSES: list[tuple[str, Any, str]] = [
    ("sendgrid", sendgrid(event="bounce", type="bounce"), "bounced"),
    ("sendgrid", sendgrid(event="bounce", type="blocked"), "failed"),
    ("sendgrid", sendgrid(event="group_unsubscribe"), "unsubscribed"),
    ("sendgrid", sendgrid(event="spamreport"), "complained"),
    ("sendgrid", sendgrid(event="dropped", reason="Bounced Address"), "rejected"),
    ("amazon_ses", bounced("Permanent", "NoEmail"), "bounced"),
    ("amazon_ses", envelope(bounced("Transient", "MailboxFull")), "failed"),
    ("amazon_ses", bounced("Undetermined", "Undetermined"), "failed"),
    ("amazon_ses", bounced("Permanent", "OnAccountSuppressionList"), "rejected"),
    ("amazon_ses", ses("DeliveryDelay", deliveryDelay={"delayedRecipients": [{"emailAddress": "ann@example.com"}]}), "deferred"),
    ("amazon_ses", ses("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": True}}), "unsubscribed"),
    ("sparkpost", sparkpost("message_event", "out_of_band", bounce_class="30"), "bounced"),
    ("sparkpost", sparkpost("message_event", "bounce", bounce_class="22"), "failed"),
    ("sparkpost", sparkpost("message_event", "bounce", bounce_class="25"), "rejected"),
    ("sparkpost", sparkpost("message_event", "bounce", bounce_class="90"), "unsubscribed"),
    ("sparkpost", sparkpost("unsubscribe_event", "link_unsubscribe"), "unsubscribed"),
    ("postmark", postmark("SoftBounce"), "failed"),
    ("postmark", postmark("Transient"), "deferred"),
    ("postmark", postmark("BadEmailAddress"), "bounced"),
    ("postmark", postmark("Blocked"), "failed"),
    ("postmark", postmark("ManuallyDeactivated"), "rejected"),
    ("mailgun", mailgun("failed", severity="permanent", reason="bounce"), "bounced"),
    ("mailgun", mailgun("failed", severity="permanent", reason="old"), "failed"),
    ("mailgun", mailgun("failed", severity="permanent", reason="suppress-bounce"), "rejected"),
    ("mailgun", mailgun("failed", severity="permanent", reason="bounce", **{"delivery-status": {"bounce-type": "soft"}}), "failed"),
    ("mailgun", mailgun("failed", severity="temporary", reason="generic"), "deferred"),
    ("mailgun", mailgun("rejected", reject={"reason": "Sandbox"}), "rejected"),
    ("mailjet", mailjet("bounce", hard_bounce=True), "bounced"),
    ("mailjet", mailjet("bounce", hard_bounce=False, error="quota exceeded"), "failed"),
    ("mailjet", mailjet("blocked", error="preblocked"), "rejected"),
    ("brevo", {"event": "soft_bounce", "email": "ann@example.com", "ts_event": AT, "camp_id": 4}, "failed"),
    ("brevo", {"event": "invalid_email", "email": "ann@example.com", "ts_event": AT}, "bounced"),
    ("brevo", [{"event": "unsubscribe", "email": "ann@example.com", "ts_event": AT}], "unsubscribed"),
    ("brevo", brevo_text(msg_status="hard_bounce"), "bounced"),
    ("brevo", brevo_text(msg_status="unsubscribe"), "unsubscribed"),
    ("mailchimp", mailchimp("unsubscribe", action="unsub", reason="manual"), "unsubscribed"),
    ("mailchimp", mailchimp("unsubscribe", action="unsub", reason="abuse"), "complained"),
    ("mailchimp", mailchimp("cleaned", reason="hard"), "bounced"),
    ("mailchimp", mailchimp("cleaned", reason="abuse"), "complained"),
    ("mailchimp_transactional", [{"event": "soft_bounce", "_id": "a", "ts": AT}], "failed"),
    ("mailchimp_transactional", [{"event": "reject", "_id": "a", "ts": AT, "msg": {"reject": {"reason": "unsub"}}}], "rejected"),
    ("customer_io", customer_io("email", "spammed"), "complained"),
    ("customer_io", customer_io("email", "attempted"), "deferred"),
    ("customer_io", customer_io("customer", "unsubscribed"), "unsubscribed"),
    ("customer_io", customer_io("sms", "undeliverable", recipient="+4915112345678"), "rejected"),
    ("klaviyo", klaviyo("bounced_email", **{"Bounce Type": "Hard"}), "bounced"),
    ("klaviyo", klaviyo("bounced_email", **{"Bounce Type": "Soft"}), "failed"),
    ("klaviyo", klaviyo("unsubscribed_from_sms_marketing"), "unsubscribed"),
    ("hubspot", hubspot("hs_email_hard_bounce_reason_enum", "UNKNOWN_USER"), "bounced"),
    (
        "unisender_go",
        {
            "event_name": "transactional_email_status",
            "status": "soft_bounced",
            "email": "ann@example.com",
            "event_time": "2026-01-01 00:00:00",
            "delivery_info": {"delivery_status": "err_will_retry"},
        },
        "deferred",
    ),
    (
        "mailersend",
        {"type": "activity.suppressed", "created_at": "2026-01-01T00:00:00Z", "data": {"id": "a", "message_id": "m"}},
        "rejected",
    ),
    (
        "resend",
        {
            "type": "email.bounced",
            "created_at": "2026-01-01T00:00:00Z",
            "data": {"email_id": "e", "to": ["ann@example.com"], "bounce": {"type": "Transient", "subType": "General"}},
        },
        "failed",
    ),
    ("twilio", {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30007", "To": "+4915112345678"}, "failed"),
    ("twilio", {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "21610", "To": "+4915112345678"}, "unsubscribed"),
    ("twilio", {"MessageSid": "SM2", "SmsStatus": "received", "From": "+4915112345678", "To": "+1500", "Body": " Stop "}, "unsubscribed"),
    (
        "twilio",
        {"MessageSid": "SM2", "SmsStatus": "received", "From": "+4915112345678", "Body": "ciao", "OptOutType": "STOP"},
        "unsubscribed",
    ),
]


@pytest.mark.parametrize(("vendor", "payload", "status"), STATUSES)
def test_the_status_is_what_the_vendor_documents(vendor: str, payload: Any, status: str) -> None:
    assert one(vendor, payload).status == status


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("sendgrid", [{"event": "account_status_change", "type": "compliance_suspend", "timestamp": AT}]),
        ("sendgrid", sendgrid(event="group_resubscribe")),
        ("twilio", {"MessageSid": "SM2", "SmsStatus": "received", "From": "+4915112345678", "Body": "Thanks, stop by?"}),
        ("mailchimp", mailchimp("upemail", new_email="new@example.com")),
        ("mailchimp", mailchimp("unsubscribe", action="delete", reason="manual")),
        ("amazon_ses", envelope({}) | {"Message": "Successfully validated SNS topic for Amazon SES event publishing."}),
        ("amazon_ses", ses("Complaint", complaint={"complaintFeedbackType": "not-spam", "complainedRecipients": []})),
        ("hubspot", hubspot("hs_email_optout", "false")),
        ("hubspot", hubspot("firstname", "Ann")),
        ("customer_io", customer_io("push", "sent")),
        ("klaviyo", klaviyo("sent_sms")),
        ("brevo", {"event": "list_addition", "email": ["ann@example.com"], "ts_event": AT}),
        ("postmark", postmark("AutoResponder")),
    ],
)
def test_what_says_nothing_of_a_message_is_passed_over(vendor: str, payload: Any) -> None:
    assert read(vendor, payload) == [None] * (len(payload) if isinstance(payload, list) else 1)


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("sendgrid", sendgrid(event="open", sg_machine_open=True)),
        ("brevo", {"event": "unique_proxy_open", "email": "ann@example.com", "ts_epoch": AT * 1000}),
        ("mailgun", mailgun("opened", **{"client-info": {"bot": "apple"}})),
        ("sparkpost", sparkpost("track_event", "open", is_prefetched=True)),
        ("customer_io", customer_io("email", "opened", proxied=True, prefetched=True)),
        ("klaviyo", klaviyo("opened_email", machine_open=True)),
    ],
)
def test_opens_by_machines_are_marked(vendor: str, payload: Any) -> None:
    assert one(vendor, payload).is_machine


@pytest.mark.parametrize(
    ("vendor", "payload", "message_id", "ref"),
    [
        ("sendgrid", sendgrid(event="open", message_key=OURS), OURS, "abc"),
        ("sendgrid", sendgrid(event="open", **{"smtp-id": f"<{OURS}@shop.example>"}), OURS, "abc"),
        ("amazon_ses", ses("Open"), OURS, "7c19"),
        ("sparkpost", sparkpost("track_event", "open", transmission_id="658"), OURS, "658"),
        ("postmark", postmark("HardBounce"), OURS, "m"),
        ("mailgun", mailgun("opened"), "m-1", f"{OURS}@shop.example"),
        ("mailgun", mailgun("opened", **{"user-variables": {}}), OURS, f"{OURS}@shop.example"),
        ("mailjet", mailjet("open", Payload=f'{{"message_key": "{OURS}"}}'), OURS, "18014403435678901"),
        ("mailjet", mailjet("open", CustomID=OURS, Payload="no JSON"), OURS, "18014403435678901"),
        ("brevo", {"event": "opened", "ts_epoch": AT, "message-id": "<1@relay>", "tags": [f"message-{OURS}", "spring"]}, OURS, "1@relay"),
        ("brevo", {"event": "opened", "ts_epoch": AT, "X-Mailin-custom": f'{{"message_key":"{OURS}"}}'}, OURS, None),
        ("brevo", brevo_text(msg_status="sent"), OURS, "123"),
        ("mailchimp_transactional", [{"event": "open", "_id": "a", "ts": AT, "msg": {"metadata": {"message_key": OURS}}}], OURS, "a"),
        ("resend", resend(tags={"message_key": OURS}), OURS, "e"),
        ("resend", resend(tags=[{"name": "message_key", "value": OURS}]), OURS, "e"),
        ("resend", resend(headers=[{"name": "Message-ID", "value": f"<{OURS}@shop.example>"}]), OURS, "e"),
        ("klaviyo", klaviyo("opened_email", message_key=OURS), OURS, None),
        ("customer_io", customer_io("email", "opened"), None, "01BX5ZZKBKACTAV9WEVGEMMVRZ"),
        ("hubspot", hubspot("hs_email_optout", "true"), None, "123"),
    ],
)
def test_whose_message_it_was_comes_back(vendor: str, payload: Any, message_id: str | None, ref: str | None) -> None:
    event = one(vendor, payload)
    assert (event.message_id, event.provider_ref) == (message_id, ref)


def test_a_text_is_known_by_the_address_it_is_told_to_and_by_its_sid() -> None:
    event = one("twilio", SAMPLES["twilio"], f"campaign=spring&message_key={OURS}")
    assert (event.message_id, event.provider_ref, event.event_id) == (OURS, "SM1", "SM1:bounced")
    assert (event.status, event.address, event.occurred_at) == ("bounced", "+4915112345678", NOW)


def test_links_and_reasons_tell_nothing_of_a_person() -> None:
    event = one(
        "sendgrid", sendgrid(event="click", url="https://ann:secret@shop.example/a?email=ann@example.com#x", reason="to ann@example.com")
    )
    assert (event.link, event.reason) == ("https://shop.example/a", "to a***@example.com")
    assert "ann@example.com" not in repr(event)


def test_times_are_read_by_their_unit_and_zone() -> None:
    midnight = datetime.fromtimestamp(AT, UTC)
    assert one("brevo", {"event": "opened", "email": "a@b.example", "ts_epoch": AT * 1000}).occurred_at == midnight
    assert one("hubspot", hubspot("hs_email_optout", "true")).occurred_at == midnight
    assert one("mailchimp", mailchimp("cleaned", reason="hard")).occurred_at == midnight
    berlin = postmark("HardBounce") | {"BouncedAt": "2026-01-01T01:00:00+01:00"}
    assert one("postmark", berlin).occurred_at == midnight and one("postmark", berlin).occurred_at.tzinfo is UTC


def test_told_again_it_has_the_same_id_however_the_batch_is_cut() -> None:
    both = [mailjet("open"), mailjet("click", url="https://x.example")]
    first, second = (event.event_id for event in read("mailjet", both) if isinstance(event, Event))
    assert first != second and one("mailjet", [both[1]]).event_id == second == one("mailjet", both[1]).event_id
    later = replace(post("twilio", SAMPLES["twilio"]), received_at=datetime(2026, 7, 1, tzinfo=UTC))
    (again,) = VENDORS["twilio"].events(later)
    assert isinstance(again, Event) and again.event_id == one("twilio", SAMPLES["twilio"]).event_id


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (sendgrid(event="teleported"), "event is a word that is not known here (teleported)"),
        (sendgrid(event={"a": 1}), "event is no text"),
        (sendgrid(event="open", timestamp="yesterday"), "timestamp is no time that can be read"),
        (sendgrid(event="open", timestamp=-5), "timestamp is no time that can be read"),
        (sendgrid(event="open", timestamp=10**17), "timestamp is no time that can be read"),
        (sendgrid(event="open", timestamp=AT * 2), "timestamp is a time that cannot be"),
        (sendgrid(event="open", timestamp=True), "timestamp is no time that can be read"),
        (sendgrid(event="open", email=["ann@example.com"]), "email is no text"),
        (sendgrid(event="open", sg_event_id="x" * 600), "sg_event_id is no identifier"),
        (sendgrid(event="open", email="not an address", sg_message_id=None), "the event names neither a message nor an address"),
        (["open"], "the event is no object"),
    ],
)
def test_an_event_that_cannot_be_taken_says_why_and_spoils_no_other(payload: list[Any], why: str) -> None:
    good = sendgrid(event="delivered")
    unread, event = read("sendgrid", payload + good)
    assert unread == Unread(0, why) and isinstance(event, Event) and event.status == "delivered"


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@pytest.mark.parametrize("body", [b"", b"null", b"[1", b"\xff\xfe", b"NaN", b'"text"', b"[" * 5000, b"a=%ff", b"\x00", b"<html>"])
def test_a_body_that_is_none_is_refused_whole(vendor: str, body: bytes) -> None:
    for content_type in ("application/json", "application/x-www-form-urlencoded", ""):
        try:
            events = VENDORS[vendor].events(replace(post(vendor, SAMPLES[vendor]), body=body, content_type=content_type))
        except BodyError as error:
            assert str(error)
        else:
            assert all(isinstance(event, Unread) for event in events)


def test_a_topic_that_asks_to_be_confirmed_is_told_to_a_person() -> None:
    (unread,) = read("amazon_ses", {"Type": "SubscriptionConfirmation", "Token": "secret", "SubscribeURL": "https://evil.example"})
    assert isinstance(unread, Unread) and "confirm the subscription" in unread.why
    assert "secret" not in unread.why and "evil" not in unread.why
