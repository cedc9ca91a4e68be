"""The pretend provider sends mail as SendGrid does, shows it, and stops where people want no more of it."""

from datetime import timedelta

import pytest
import requests
from provider_kit import SendGrid, set_clock

from demo.provider.server import Running, running


@pytest.fixture
def provider(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        yield provider


@pytest.fixture
def sendgrid(provider: Running) -> SendGrid:
    return SendGrid(provider.url)


def test_mail_is_shown_and_what_became_of_it_stops_more(provider, sendgrid):
    sent = sendgrid.mail("ann@example.com", "bob@example.com", "cy@example.com")
    assert (sent.status_code, sent.content) == (202, b"")
    assert sent.headers["X-Message-Id"] and sent.headers["X-RateLimit-Limit"] == "10000"
    messages = provider.state.messages()
    assert [(m.provider, m.address, m.message_key, m.campaign, m.body) for m in messages[:1]] == [
        ("sendgrid", "ann@example.com", "key-ann@example.com", "win_back", "Hi Ann")
    ]
    for message, status in zip(messages, ("bounced", "complained", "unsubscribed"), strict=True):
        provider.state.react(message.message_id, status, message.accepted_at + timedelta(seconds=5))
    kinds = ("bounces", "spam_reports", "unsubscribes")
    lists = {kind: [entry["email"] for entry in sendgrid("GET", f"suppression/{kind}").json()] for kind in kinds}
    assert lists == {"bounces": ["ann@example.com"], "spam_reports": ["bob@example.com"], "unsubscribes": ["cy@example.com"]}
    assert sendgrid("POST", "asm/suppressions/global", {"recipient_emails": ["Dee@example.com"]}).status_code == 201
    later = str(int(messages[0].accepted_at.timestamp()) + 3600)
    assert sendgrid("GET", "suppression/unsubscribes", start_time=later).json() == []
    assert sendgrid("POST", "asm/groups/7/suppressions", {"recipient_emails": ["gus@example.com"]}).status_code == 201
    assert sendgrid("GET", "asm/groups/7/suppressions").json() == ["gus@example.com"]
    assert sendgrid.mail("gus@example.com", asm={"group_id": 7}).status_code == 202
    assert sendgrid.mail("ann@example.com", "dee@example.com", "eve@example.com").status_code == 202
    assert [m.address for m in provider.state.messages()[3:]] == ["eve@example.com"]
    page = requests.get(provider.url, params={"q": "bob@"}, timeout=30).text
    shown = requests.get(provider.url + page.split('<a href="/inbox/')[1].split('"')[0].join(["/inbox/", ""]), timeout=30).text
    assert "e-mail by SendGrid" in shown and "spam reports (SendGrid)" in shown


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [{"email": "a@x.de"}, {"email": "A@x.de"}]}]}, "personalizations.0"),
        ({"from": {}}, "from.email"),
        ({"custom_args": {"a": "b"}}, "custom_args"),
    ],
)
def test_malformed_mail_is_refused_whole(provider, sendgrid, change, field):
    answer = sendgrid.mail("ann@example.com", **change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert provider.state.messages() == []


def test_the_sandbox_sends_nothing(provider, sendgrid):
    assert sendgrid.mail("ann@example.com", mail_settings={"sandbox_mode": {"enable": True}}).status_code == 200
    assert provider.state.messages() == []
