"""The pretend provider speaks Twilio: every POST is a message, statuses move when looked at, lists come in pages."""

import pytest
import requests
from provider_kit import ACCOUNT, get_sms, messages_url, send_sms, set_clock

from demo.provider.options import Options
from demo.provider.server import running
from demo.provider.twilio_dialect import segments


@pytest.fixture
def url(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        yield provider.url


def test_the_same_message_twice_is_two_messages(url):
    answers = [send_sms(url, Body="Hi Ann") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    first, second = (answer.json() for answer in answers)
    assert first["sid"] != second["sid"]
    assert (first["status"], first["num_segments"], first["to"]) == ("queued", "1", "+491701234567")
    assert first["date_created"] == "Tue, 30 Jun 2026 09:00:00 +0000"


def test_the_status_moves_on_with_every_look(url):
    sid = send_sms(url).json()["sid"]
    looks = [get_sms(url, sid).json()["status"] for _ in range(2)]
    looks += [get_sms(url).json()["messages"][0]["status"] for _ in range(2)]
    assert looks == ["queued", "sent", "delivered", "delivered"]
    assert get_sms(url, "SM" + "0" * 32).json()["code"] == 20404


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"to": "0170 1234567"}, 21211),
        ({"to": ""}, 21604),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"From": ""}, 21603),
    ],
)
def test_refusals_have_twilio_s_shape(url, form, code):
    answer = send_sms(url, **form)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["code"], body["status"]) == (code, 400)
    assert set(body) == {"code", "message", "more_info", "status"}


def test_only_the_account_s_own_secret_opens_it(tmp_path):
    with running(tmp_path, options=Options(twilio_token="right")) as provider:
        data = {"To": "+491701234567", "From": "+15005550006", "Body": "Hi"}
        for auth, status in [(None, 401), ((ACCOUNT, "wrong"), 401), (("SK1", "right"), 201), (("AC" + "b" * 32, "right"), 404)]:
            answer = requests.post(messages_url(provider.url), data=data, auth=auth, timeout=30)
            assert answer.status_code == status
        wrong = requests.post(messages_url(provider.url), json=data, auth=(ACCOUNT, "right"), timeout=30)
        assert wrong.status_code == 415


def test_a_lookup_finds_what_was_sent_to_a_number_since_a_day(tmp_path, url):
    for number in range(5):
        send_sms(url, Body=f"to Ann {number}")
    send_sms(url, to="+491709999999", Body="to Bob")
    query = {"To": "+491701234567", "DateSent>": "2026-06-30", "PageSize": "2"}
    page = get_sms(url, **query).json()
    bodies = [message["body"] for message in page["messages"]]
    while page["next_page_uri"]:
        page = requests.get(url + page["next_page_uri"], auth=(ACCOUNT, "token"), timeout=30).json()
        bodies += [message["body"] for message in page["messages"]]
    assert bodies == [f"to Ann {number}" for number in (4, 3, 2, 1, 0)]
    assert get_sms(url, **{**query, "DateSent>": "2026-07-01"}).json()["messages"] == []


def test_the_campaign_in_the_callback_s_address_shows_in_the_inbox(tmp_path):
    with running(tmp_path) as provider:
        send_sms(provider.url, StatusCallback="https://callback.example.com/?campaign=win_back&message_key=m-1")
        (message,) = provider.state.messages()
        assert (message.campaign, message.message_key, message.channel) == ("win_back", "m-1", "sms")


@pytest.mark.parametrize(("body", "count"), [("a" * 160, 1), ("a" * 161, 2), ("ж" * 70, 1), ("ж" * 71, 2), ("ж" * 135, 3)])
def test_long_texts_take_several_segments(body, count):
    assert segments(body) == count
