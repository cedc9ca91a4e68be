"""The pretend provider speaks Klaviyo: headers, profiles, lists, events, what became of the e-mails."""

import pytest
import requests
from provider_kit import HEADERS, Klaviyo, bulk, ids, import_job, profile, set_clock, single

from demo.provider.options import Options
from demo.provider.server import Running, running


@pytest.fixture
def provider(tmp_path):
    set_clock(tmp_path)
    with running(tmp_path) as provider:
        yield provider


@pytest.fixture
def klaviyo(provider: Running) -> Klaviyo:
    return Klaviyo(provider.url)


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Authorization", None, 401),
        ("Authorization", "Bearer pk_test", 401),
        ("revision", None, 400),
        ("revision", "latest", 400),
        ("Accept", "text/html", 406),
        ("Content-Type", "text/plain", 415),
    ],
)
def test_headers_are_checked(provider, header, value, status):
    headers = {**HEADERS, header: value}
    answer = requests.post(provider.url + "/api/events", json=single("ann@example.com", "k"), headers=headers, timeout=30)
    assert answer.status_code == status
    assert set(answer.json()["errors"][0]) == {"id", "status", "code", "title", "detail", "source"}
    assert provider.state.messages() == []


def test_an_import_upserts_row_by_row_and_reports_the_bad_ones(klaviyo):
    good = [profile(email=f"P{n}@Example.com", external_id=f"u-{n}", properties={"orders": n}) for n in range(150)]
    bad = [profile(email="no-address"), profile(phone_number="0170 1"), profile(first_name="Nobody")]
    made = klaviyo.post("/api/lists", {"data": {"type": "list", "attributes": {"name": "champions"}}}).json()["data"]["id"]
    job = klaviyo.post("/api/profile-bulk-import-jobs", import_job([*good, *bad], (made,)))
    assert (job.status_code, job.json()["data"]["attributes"]["status"]) == (202, "queued")
    path = f"/api/profile-bulk-import-jobs/{job.json()['data']['id']}"
    looks = [klaviyo.get(path).json()["data"]["attributes"] for _ in range(2)]
    assert [look["status"] for look in looks] == ["processing", "complete"]
    assert (looks[1]["completed_count"], looks[1]["failed_count"]) == (150, 3)
    errors = [entry["attributes"] for entry in klaviyo.get(f"{path}/import-errors").json()["data"]]
    assert [error["source"]["pointer"] for error in errors] == [
        "/data/attributes/profiles/data/150/attributes/email",
        "/data/attributes/profiles/data/151/attributes/phone_number",
        "/data/attributes/profiles/data/152/attributes",
    ]
    assert errors[0]["original_payload"] == bad[0]
    pages, page = [], klaviyo.get(f"/api/lists/{made}/profiles", **{"page[size]": "100"})
    while page is not None:
        pages.append(page.json()["data"])
        following = page.json()["links"].get("next")
        page = klaviyo.session.get(following, timeout=30) if following else None
    assert [len(page) for page in pages] == [100, 50]
    assert pages[0][7]["attributes"]["email"] == "p7@example.com"


def test_an_upsert_merges_clears_and_refuses_to_mix_people(klaviyo):
    first = profile(email="ann@example.com", external_id="u-1", phone_number="+491701", properties={"a": 1})
    first["attributes"]["phone_number"] = "+491701234567"
    klaviyo.post("/api/profile-bulk-import-jobs", import_job([{**first, "attributes": {**first["attributes"], "first_name": "Ann"}}]))
    second = profile(external_id="u-1", first_name=None, properties={"b": 2})
    mixed = profile(email="bob@example.com", phone_number="+491701234567")
    job = klaviyo.post("/api/profile-bulk-import-jobs", import_job([second, mixed])).json()["data"]["id"]
    found = klaviyo.get("/api/profiles", filter='equals(external_id,"u-1")').json()["data"][0]["attributes"]
    assert (found["email"], found["first_name"], found["properties"]) == ("ann@example.com", None, {"a": 1, "b": 2})
    errors = klaviyo.get(f"/api/profile-bulk-import-jobs/{job}/import-errors").json()["data"]
    assert [error["attributes"]["code"] for error in errors] == ["duplicate_profile"]


