"""What became of the e-mails comes back as Klaviyo's events; complaints and bounces end the mail; time passes.

A little longer than most files: one story.
"""

import sys
from datetime import UTC, datetime, timedelta
from subprocess import run

import pytest
from provider_kit import Klaviyo, bulk, get_sms, send_sms, set_clock, single

from demo.provider.reactions import Reaction
from demo.provider.server import running
from demo.provider.state import ProviderState

NINE = datetime(2026, 6, 30, 9, tzinfo=UTC)


def seen(klaviyo: Klaviyo, **query: str) -> list[dict]:
    found, page = [], klaviyo.get("/api/events", **{"sort": "datetime", **query})
    while page is not None:
        found += page.json()["data"]
        following = page.json()["links"].get("next")
        page = klaviyo.session.get(following, timeout=30) if following else None
    return found


def test_reactions_are_readable_as_engagement_events(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        klaviyo = Klaviyo(provider.url)
        klaviyo.post("/api/event-bulk-create-jobs", bulk([(f"p{n}@example.com", f"key-{n}") for n in range(5)]))
        message = provider.state.messages()[0]
        for _ in range(2):  # told twice, kept once
            provider.state.react(message.message_id, "opened", NINE + timedelta(hours=1), is_machine=True)
            provider.state.react(message.message_id, "unsubscribed", NINE + timedelta(hours=2))
        names = klaviyo.metric_names()
        since = "greater-or-equal(datetime,2026-06-30T00:00:00Z)"
        events = seen(klaviyo, filter=since, **{"page[size]": "2", "include": "profile,metric"})
        told = [
            (names[entry["relationships"]["metric"]["data"]["id"]], entry["attributes"]["datetime"])
            for entry in events
            if entry["attributes"]["event_properties"].get("message_key") == "key-0"
        ]
        assert told == [
            ("Received Email", "2026-06-30T09:00:02+00:00"),
            ("Opened Email", "2026-06-30T10:00:00+00:00"),
            ("Unsubscribed from Email Marketing", "2026-06-30T11:00:00+00:00"),
        ]
        opened = next(key for key, name in names.items() if name == "Opened Email")
        (only,) = seen(klaviyo, filter=f'equals(metric_id,"{opened}")')
        assert only["attributes"]["event_properties"]["machine_open"] is True
        assert only["attributes"]["event_properties"]["$message"] == message.message_id
        # The metric, not the profile, is new: the address gets no more e-mail all the same.
        assert klaviyo.post("/api/events", single("P0@example.com", "key-9", metric="Welcome")).status_code == 202
        assert len(provider.state.messages()) == 5
        query = {"filter": 'equals(email,"p0@example.com")', "additional-fields[profile]": "subscriptions"}
        consent = klaviyo.get("/api/profiles", **query).json()["data"][0]["attributes"]["subscriptions"]
        assert consent["email"]["marketing"]["can_receive_email_marketing"] is False


def test_mail_without_a_reaction_has_simply_arrived_a_minute_later(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        klaviyo = Klaviyo(provider.url)
        klaviyo.post("/api/events", single("ann@example.com", "key"))
        assert len(seen(klaviyo)) == 1
        set_clock(tmp_path, "2026-06-30T09:01:05+00:00")
        assert [entry["attributes"]["datetime"] for entry in seen(klaviyo)] == [
            "2026-06-30T09:00:00+00:00",
            "2026-06-30T09:00:02+00:00",
        ]


def test_suppressed_addresses_get_no_mail(tmp_path):
    with running(tmp_path) as provider:
        klaviyo = Klaviyo(provider.url)
        job = {"type": "profile-suppression-bulk-create-job"}
        job["attributes"] = {"profiles": {"data": [{"type": "profile", "attributes": {"email": "Ann@example.com"}}]}}
        assert klaviyo.post("/api/profile-suppression-bulk-create-jobs", {"data": job}).status_code == 202
        klaviyo.post("/api/event-bulk-create-jobs", bulk([("ann@example.com", "k1"), ("bob@example.com", "k2")]))
        assert [message.address for message in provider.state.messages()] == ["bob@example.com"]


def test_stop_answers_an_sms_and_ends_them(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        sid = send_sms(provider.url).json()["sid"]
        provider.state.react(sid, "unsubscribed", NINE + timedelta(minutes=5))
        answer = send_sms(provider.url)
        assert (answer.status_code, answer.json()["code"]) == (400, 21610)
        newest, oldest = get_sms(provider.url).json()["messages"]
        assert (newest["direction"], newest["body"], newest["from"]) == ("inbound", "STOP", "+491701234567")
        assert oldest["sid"] == sid


def test_wrong_reactions_are_refused(tmp_path):
    state = ProviderState(tmp_path / "provider.db")
    with pytest.raises(LookupError):
        state.react("SM" + "0" * 32, "delivered", NINE)
    with pytest.raises(ValueError, match="unknown status"):
        state.react("01X", "vanished", NINE)
    state.close()


def test_state_survives_a_restart_and_a_second_process_writes_meanwhile(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        klaviyo = Klaviyo(provider.url)
        klaviyo.post("/api/event-bulk-create-jobs", bulk([(f"p{n}@example.com", f"key-{n}") for n in range(20)]))
        script = (
            "import sys; from pathlib import Path; from demo.provider.state import ProviderState\n"
            "state = ProviderState(Path(sys.argv[1]))\n"
            "[state.react(m.message_id, 'clicked', m.accepted_at) for m in state.messages()]"
        )
        run([sys.executable, "-c", script, str(tmp_path / "provider.db")], check=True, timeout=60)
        klaviyo.post("/api/events", single("late@example.com", "key-20"))
    with running(tmp_path) as provider:
        messages = provider.state.messages()
        assert [message.status for message in messages] == ["clicked"] * 20 + ["accepted"]
        moments = [message.accepted_at for message in messages]
        assert moments == sorted(set(moments))
        assert provider.state.messages(since=moments[-1]) == messages[-1:]
        Klaviyo(provider.url).post("/api/events", single("p0@example.com", "key-0"))
        assert len(provider.state.messages()) == 21


def test_many_reactions_are_written_at_once_or_not_at_all(tmp_path):
    with running(tmp_path) as provider:
        Klaviyo(provider.url).post("/api/events", single("ann@example.com", "key"))
        (message,) = provider.state.messages()
        reactions = [Reaction(message.message_id, "opened", NINE), Reaction("01NOBODY", "opened", NINE)]
        with pytest.raises(LookupError):
            provider.state.react_all(reactions)
        assert provider.state.messages()[0].status == "accepted"


def test_who_was_suppressed_since_is_told_in_order(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        klaviyo = Klaviyo(provider.url)
        klaviyo.post("/api/event-bulk-create-jobs", bulk([(f"p{n}@example.com", f"key-{n}") for n in range(5)]))
        for hours, number in ((3, 0), (1, 4), (2, 2)):
            message = provider.state.messages()[number]
            provider.state.react(message.message_id, "unsubscribed", NINE + timedelta(hours=hours))
        field = "subscriptions.email.marketing.suppression.timestamp"
        more = {"sort": field, "page[size]": "1", "additional-fields[profile]": "subscriptions"}
        found, page = [], klaviyo.get("/api/profiles", filter=f"greater-than({field},2026-06-30T10:00:00+00:00)", **more)
        while page is not None:
            found += [entry["attributes"]["email"] for entry in page.json()["data"]]
            following = page.json()["links"].get("next")
            page = klaviyo.session.get(following, timeout=30) if following else None
        assert found == ["p2@example.com", "p0@example.com"]
        assert klaviyo.get("/api/profiles", filter=f"greater-than({field},soon)").status_code == 400
