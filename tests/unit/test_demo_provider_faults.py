"""Faults on demand: what is refused is not applied, what is cut off is, and all of it is counted."""

import pytest
import requests
from provider_kit import Klaviyo, bulk, get_sms, import_job, profile, send_sms, single

from demo.provider.options import Options
from demo.provider.server import running


@pytest.fixture
def provider(tmp_path):
    with running(tmp_path, options=Options(limits="off")) as provider:
        yield provider


def order(url: str, match: str, kind: str, **more: object) -> requests.Response:
    return requests.post(url + "/_faults", json={"match": match, "kind": kind, **more}, timeout=30)


@pytest.mark.parametrize("kind", ["429", "500", "503"])
def test_refusals_speak_each_vendor_s_dialect_and_apply_nothing(provider, kind):
    order(provider.url, "POST /", kind, times=2, seconds=3)
    refused = [Klaviyo(provider.url).post("/api/events", single("ann@example.com", "k")), send_sms(provider.url)]
    assert [answer.status_code for answer in refused] == [int(kind)] * 2
    assert refused[0].json()["errors"][0]["status"] == int(kind)
    assert refused[1].json()["status"] == int(kind)
    if kind == "429":
        assert refused[0].headers["Retry-After"] == "3"
        assert not any(name.lower().startswith("ratelimit") for name in refused[0].headers)
        assert refused[1].json()["code"] == 20429
    assert provider.state.messages() == []
    assert send_sms(provider.url).status_code == 201


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", 0), ("reset_after", 1), ("truncated", 1)])
def test_a_cut_connection_is_an_error_for_the_client(provider, kind, applied):
    order(provider.url, "POST .*/Messages.json$", kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        send_sms(provider.url)
    assert len(provider.state.messages()) == applied
    assert len(get_sms(provider.url).json()["messages"] if applied else []) == applied


def test_an_empty_answer_can_be_cut_off_too(provider):
    order(provider.url, "POST /api/events$", "reset_after")
    with pytest.raises(requests.ConnectionError):
        Klaviyo(provider.url).post("/api/events", single("ann@example.com", "k"))
    assert len(provider.state.messages()) == 1


def test_a_slow_answer_comes_after_the_message_was_taken(provider):
    order(provider.url, "POST .*/Messages.json$", "slow", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            provider.url + f"/2010-04-01/Accounts/AC{'a' * 32}/Messages.json",
            data={"To": "+491701234567", "From": "+15005550006", "Body": "Hi"},
            auth=("AC" + "a" * 32, "token"),
            timeout=0.5,
        )
    assert len(provider.state.messages()) == 1


def test_faults_wait_their_turn_and_are_cleared(provider):
    first = order(provider.url, "GET /api/metrics$", "500", times=None, skip=1)
    assert (first.status_code, order(provider.url, "[", "500").status_code) == (201, 400)
    assert order(provider.url, "GET", "earthquake").status_code == 400
    klaviyo = Klaviyo(provider.url)
    assert [klaviyo.get("/api/metrics").status_code for _ in range(3)] == [200, 500, 500]
    assert requests.get(provider.url + "/_faults", timeout=30).json()[0]["fired"] == 2
    assert requests.delete(provider.url + "/_faults", timeout=30).status_code == 204
    assert klaviyo.get("/api/metrics").status_code == 200


def job_of(klaviyo: Klaviyo, count: int, **more: object) -> dict:
    body = import_job([profile(email=f"p{n}@example.com", properties={"text": "x" * 300}) for n in range(count)])
    path = f"/api/profile-bulk-import-jobs/{klaviyo.post('/api/profile-bulk-import-jobs', body).json()['data']['id']}"
    klaviyo.get(path)
    return klaviyo.get(path).json()["data"]["attributes"]


def test_jobs_fail_partly_wholly_and_silently(provider):
    klaviyo = Klaviyo(provider.url)
    for kind in ("job_fails", "partial", "drop_oversize"):
        order(provider.url, "POST /api/profile-bulk-import-jobs$", kind)
    jobs = [job_of(klaviyo, 150) for _ in range(3)]
    assert [job["status"] for job in jobs] == ["cancelled", "complete", "complete"]
    assert [job["failed_count"] for job in jobs] == [150, 50, 0]
    assert len(provider.state.read("select 1 from profiles")) == 100
    order(provider.url, "POST /api/event-bulk-create-jobs$", "partial")
    assert klaviyo.post("/api/event-bulk-create-jobs", bulk([(f"p{n}@x.example", f"k{n}") for n in range(9)])).status_code == 202
    assert len(provider.state.messages()) == 6


@pytest.mark.parametrize(("kind", "applied"), [("page", 0), ("not_json", 1), ("empty", 1)])
def test_something_else_answers(provider, kind, applied):
    order(provider.url, "POST .*/Messages.json$", kind)
    answer = send_sms(provider.url)
    assert (answer.status_code, len(provider.state.messages())) == (201 if kind == "empty" else 200, applied)
    assert answer.text.startswith("<!doctype") or not answer.content