def test_members_are_added_and_removed_by_their_klaviyo_ids(klaviyo):
    klaviyo.post("/api/profile-bulk-import-jobs", import_job([profile(email=f"p{n}@example.com") for n in range(3)]))
    found = ids(klaviyo.get("/api/profiles", filter='any(email,["p0@example.com","P2@example.com"])'))
    assert len(found) == 2
    assert klaviyo.get("/api/lists", filter='equals(name,"at risk")').json()["data"] == []
    klaviyo.post("/api/lists", {"data": {"type": "list", "attributes": {"name": "at risk"}}})
    made = klaviyo.get("/api/lists", filter='equals(name,"at risk")').json()["data"][0]["id"]
    members = f"/api/lists/{made}/relationships/profiles"
    assert [klaviyo.post(members, {"data": found}).status_code for _ in range(2)] == [204, 204]
    unknown = klaviyo("DELETE", members, {"data": [*found, {"type": "profile", "id": "01NOBODY"}]})
    assert (unknown.status_code, unknown.json()["errors"][0]["source"]["pointer"]) == (404, "/data/2/id")
    assert klaviyo("DELETE", members, {"data": found[:1]}).status_code == 204
    assert ids(klaviyo.get(f"/api/lists/{made}/profiles")) == found[1:]


def test_an_event_is_kept_once_and_sends_one_email(provider, klaviyo):
    for _ in range(3):
        assert klaviyo.post("/api/events", single("ann@example.com", "key-1")).status_code == 202
    klaviyo.post("/api/events", single("ann@example.com", "key-2", backfill=True))
    klaviyo.post("/api/event-bulk-create-jobs", bulk([("ann@example.com", "key-1"), ("bob@example.com", "key-3")]))
    sent = [(message.address, message.message_key, message.campaign) for message in provider.state.messages()]
    assert sent == [("ann@example.com", "key-1", "cart_abandoned"), ("bob@example.com", "key-3", "cart_abandoned")]
    assert requests.get(provider.url + "/_stats", timeout=30).json()["events"] == {"accepted": 3, "repeated": 3}


def test_a_repeat_inside_a_bulk_call_fails_all_of_it(provider, klaviyo):
    answer = klaviyo.post("/api/event-bulk-create-jobs", bulk([("a@example.com", "k1"), ("b@example.com", "k"), ("b@example.com", "k")]))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "duplicate_unique_id")
    assert provider.state.messages() == []


def test_the_harsh_reading_refuses_a_stored_event_too(tmp_path):
    with running(tmp_path, options=Options(repeated_in_bulk="refused")) as provider:
        klaviyo = Klaviyo(provider.url)
        calls = [bulk([("a@example.com", "k1")]), bulk([("a@example.com", "k1"), ("b@example.com", "k2")])]
        assert [klaviyo.post("/api/event-bulk-create-jobs", call).status_code for call in calls] == [202, 400]
        assert [message.message_key for message in provider.state.messages()] == ["k1"]
        assert klaviyo.post("/api/events", single("a@example.com", "k1")).status_code == 202


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unknown": 1}, "/data/attributes/unknown"),
        ({"properties": None}, "/data/attributes/properties"),
        ({"time": "1980-01-01T00:00:00+00:00"}, "/data/attributes/time"),
        ({"unique_id": 7}, "/data/attributes/unique_id"),
    ],
)
def test_a_malformed_event_names_the_place(klaviyo, change, pointer):
    body = single("ann@example.com", "k")
    body["data"]["attributes"].update(change)
    answer = klaviyo.post("/api/events", body)
    assert (answer.status_code, answer.json()["errors"][0]["source"]["pointer"]) == (400, pointer)
