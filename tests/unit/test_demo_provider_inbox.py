"""The inbox, the clock and the command: what each customer got is found, shown as text, and in its order."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import requests
from provider_kit import Klaviyo, bulk, profile, send_sms, set_clock, single

from demo.provider.clock import Clock, from_us
from demo.provider.server import running
from demo.provider.state import ProviderState

NINE = datetime(2026, 6, 30, 9, tzinfo=UTC)


@pytest.fixture
def provider(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        yield provider


def page(url: str, path: str = "/", **query: str) -> str:
    answer = requests.get(url + path, params=query, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_messages_are_found_by_address_campaign_and_channel(provider):
    assert "Nothing was sent yet" in page(provider.url)
    Klaviyo(provider.url).post("/api/event-bulk-create-jobs", bulk([(f"p{n}@example.com", f"k{n}") for n in range(120)]))
    send_sms(provider.url, StatusCallback="https://x.example/?campaign=win_back")
    assert page(provider.url).count('<span class="face') == 50
    assert "121 messages · page 1 of 3" in page(provider.url)
    assert page(provider.url, page="3").count('<span class="face') == 21
    assert page(provider.url, q="p77@").count('<span class="face') == 1
    assert page(provider.url, q="100%").count('<span class="face') == 0
    assert page(provider.url, channel="sms", campaign="win_back").count('<span class="face sms') == 1
    assert page(provider.url, page="x").count('<span class="face') == 50


def test_the_html_part_is_shown_in_a_frame_that_runs_nothing(provider):
    html = '<h1 class="x">Hi</h1><script>top.location = "https://evil.example"</script>'
    body = single("ann@example.com", "k", properties={"body": "Hi in text", "subject": "Hi", "html_body": html})
    Klaviyo(provider.url).post("/api/events", body)
    assert provider.state.messages()[0].html == html
    path = page(provider.url).split('href="/inbox/')[1].split("#")[0]
    shown = page(provider.url, f"/inbox/{path}")
    assert '<iframe class="mail" sandbox="allow-popups"' in shown and "&lt;h1 class=&#34;x&#34;&gt;Hi&lt;/h1&gt;" in shown
    assert "<script>top" not in shown and "Hi in text" in shown


def test_a_file_from_before_messages_had_html_is_read_on(tmp_path):
    path = tmp_path / "provider.db"
    ProviderState(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("alter table messages drop column html")
    connection.close()
    state = ProviderState(path)
    assert state.messages() == [] and "html" in state.read("select * from pragma_table_info('messages') where name = 'html'")[0]["name"]
    state.close()


def test_a_customer_s_page_joins_the_channels_and_tells_what_became_of_it(provider):
    body = single("ann@example.com", "k", properties={"body": "Hello\n\n<b>you</b> https://shop.example.com/a?b=1.", "subject": "Hi"})
    body["data"]["attributes"]["profile"]["data"] = profile(email="ann@example.com", phone_number="+491701234567", first_name="Ann")
    Klaviyo(provider.url).post("/api/events", body)
    send_sms(provider.url, Body="Come back")
    message = provider.state.messages()[0]
    provider.state.react(message.message_id, "opened", NINE + timedelta(hours=1), is_machine=True)
    provider.state.react(message.message_id, "complained", NINE + timedelta(hours=2))
    path = page(provider.url).split('href="/inbox/')[1].split("#")[0]
    html = page(provider.url, f"/inbox/{path}")
    for text in ("Ann", "Come back", "ann@example.com", "spam complaint", "by a machine", "30 Jun 2026, 10:00:00"):
        assert text in html
    assert "&lt;b&gt;you&lt;/b&gt;" in html
    assert '<a href="https://shop.example.com/a?b=1" rel="noreferrer nofollow">' in html
    assert requests.get(provider.url + "/inbox/nobody", timeout=30).status_code == 404


def test_pages_need_nothing_from_the_network(provider):
    assert "http" not in page(provider.url).replace("http://www.w3.org/2000/svg", "")


def test_the_clock_follows_its_file_and_never_repeats(tmp_path):
    clock = Clock(tmp_path / "clock.json", wall=lambda: 1_000)
    assert [clock.now_us() for _ in range(3)] == [1_000, 1_001, 1_002]
    set_clock(tmp_path)
    assert from_us(clock.now_us()) == NINE
    assert clock.now_us(5) == clock.now_us() - 5
    (tmp_path / "clock.json").write_text("{")
    assert NINE < from_us(clock.now_us()) < NINE + timedelta(seconds=1)
    set_clock(tmp_path, "2026-07-01T09:00:00+00:00")
    assert from_us(clock.now_us()) == NINE + timedelta(days=1)


def test_the_command_serves_until_it_is_told_to_stop(tmp_path):
    command = [sys.executable, "-m", "demo.provider", "--folder", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert requests.get(url + "/healthz", timeout=30).json() == {"status": "ok"}
            taken = subprocess.run([*command[:-1], url.rsplit(":", 1)[1]], capture_output=True, text=True, timeout=60, check=False)
            assert taken.returncode != 0
            assert "choose another port" in taken.stderr
        finally:
            process.terminate()
            process.wait(30)


def test_a_stopped_provider_leaves_its_port_free(tmp_path):
    with running(tmp_path) as provider:
        port = int(provider.url.rsplit(":", 1)[1])
        requests.get(provider.url + "/healthz", timeout=30)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
    with running(tmp_path, port=port) as provider:
        assert requests.get(provider.url + "/healthz", timeout=30).status_code == 200
