"""What Brevo, HubSpot, Mailchimp and Customer.io list when asked: over real HTTP, by their documentation, page after page, in our words.
One file: four small servers that are asked the same things.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_kit import Asked, Reply, serving

from activations.webhooks.event import Event
from orchestration import feedback
from orchestration.delivery_policy import DeliveryPolicy
from orchestration.landing import Landing, land_rows
from orchestration.resources import Outside
from orchestration.sources import brevo, customer_io, hubspot_mails, mailchimp
from orchestration.sources.engagement import ENGAGEMENT, Engagement
from orchestration.sources.errors import SourceError
from tests.unit.webhook_words_kit import OURS
from tests.unit.webhook_words_kit import customer_io as report
from tests.unit.webhook_words_kit import read as told

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
SINCE = datetime(2026, 6, 29, tzinfo=UTC)
AT = int(datetime(2026, 6, 29, 12, tzinfo=UTC).timestamp())
Answer = Callable[[Asked], Reply]


def page(rows: list[Any], asked: Asked, size: str) -> list[Any]:
    start, count = int(asked.params.get("offset", 0)), int(asked.params[size])
    return rows[start : start + count]


def known(rows: Iterator[Engagement]) -> list[tuple[Any, ...]]:
    return [(row["status"], row["address"], row["message_id"], row.get("provider_ref"), row["is_machine"]) for row in rows]


def brevo_s(asked: Asked) -> Reply:
    assert asked.headers["api-key"] == "key" and asked.params["startDate"] == "2026-06-29" and asked.params["endDate"] == "2026-06-30"
    assert asked.params["sort"] == "asc" and "days" not in asked.params
    mail = {"email": "ann@example.com", "messageId": "<1@relay>", "date": "2026-06-29T12:00:00.000Z", "subject": "Hi", "from": "s@x.de"}
    mails = [
        mail | {"event": kind, "tag": f"message-{OURS}"} for kind in ("requests", "delivered", "loadedByProxy", "clicks", "hardBounces")
    ]
    text = {"phoneNumber": "4915112345678", "messageId": "7", "date": "2026-06-29T12:00:00.000Z", "tag": f"message-{OURS}"}
    texts = [text | {"event": kind} for kind in ("sent", "softBounces", "replies", "unsubscription")]
    rows = {"/v3/smtp/statistics/events": mails, "/v3/transactionalSMS/statistics/events": texts}[asked.path]
    found = page(rows, asked, "limit")
    return Reply({"events": found} if found else {})


def test_brevo_lists_mails_and_texts_by_days() -> None:
    with serving(brevo_s) as server:
        rows = list(brevo.engagement(f"{server.url}/v3", "key", SINCE, NOW))
    assert known(iter(rows)) == [
        ("queued", "ann@example.com", OURS, "1@relay", False),
        ("delivered", "ann@example.com", OURS, "1@relay", False),
        ("opened", "ann@example.com", OURS, "1@relay", True),
        ("clicked", "ann@example.com", OURS, "1@relay", False),
        ("bounced", "ann@example.com", OURS, "1@relay", False),
        ("sent", "+4915112345678", OURS, "7", False),
        ("failed", "+4915112345678", OURS, "7", False),
        ("unsubscribed", "+4915112345678", OURS, "7", False),
    ]
    webhook = {"email": "Ann@example.com", "message-id": "<1@relay>", "ts_epoch": AT * 1000}
    events = [told("brevo", webhook | {"event": kind})[0] for kind in ("delivered", "unique_proxy_open", "hard_bounce")]
    assert [event.event_id for event in events if isinstance(event, Event)] == [rows[place]["event_id"] for place in (1, 2, 4)]


def test_brevo_goes_back_90_days_at_most() -> None:
    with serving(lambda asked: Reply({})) as server:
        assert not list(brevo.engagement(f"{server.url}/v3", "key", None, NOW))
    assert {asked.params["startDate"] for asked in server.asked} == {"2026-04-02"}


def hubspot_s(asked: Asked) -> Reply:
    assert asked.headers["Authorization"] == "Bearer token" and asked.params["startTimestamp"] == "1782691200000"
    mail = {"created": AT * 1000, "recipient": "ann@example.com", "portalId": 1, "appId": 2, "emailCampaignId": 3}
    kinds: list[dict[str, Any]] = [
        {"type": "OPEN", "filteredEvent": True},
        {"type": "PROCESSED"},
        {"type": "BOUNCE", "category": "MAILBOX_FULL", "status": "4.2.2"},
        {"type": "BOUNCE", "category": "UNKNOWN_USER", "status": "5.1.1", "response": "550 ann@example.com unknown"},
        {"type": "STATUSCHANGE", "portalSubscriptionStatus": "UNSUBSCRIBED", "source": "SOURCE_RECIPIENT"},
        {"type": "STATUSCHANGE", "subscriptions": [{"id": 7, "status": "SUBSCRIBED"}]},
        {"type": "CLICK", "url": "https://shop.example/a?who=ann"},
    ]
    rows = [mail | {"id": f"e{number}"} | kind for number, kind in enumerate(kinds)]
    start = int(asked.params.get("offset", "0"))
    size = int(asked.params["limit"])
    return Reply({"events": rows[start : start + size], "hasMore": start + size < len(rows), "offset": str(start + size)})


def test_hubspot_lists_events_until_there_are_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubspot_mails, "PAGE_SIZE", 3)
    with serving(hubspot_s) as server:
        rows = list(hubspot_mails.engagement(server.url, "token", SINCE, NOW))
    assert len(server.asked) == 3
    assert [(row["status"], row["is_machine"]) for row in rows] == [
        ("opened", True),
        ("failed", False),
        ("bounced", False),
        ("unsubscribed", False),
        ("clicked", False),
    ]
    assert rows[2]["reason"] == "UNKNOWN_USER 5.1.1 550 a***@example.com unknown" and rows[4]["link"] == "https://shop.example/a"
    assert len({row["event_id"] for row in rows}) == 5


def mailchimp_s(asked: Asked) -> Reply:
    assert asked.headers["Authorization"].startswith("Basic ")
    when = "2026-06-29T12:00:00+00:00"
    who = {"campaign_id": "c1", "list_id": "l1", "email_id": "md5", "email_address": "ann@example.com"}
    did = [{"action": "open", "timestamp": when}, {"action": "click", "timestamp": when, "url": "https://shop.example/a?x=1"}]
    did += [{"action": "bounce", "type": "hard", "timestamp": when}]
    rows: dict[str, tuple[str, list[Any]]] = {
        "/3.0/reports": ("reports", [{"id": "c1"}]),
        "/3.0/reports/c1/email-activity": ("emails", [who | {"activity": did}, who | {"activity": []}]),
        "/3.0/reports/c1/unsubscribed": ("unsubscribes", [who | {"timestamp": when, "reason": "None given"}]),
        "/3.0/reports/c1/abuse-reports": ("abuse_reports", [who | {"date": when}]),
    }
    name, found = rows[asked.path]
    assert asked.path != "/3.0/reports" or asked.params["since_send_time"] == "2026-05-30T00:00:00Z"
    return Reply({name: page(found, asked, "count"), "total_items": len(found)})


def test_mailchimp_s_reports_tell_what_contacts_did() -> None:
    with serving(mailchimp_s) as server:
        rows = list(mailchimp.engagement(server.url, "key-us6", SINCE, NOW))
    assert [row["status"] for row in rows] == ["opened", "clicked", "bounced", "unsubscribed", "complained"]
    assert {row["address"] for row in rows} == {"ann@example.com"} and rows[1]["link"] == "https://shop.example/a"
    form = {"type": "unsubscribe", "fired_at": "2026-06-29 12:00:03", "data[email]": "Ann@example.com", "data[list_id]": "l1"}
    (left,) = told("mailchimp", form)
    assert isinstance(left, Event) and left.event_id == rows[3]["event_id"]


def customer_io_s(asked: Asked) -> Reply:
    assert asked.headers["Authorization"] == "Bearer app" and int(asked.params["limit"]) <= 1_000
    assert int(asked.params["start_ts"]) < AT - 13 * 86_400 and int(asked.params["end_ts"]) == int(NOW.timestamp())
    if asked.params["type"] == "twilio":
        return Reply({"messages": None, "next": ""})
    metrics = {"created": AT - 9, "sent": AT, "delivered": AT + 1, "opened": AT + 2, "human_opened": AT + 2, "bounced": None}
    one = {"id": "RPIL", "type": "email", "recipient": "ann@example.com", "trigger_event_id": "01BX", "metrics": metrics}
    old = one | {"id": "OLD", "metrics": {"sent": AT - 10 * 86_400}}
    return Reply({"messages": [one], "next": "more"} if asked.params.get("start") != "more" else {"messages": [old], "next": ""})


def test_customer_io_lists_messages_with_the_times_of_their_metrics() -> None:
    with serving(customer_io_s) as server:
        rows = list(customer_io.engagement(server.url, "app", SINCE, NOW, sleep=lambda _: None))
    assert [(row["status"], row["provider_ref"]) for row in rows] == [(kind, "01BX") for kind in ("sent", "delivered", "opened", "opened")]
    assert rows[2]["event_id"] == rows[3]["event_id"]
    (event,) = told("customer_io", report("email", "delivered") | {"timestamp": AT + 1})
    assert isinstance(event, Event) and event.event_id == rows[1]["event_id"]


@pytest.mark.parametrize(
    ("source", "answer", "url"),
    [(brevo, brevo_s, "/v3"), (hubspot_mails, hubspot_s, ""), (mailchimp, mailchimp_s, ""), (customer_io, customer_io_s, "")],
)
def test_limits_are_waited_out_a_key_that_is_none_is_said_and_an_overlap_lands_once(
    source: Any, answer: Answer, url: str, tmp_path: Path
) -> None:
    landing = Landing(tmp_path)
    key = {brevo: "key", hubspot_mails: "token", customer_io: "app"}.get(source, "key-us6")
    with serving(answer) as server:
        server.faults += [Reply({}, 429, {"Retry-After": "3"}), 503]
        waits: list[float] = []
        rows = list(source.engagement(server.url + url, key, SINCE, NOW, sleep=waits.append))
        assert [wait for wait in waits if wait == 3.0]
        first = land_rows(ENGAGEMENT, ({**row, "destination": "x"} for row in rows), landing, NOW)
        again = land_rows(ENGAGEMENT, source.engagement(server.url + url, key, SINCE, NOW, sleep=waits.append), landing, NOW)
        assert (first.rows, again.rows) == (len({row["event_id"] for row in rows}), 0) and not first.quarantined
        server.faults.append(401)
        with pytest.raises(SourceError, match="it answered 401"):
            list(source.engagement(server.url + url, key, SINCE, NOW, sleep=waits.append))


def test_an_event_that_cannot_be_read_is_kept_for_a_person_and_holds_up_no_other(tmp_path: Path) -> None:
    events = [{"event": "warped", "date": "2026-06-29T12:00:00Z"}, {"event": "delivered", "date": "2026-06-29", "email": "a@x.de"}]
    events += [{"event": "delivered", "date": "2026-06-29T12:00:00Z", "email": "ann@example.com", "messageId": "<1@relay>"}]
    with serving(lambda asked: Reply({"events": page(events, asked, "limit")} if "smtp" in asked.path else {})) as server:
        landed = land_rows(ENGAGEMENT, brevo.engagement(f"{server.url}/v3", "key", SINCE, NOW), Landing(tmp_path), NOW)
    assert landed.rows == 1 and sum(landed.quarantined.values()) == 2


def test_only_who_is_wanted_is_asked_and_by_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "policy_of", lambda: DeliveryPolicy({"email": "hubspot_uk", "sms": "brevo"}, ()))
    outside = Outside(shop_url="", crm_url="", ga4_folder="", events_folder="", ledger_url="")
    landing = Landing(tmp_path)
    landing.declare(ENGAGEMENT)
    with serving(lambda asked: hubspot_s(Asked(**vars(asked) | {"params": {"startTimestamp": "1782691200000", **asked.params}}))) as server:
        for name, value in {
            "HUBSPOT_UK_URL": server.url,
            "HUBSPOT_UK_TOKEN": "token",
            "BREVO_URL": server.url,
            "BREVO_API_KEY": "k",
        }.items():
            monkeypatch.setenv(name, value)
        assert not list(feedback.engagement(outside, landing, as_of=NOW)) and not server.asked
        monkeypatch.setenv("HUBSPOT_UK_POLL", "true")
        assert not list(feedback.engagement(outside, landing))  # a last look has no time for it
        assert {row["destination"] for row in feedback.engagement(outside, landing, as_of=NOW)} == {"hubspot_uk"}


def test_a_provider_that_answers_otherwise_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "policy_of", lambda: DeliveryPolicy({"email": "klaviyo", "sms": "twilio"}, ()))
    outside = Outside(shop_url="", crm_url="", ga4_folder="", events_folder="", ledger_url="")
    landing = Landing(tmp_path)
    landing.declare(ENGAGEMENT)
    answers: dict[str, object] = {"/api/metrics": {"data": [{"id": "M1", "ann@example.com": {}}]}}
    with serving(lambda asked: Reply(answers.get(asked.path, {"messages": [{"direction": "outbound-api", "status": "sent"}]}))) as server:
        for name in ("KLAVIYO_URL", "TWILIO_URL"):
            monkeypatch.setenv(name, server.url)
        for name in ("KLAVIYO_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
            monkeypatch.setenv(name, "k")
        with pytest.raises(SourceError, match=r"klaviyo.engagement: its answer is not as declared \(KeyError in klaviyo.py") as failure:
            list(feedback.engagement(outside, landing))
        assert "ann@" not in str(failure.value)
        answers["/api/metrics"] = {"data": []}
        with pytest.raises(SourceError, match=r"twilio.engagement: its answer is not as declared \(KeyError in twilio.py"):
            list(feedback.engagement(outside, landing))
