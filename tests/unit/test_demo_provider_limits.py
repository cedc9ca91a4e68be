"""Limits: who goes beyond them, in which window, and who comes before the time that an answer named."""

import pytest
import requests
from provider_kit import Klaviyo, SendGrid, bulk

from demo.provider.endpoints import Endpoint, Window
from demo.provider.limits import Verdict, Windows
from demo.provider.options import Options
from demo.provider.server import running


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with running(tmp_path_factory.mktemp("provider"), options=Options(limits="off")) as provider:
        yield provider


def test_bulk_endpoints_are_limited_by_default(tmp_path):
    with running(tmp_path) as provider:
        klaviyo = Klaviyo(provider.url)
        # Thirty calls cannot all fall into windows of ten unless they take more than two seconds.
        answers = [klaviyo.post("/api/event-bulk-create-jobs", bulk([("ann@example.com", f"k{n}")])) for n in range(30)]
        limited = [answer for answer in answers if answer.status_code == 429]
        assert limited
        assert limited[0].headers["Retry-After"] == "1"
        assert limited[0].json()["errors"][0]["code"] == "throttled"
        passed = next(answer for answer in answers if answer.status_code == 202)
        assert passed.headers["RateLimit-Limit"] == "150"
        assert len(provider.state.messages()) == 30 - len(limited)
        stats = requests.get(provider.url + "/_stats", timeout=30).json()
        name = "POST /api/event-bulk-create-jobs"
        assert (stats["requests"][name], stats["limited"][name]) == (30, len(limited))
        assert stats["violations"][name]["fixed"] == len(limited) <= stats["violations"][name]["sliding"]
        assert stats["answers"][name] == {"202": 30 - len(limited), "429": len(limited)}
        assert stats["messages"] == {"klaviyo": 30 - len(limited), "twilio": 0, "sendgrid": 0}


def test_windows_of_a_second_and_a_minute():
    now = [120.0]
    windows = Windows(Options(limits="all"), lambda: now[0])
    endpoint = Endpoint("klaviyo", "POST", "/api/x", (Window(2, 1), Window(3, 60)), concurrency=1)

    def ask(account: bytes = b"one") -> Verdict:
        verdict = windows.enter(account, endpoint)
        windows.leave(account, endpoint)
        return verdict

    assert [ask().wait_seconds for _ in range(3)] == [None, None, 1]
    assert ask(b"another").wait_seconds is None
    now[0] = 121.0
    assert ask().wait_seconds == 59  # the fourth in this minute: refused requests count as well
    assert windows.violations[endpoint.name] == {"fixed": 2, "sliding": 2}
    now[0] = 180.0
    assert ask().headers == {"RateLimit-Limit": "3", "RateLimit-Remaining": "2", "RateLimit-Reset": "60"}
    windows.enter(b"one", endpoint)
    windows.enter(b"one", endpoint)
    assert windows.violations[endpoint.name]["concurrency"] == 1


def test_a_window_that_slides_sees_what_fixed_ones_let_through():
    now = [0.9]
    windows = Windows(Options(), lambda: now[0])
    endpoint = Endpoint("klaviyo", "POST", "/api/x", (Window(10, 1),))
    for at in (0.9, 1.1):
        now[0] = at
        for _ in range(10):
            windows.enter(b"", endpoint)
    assert windows.violations[endpoint.name] == {"sliding": 10}


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("429", "Retry-After"),
        ("429_date", "Retry-After"),
        ("429_epoch", "X-RateLimit-Reset"),
        ("429_left", "x-sib-ratelimit-reset"),
        ("429_milliseconds", "X-HubSpot-RateLimit-Interval-Milliseconds"),
        ("429_bare", None),
    ],
)
def test_a_pause_is_asked_for_in_each_dialect(provider, kind, header):
    order = {"match": "POST /v3/mail/send$", "kind": kind, "seconds": 30}
    assert requests.post(provider.url + "/_faults", json=order, timeout=30).status_code == 201
    refused, taken = (SendGrid(provider.url).mail("ann@example.com") for _ in range(2))
    assert (refused.status_code, taken.status_code) == (429, 202)
    assert header is None or refused.headers[header]
    assert ("GMT" in refused.headers.get("Retry-After", "")) == (kind == "429_date")


def test_who_comes_before_the_pause_is_over_is_counted():
    now = [100.0]
    windows = Windows(Options(), lambda: now[0])
    endpoint = Endpoint("klaviyo", "POST", "/api/x", (Window(10, 1),))
    windows.close(b"one", endpoint.name, 2.0)
    for at, account in ((100.1, b"one"), (101.0, b"one"), (101.0, b"another"), (102.5, b"one")):
        now[0] = at
        windows.enter(account, endpoint)
    assert windows.impatient == {endpoint.name: 1}, "what was on the way already is let pass"
