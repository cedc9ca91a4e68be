"""The pretend provider speaks SendGrid: contacts by jobs, lists, and its limits."""

import csv
import io

import pytest
import requests
from provider_kit import SendGrid, set_clock

from demo.provider.options import Options
from demo.provider.server import Running, running


@pytest.fixture
def provider(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        yield provider


@pytest.fixture
def sendgrid(provider: Running) -> SendGrid:
    return SendGrid(provider.url)


def test_the_key_is_asked_for(tmp_path):
    with running(tmp_path, options=Options(sendgrid_key="SG.other")) as provider:
        refused = SendGrid(provider.url)("GET", "marketing/lists")
        assert (refused.status_code, list(refused.json())) == (401, ["errors"])
        assert requests.get(provider.url + "/v3/marketing/lists", timeout=30).status_code == 401


def test_contacts_are_upserted_by_a_job_and_found_by_address(sendgrid):
    made = sendgrid.new_list("champions")
    text, number = (sendgrid("POST", "marketing/field_definitions", {"name": n, "field_type": t}).json()["id"] for n, t in
                    (("segment", "Text"), ("orders", "Number")))  # fmt: skip
    ann = {"email": "Ann@Example.com", "external_id": "u-1", "first_name": "Ann", "custom_fields": {text: "vip", number: 3}}
    answer = sendgrid.upsert([ann, {"email": "bob@example.com"}], (made,))
    assert answer.status_code == 202
    assert [sendgrid.job(answer, looks=1)["status"], sendgrid.job(answer, looks=1)["status"]] == ["pending", "completed"]
    assert sendgrid.job(answer)["results"] | {"created_count": 2, "errored_count": 0} == sendgrid.job(answer)["results"]
    again = sendgrid.upsert([{"email": "ann@example.com", "external_id": "u-1", "last_name": "Lee", "custom_fields": {number: 4}}])
    assert sendgrid.job(again)["results"]["updated_count"] == 1
    found = sendgrid.found("ANN@example.com", "nobody@example.com")
    contact = found["ann@example.com"]["contact"]
    assert (contact["first_name"], contact["last_name"], contact["list_ids"]) == ("Ann", "Lee", [made])
    assert contact["custom_fields"] == {text: "vip", number: 4}
    assert found["nobody@example.com"] == {"error": "contact not found"}
    assert sendgrid("POST", "marketing/contacts/search/emails", {"emails": ["no@example.com"]}).status_code == 404


def test_rows_that_fail_are_in_a_file_that_no_key_opens(sendgrid):
    sendgrid.upsert([{"email": "ann@example.com", "external_id": "u-1"}, {"email": "bob@example.com", "external_id": "u-2"}])
    rows = [
        {"email": "ann@example.com"},
        {"email": "ann@example.com", "external_id": "u-2"},
        {"email": "eve@example.com", "phone_number_id": "0170 1"},
        {"email": "fay@example.com"},
    ]
    job = sendgrid.job(sendgrid.upsert(rows))
    assert (job["status"], job["results"]["errored_count"], job["results"]["created_count"]) == ("errored", 3, 1)
    url = job["results"]["errors_url"]
    assert sendgrid.session.get(url, timeout=30).status_code == 400
    failed = list(csv.DictReader(io.StringIO(requests.get(url, timeout=30).text)))
    assert [row["email"] for row in failed] == ["ann@example.com", "ann@example.com", "eve@example.com"]
    assert ["existing" in failed[0]["error"], "more than one" in failed[1]["error"], "phone" in failed[2]["error"]] == [True] * 3


@pytest.mark.parametrize(
    ("contacts", "field"),
    [
        ([{"email": "ann@example.com"}, {"email": "nobody"}], "contacts[1].identifier"),
        ([{"first_name": "Ann"}], "contacts[0].identifier"),
        ([{"email": "ann@example.com", "custom_fields": {"e9_T": "x"}}], "contacts.custom_fields"),
        ([{"email": "ann@example.com", "first_name": "x" * 51}], "contacts[0].first_name"),
        ([{"email": "ann@example.com", "first_name": None}], "contacts[0].first_name"),
        ([{"email": "ann@example.com", "tags": []}], "contacts[0].tags"),
        ([], "contacts"),
    ],
)
def test_a_malformed_upsert_is_refused_whole(sendgrid, contacts, field):
    answer = sendgrid.upsert(contacts)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert sendgrid("POST", "marketing/contacts/search/emails", {"emails": ["ann@example.com"]}).status_code == 404


def test_contacts_leave_a_list_by_their_ids(sendgrid):
    made = sendgrid.new_list("at risk")
    assert sendgrid("POST", "marketing/lists", {"name": "at risk"}).status_code == 400
    sendgrid.upsert([{"email": f"p{n}@example.com"} for n in range(3)], (made,))
    first, second = (sendgrid.found(f"p{n}@example.com")[f"p{n}@example.com"]["contact"]["id"] for n in range(2))
    path = f"marketing/lists/{made}/contacts"
    assert sendgrid("DELETE", path, contact_ids=f"{first},{made}").status_code == 404
    assert sendgrid("DELETE", path).status_code == 400
    job = sendgrid.job(sendgrid("DELETE", path, contact_ids=f"{first},{second}"))
    assert (job["job_type"], job["status"], job["results"]["deleted_count"]) == ("delete", "completed", 2)
    assert sendgrid("GET", "marketing/lists").json()["result"][0]["contact_count"] == 1
    sendgrid("DELETE", "marketing/contacts", ids=first)
    assert sendgrid.found("p0@example.com", "p1@example.com")["p0@example.com"] == {"error": "contact not found"}


def test_lists_come_in_pages(sendgrid):
    names = [f"list {n}" for n in range(5)]
    for name in names:
        sendgrid.new_list(name)
    found, url = [], f"{sendgrid.url}/v3/marketing/lists?page_size=2"
    while url:
        page = sendgrid.session.get(url, timeout=30).json()
        found += [entry["name"] for entry in page["result"]]
        url = page["_metadata"].get("next")
    assert found == names


@pytest.mark.parametrize(
    ("kind", "status", "members"), [("partial", "errored", 4), ("job_fails", "failed", 0), ("job_hangs", "pending", 0)]
)
def test_jobs_end_badly_on_demand(provider, sendgrid, kind, status, members):
    made = sendgrid.new_list("x")
    order = {"match": "PUT /v3/marketing/contacts$", "kind": kind}
    assert requests.post(provider.url + "/_faults", json=order, timeout=30).status_code == 201
    job = sendgrid.job(sendgrid.upsert([{"email": f"p{n}@example.com"} for n in range(6)], (made,)), looks=4)
    assert job["status"] == status
    assert sendgrid("GET", "marketing/lists").json()["result"][0]["contact_count"] == members


def test_limits_are_told_in_sendgrids_way(tmp_path):
    with running(tmp_path, options=Options(limits="all", sendgrid_rate=(3, 60.0))) as provider:
        answers = [SendGrid(provider.url)("GET", "marketing/lists") for _ in range(7)]
        assert {answer.status_code for answer in answers} == {200, 429}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert "Retry-After" not in refused.headers and refused.headers["X-RateLimit-Remaining"] == "0"
        assert int(refused.headers["X-RateLimit-Reset"]) > 1_700_000_000
        assert refused.json() == {"errors": [{"message": "too many requests"}]}
