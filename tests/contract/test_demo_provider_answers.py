"""The pretend provider's answers are such as the vendors give: each one fits the vendor's own specification."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from demo.provider.endpoints import KLAVIYO
from demo.provider.server import running

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"
ACCOUNT = "AC" + "a" * 32
HEADERS = {"Authorization": "Klaviyo-API-Key pk_test", "revision": "2026-07-15", "Content-Type": "application/vnd.api+json"}
EVENT = {
    "properties": {},
    "metric": {"data": {"type": "metric", "attributes": {"name": "Cart Abandoned"}}},
    "profile": {"data": {"type": "profile", "attributes": {"email": "ann@example.com"}}},
}
PROFILES = [
    {"type": "profile", "attributes": {"email": "ann@example.com", "properties": {"orders": 3}}},
    {"type": "profile", "attributes": {"email": "nobody"}},
]
IMPORT = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": PROFILES}}}
SUPPRESSION = {
    "type": "profile-suppression-bulk-create-job",
    "attributes": {"profiles": {"data": [{"type": "profile", "attributes": {"email": "bob@example.com"}}]}},
}

pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the vendors' specifications are not beside the repository")


@cache
def specification(vendor: str) -> OpenAPI:
    return OpenAPI.from_dict(json.loads((CONTRACTS / f"{vendor}.json").read_text()))


def fits(vendor: str, host: str, answer: requests.Response) -> requests.Response:
    parts = urlsplit(answer.request.url or "")
    asked = MockRequest(host, str(answer.request.method).lower(), parts.path, args=dict(parse_qsl(parts.query)))
    content_type = answer.headers.get("content-type", "")
    specification(vendor).validate_response(asked, MockResponse(answer.content, answer.status_code, content_type=content_type))
    return answer


@pytest.fixture
def provider(tmp_path):
    (tmp_path / "clock.json").write_text(json.dumps({"as_of": "2026-06-30T09:00:00+00:00"}))
    with running(tmp_path) as provider:
        yield provider


def test_klaviyo(provider):
    def ask(method: str, path: str, data: object = None, **query: str) -> requests.Response:
        body = None if data is None else json.dumps({"data": data})
        answer = requests.request(method, provider.url + path, data=body, params=query, headers=HEADERS, timeout=30)
        return fits("klaviyo", "https://a.klaviyo.com", answer)

    job = f"/api/profile-bulk-import-jobs/{ask('POST', '/api/profile-bulk-import-jobs', IMPORT).json()['data']['id']}"
    assert [ask("GET", job).status_code for _ in range(3)] == [200, 200, 200]
    assert len(ask("GET", f"{job}/import-errors").json()["data"]) == 1
    ask("POST", "/api/profile-suppression-bulk-create-jobs", SUPPRESSION)
    found = ask("GET", "/api/profiles", **{"additional-fields[profile]": "subscriptions"}).json()["data"]
    made = ask("POST", "/api/lists", {"type": "list", "attributes": {"name": "champions"}}).json()["data"]["id"]
    members = [{"type": "profile", "id": found[0]["id"]}]
    assert ask("GET", "/api/lists", filter='equals(name,"champions")').json()["data"][0]["id"] == made
    assert ask("POST", f"/api/lists/{made}/relationships/profiles", members).status_code == 204
    assert len(ask("GET", f"/api/lists/{made}/profiles").json()["data"]) == 1
    assert ask("DELETE", f"/api/lists/{made}/relationships/profiles", members).status_code == 204
    assert ask("POST", "/api/events", {"type": "event", "attributes": {**EVENT, "unique_id": "key"}}).status_code == 202
    (message,) = provider.state.messages()
    provider.state.react(message.message_id, "clicked", message.accepted_at)
    assert len(ask("GET", "/api/events", include="profile,metric").json()["included"]) == 4
    assert len(ask("GET", "/api/metrics").json()["data"]) == 7
    for refused in (ask("GET", "/api/events", filter="nonsense"), ask("POST", "/api/events", {"type": "event"})):
        assert refused.status_code == 400


def test_twilio(provider):
    def ask(method: str, path: str, **form: str) -> requests.Response:
        url = f"{provider.url}/2010-04-01/Accounts/{ACCOUNT}/Messages{path}.json"
        answer = requests.request(method, url, data=form or None, auth=(ACCOUNT, "token"), timeout=30)
        return fits("twilio", "https://api.twilio.com", answer)

    sid = ask("POST", "", To="+491701234567", From="+15005550006", Body="Hi").json()["sid"]
    assert [ask("GET", f"/{sid}").json()["status"] for _ in range(3)] == ["queued", "sent", "delivered"]
    (message,) = provider.state.messages()
    provider.state.react(sid, "unsubscribed", message.accepted_at)
    assert len(ask("GET", "").json()["messages"]) == 2


def test_sendgrid(provider):
    def ask(name: str, method: str, path: str, data: object = None, **query: str) -> requests.Response:
        body, headers = None if data is None else json.dumps(data), {"Authorization": "Bearer x", "Content-Type": "application/json"}
        answer = requests.request(method, f"{provider.url}/v3/{path}", data=body, params=query, headers=headers, timeout=30)
        return fits(f"sendgrid_{name}", "https://api.sendgrid.com", answer)

    made = ask("lists", "POST", "marketing/lists", {"name": "champions"}).json()["id"]
    contacts = [{"email": "ann@example.com"}, {"email": "eve@example.com", "phone_number_id": "1"}]
    job = ask("contacts", "PUT", "marketing/contacts", {"list_ids": [made], "contacts": contacts}).json()["job_id"]
    looks = [ask("contacts", "GET", f"marketing/contacts/imports/{job}").json()["status"] for _ in range(2)]
    assert looks == ["pending", "errored"]
    found = ask("contacts", "POST", "marketing/contacts/search/emails", {"emails": ["ann@example.com", "bob@example.com"]}).json()
    contact = found["result"]["ann@example.com"]["contact"]["id"]
    assert len(ask("lists", "GET", "marketing/lists", page_size="1").json()["result"]) == 1
    assert ask("lists", "DELETE", f"marketing/lists/{made}/contacts", contact_ids=contact).status_code == 202
    assert ask("supp", "POST", "asm/suppressions/global", {"recipient_emails": ["bob@example.com"]}).status_code == 201
    assert len(ask("supp", "GET", "suppression/unsubscribes").json()) == 1
    letter = {"personalizations": [{"to": [{"email": "ann@example.com"}]}], "from": {"email": "a@example.com"}, "subject": "Hi"}
    assert ask("mail", "POST", "mail/send", {**letter, "content": [{"type": "text/plain", "value": "Hi"}]}).status_code == 202
    for refused in (ask("mail", "POST", "mail/send", letter), ask("contacts", "PUT", "marketing/contacts", {"contacts": []})):
        assert refused.status_code == 400


@pytest.mark.parametrize("endpoint", KLAVIYO, ids=lambda endpoint: endpoint.name)
def test_limits_are_those_of_the_specification(endpoint):
    paths = json.loads((CONTRACTS / "klaviyo.json").read_text())["paths"]
    path = endpoint.path if endpoint.path in paths else endpoint.path.replace("{id}", "{job_id}")
    limit = paths[path][endpoint.method.lower()]["x-klaviyo-ratelimit"]
    assert (limit["burst"], limit["steady"]) == tuple(
        f"{window.requests}/{unit}" for window, unit in zip(endpoint.windows, "sm", strict=True)
    )
