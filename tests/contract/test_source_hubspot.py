"""HubSpot as a source: its documented answers, and a server that keeps its rules, its limits and its 10,000."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from api_kit import Asked, Reply, Served, serving
from hubspot_kit import DAY, NOW, OLD, land, landed, latest
from hubspot_server import HubSpot

from orchestration.sources.errors import SourceError
from orchestration.sources.hubspot import COMPANIES

SAMPLES = Path(__file__).parent / "samples/hubspot"
SLICES = Path(__file__).parents[3] / "shared/data/saas_tables/hubspot"


@pytest.fixture
def crm() -> HubSpot:
    return HubSpot()


@pytest.fixture
def served(crm: HubSpot) -> Iterator[Served]:
    with serving(crm.answer) as running:
        yield running


def test_the_documented_answers_land_as_declared(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/search"):
            kind = asked.path.split("/")[-2]
            beyond = int(asked.body["filterGroups"][0]["filters"][-1]["value"])
            return Reply(json.loads((SAMPLES / f"{kind}_search.json").read_text()) if beyond == 0 else {"total": 0, "results": []})
        if "associations" in asked.path:
            return Reply(json.loads((SAMPLES / "associations.json").read_text()), 207)
        name = SAMPLES / f"{asked.path.split('/')[-1]}_archived.json"
        return Reply(json.loads(name.read_text()) if name.exists() else {"results": []})

    with serving(answer) as running:
        contacts, companies = land(running.url, tmp_path), land(running.url, tmp_path, table=COMPANIES)
    assert (contacts.rows, contacts.warnings, contacts.quarantined) == (2, [], {})
    assert (companies.rows, companies.warnings, companies.quarantined) == (1, [], {})
    shown = "contact_id, phone, company_ids, merged_ids, is_opted_out, legal_basis, updated_at::varchar"
    assert landed(tmp_path, shown) == [
        ("78971951", "+49 30 0000000", "2182162682;2319384765", "76340251;46897301", True, None, "2026-06-29 08:15:30.007"),
        ("78971960", "+49 151 00000000", "", None, None, "Freely given consent from contact", "2026-06-29 08:15:30.007"),
    ]
    assert landed(tmp_path, "company_id, name, domain", COMPANIES) == [("2319384765", "SampleCompany", "example.com")]


def test_a_version_by_month_lands_the_same(crm: HubSpot, served: Served, tmp_path: Path) -> None:
    crm.put("contacts", 1, OLD, email="p1@example.com")
    crm.put("contacts", 2, OLD, email="p2@example.com")
    crm.archive("contacts", 2, OLD + DAY)
    crm.companies[1] = [900]
    shown = "contact_id, email, company_ids, _is_deleted"
    land(served.url, tmp_path / "numbered")
    crm.version = "2026-09"
    with pytest.raises(SourceError, match=r"/crm/v3/objects/contacts/search.*404"):
        land(served.url, tmp_path / "too_old")
    land(served.url, tmp_path / "by_month", version="2026-09")
    assert landed(tmp_path / "by_month", shown) == landed(tmp_path / "numbered", shown) != []
    with pytest.raises(SourceError, match="HUBSPOT_API_VERSION"):
        land(served.url, tmp_path / "unknown", version="4")


def test_only_what_changed_is_asked_for_and_lands_once(crm: HubSpot, served: Served, tmp_path: Path) -> None:
    for number in range(1, 451):
        crm.put("contacts", number, OLD, email=f"p{number}@example.com")
    assert land(served.url, tmp_path).rows == 450
    crm.put("contacts", 7, NOW, email="new@example.com")
    crm.companies[7] = [900]
    assert land(served.url, tmp_path, NOW + DAY).rows == 1
    before = len(served.asked)
    assert land(served.url, tmp_path, NOW + DAY).rows == 0
    assert len(served.asked) - before == 3  # the search, its companies, what is archived
    assert ("new@example.com", "900") in landed(tmp_path, "email, company_ids")
    assert latest(tmp_path)["7"] == "new@example.com"


def test_13_000_contacts_arrive_11_000_of_them_changed_in_one_millisecond(crm: HubSpot, served: Served, tmp_path: Path) -> None:
    for number in range(1, 13_001):
        crm.put("contacts", number * 7, OLD - 9 * DAY if number > 11_000 else OLD, created=OLD - 9 * DAY)
    first = land(served.url, tmp_path)
    assert (first.rows, first.warnings) == (13_000, [])
    assert [int(number) for (number,) in landed(tmp_path, "contact_id::bigint")] == [number * 7 for number in range(1, 13_001)]
    # all of them once more, in one millisecond: the incremental search has to cope too
    for number in range(1, 11_001):
        crm.put("contacts", number * 7, NOW)
    assert land(served.url, tmp_path, NOW + DAY).rows == 11_000


def test_an_archived_contact_is_a_version_that_says_so_and_lands_once(crm: HubSpot, served: Served, tmp_path: Path) -> None:
    for number in range(1, 251):
        crm.put("contacts", number, OLD, email=f"p{number}@example.com")
    land(served.url, tmp_path)
    for number in range(1, 131):
        crm.archive("contacts", number, NOW - DAY)
    outcomes = [land(served.url, tmp_path, NOW + days * DAY) for days in (1, 2)]
    assert [(outcome.rows, outcome.deleted) for outcome in outcomes] == [(0, 130), (0, 0)]
    assert sorted(map(int, latest(tmp_path))) == [*range(131, 251)]


def test_a_merged_contact_is_named_by_the_one_it_became_part_of(crm: HubSpot, served: Served, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        crm.put("contacts", number, OLD)
    land(served.url, tmp_path)
    crm.merge(2, 1, NOW - DAY)
    crm.merge(3, 2, NOW)
    land(served.url, tmp_path, NOW + DAY)
    crm.put("contacts", 9, NOW)
    land(served.url, tmp_path, NOW + 9 * DAY)  # ids are compared
    assert landed(tmp_path, "count(*) filter (_is_deleted)") == [(0,)], "its addresses are still the person's"
    del crm.records["contacts"][3]
    assert land(served.url, tmp_path, NOW + 20 * DAY).withheld == 3, "those that were merged went with it: three of four"
    assert ("3", "1;2") in landed(tmp_path, "contact_id, merged_ids") or ("3", "2;1") in landed(tmp_path, "contact_id, merged_ids")


@pytest.mark.skipif(not SLICES.exists(), reason="the slices of real HubSpot tables are not at ../shared/data/saas_tables")
def test_a_slice_of_a_real_account_lands_whole(crm: HubSpot, served: Served, tmp_path: Path) -> None:
    with (SLICES / "contact_data.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        created = datetime.fromisoformat(row["property_createdate"]).replace(tzinfo=UTC)
        changed = datetime.fromisoformat(row["_fivetran_synced"]).replace(tzinfo=UTC)
        names = {"property_email": "email", "property_firstname": "firstname", "property_hs_merged_object_ids": "hs_merged_object_ids"}
        crm.put("contacts", int(row["id"]), changed, created, **{name: row[column] for column, name in names.items() if row[column]})
    outcome = land(served.url, tmp_path)
    assert (outcome.rows, outcome.quarantined) == (len({row["id"] for row in rows}), {})
    merged = {row["property_hs_merged_object_ids"] for row in rows} - {""}
    assert merged <= {ids for (ids,) in landed(tmp_path, "merged_ids")}
