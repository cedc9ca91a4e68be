"""A shop whose contacts are in HubSpot, Pipedrive and KeyCRM: from their servers to staging/all."""

import importlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from api_kit import Asked, Reply, serving
from hubspot_server import TOKEN, HubSpot
from warehouse_kit import Warehouse, moment

from expectations.gate import validate
from orchestration.assets.raw import raw_assets
from orchestration.landing import land_rest, landed_frame
from orchestration.resources import Outside
from orchestration.sources.catalogue import VENDORS
from orchestration.sources.errors import SourceError
from orchestration.sources.table import Table

SAMPLES = Path(__file__).parents[1] / "contract/samples"
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SYSTEMS = ("shop", "crm", "ga4", "hubspot", "pipedrive", "keycrm")


def land(warehouse: Warehouse, system: str, url: str, as_of: datetime) -> None:
    vendor = VENDORS[system]
    for table in vendor.tables:
        landed = land_rest(vendor.of(table), vendor.api(url, TOKEN, sleep=lambda _: None), warehouse.landing, as_of)
        assert not landed.quarantined


def sample(asked: Asked) -> Reply:
    """Pipedrive's and KeyCRM's documented answers."""
    name = asked.path.removeprefix("/api/v2/").removeprefix("/").replace("/", "_")
    (path,) = SAMPLES.glob(f"*/{name}.json")
    return Reply(json.loads(path.read_text()))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("crm"), systems=SYSTEMS)
    crm = HubSpot()
    old = NOW - 100 * DAY
    crm.put("companies", 900, old, name="Acme", domain="ACME.example")
    crm.put("companies", 901, old, name="Gone", domain="gone.example")
    crm.put("contacts", 1, old, email="Ann@Example.com ", mobilephone="+4915112345678", date_of_birth="1988-04-12")
    crm.put("contacts", 2, old, email="ann@work.example", date_of_birth="in spring")
    crm.put("contacts", 3, old, email="bob@example.com", hs_legal_basis="Freely given consent from contact")
    crm.put("contacts", 4, old, email="archived@example.com")
    crm.companies = {1: [900], 2: [900, 901]}
    with serving(crm.answer) as served, serving(sample) as samples:
        land(warehouse, "hubspot", served.url, NOW - 2 * DAY)
        crm.merge(1, 2, NOW - 2 * DAY)
        crm.put("contacts", 3, NOW - 2 * DAY, hs_email_optout="true")
        crm.archive("contacts", 4, NOW - 2 * DAY)
        crm.archive("companies", 901, NOW - 2 * DAY)
        land(warehouse, "hubspot", served.url, NOW - DAY)
        for system in ("pipedrive", "keycrm"):
            land(warehouse, system, samples.url, NOW - DAY)
    warehouse.build(moment(2026, 6, 30, 9), "blocked_identifiers", "staging")
    return warehouse


def test_persons_of_all_systems_stand_beside_each_other_and_the_archived_is_gone(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select person_type, person_id, email, phone, birth_date::varchar as born, company_name from staging.stg_all__persons"
    )
    told = {(row["person_type"], row["person_id"]): tuple(row.values())[2:] for row in found}
    assert told == {
        ("hubspot_id", "1"): ("ann@example.com", "+4915112345678", "1988-04-12", None),
        ("hubspot_id", "2"): ("ann@work.example", None, None, None),
        ("hubspot_id", "3"): ("bob@example.com", None, None, None),
        ("pipedrive_id", "1"): ("a***@example.com", "+4915100000000", "1988-04-12", "SampleCompany"),
        ("pipedrive_id", "2"): (None, None, None, None),
        ("keycrm_id", "22"): ("a***@example.com", "+380670000000", None, "SampleCompany"),
    }


def test_a_merge_says_that_two_records_are_one_person(warehouse: Warehouse) -> None:
    (alias,) = warehouse.rows("select left_type, left_id, right_type, right_id, stated_by from staging.stg_all__aliases")
    assert tuple(alias.values()) == ("hubspot_id", "1", "hubspot_id", "2", "merge")


def test_an_opt_out_is_a_withdrawal_and_no_statement_is_none(warehouse: Warehouse) -> None:
    found = warehouse.rows("select person_type, person_id, channel, status from staging.stg_all__consents order by all")
    assert [tuple(row.values()) for row in found] == [
        ("hubspot_id", "3", "email", "withdrawn"),
        ("pipedrive_id", "1", "email", "withdrawn"),
    ]


def test_companies_and_their_members(warehouse: Warehouse) -> None:
    found = warehouse.rows("select company_id, name, domain from staging.stg_all__companies order by all")
    assert [tuple(row.values()) for row in found] == [
        ("hubspot:900", "Acme", "acme.example"),
        ("pipedrive:7", "SampleCompany", "example.com"),
    ]
    members = warehouse.rows("select person_type, person_id, company_id from staging.stg_all__company_members order by all")
    assert ("hubspot_id", "1", "hubspot:900") in [tuple(row.values()) for row in members]
    assert ("pipedrive_id", "1", "pipedrive:7") in [tuple(row.values()) for row in members]


def test_orders_of_keycrm_have_a_currency_a_status_and_their_lines(warehouse: Warehouse) -> None:
    (order,) = warehouse.rows(
        "select order_id, customer_type, customer_id, status, currency, total_amount::varchar as total from staging.stg_all__orders"
    )
    assert tuple(order.values()) == ("keycrm:77", "keycrm_id", "22", "delivered", "UAH", "122.5000")
    (line,) = warehouse.rows("select order_line_id, order_id, product_id, line_amount::varchar as amount from staging.stg_all__order_lines")
    assert tuple(line.values()) == ("keycrm:701", "keycrm:77", "keycrm:3", "131.2500")


@pytest.mark.parametrize("table", [table for system in SYSTEMS[3:] for table in VENDORS[system].tables], ids=lambda table: table.raw_name)
def test_the_gates_let_good_rows_through(warehouse: Warehouse, table: Table) -> None:
    """Nothing critical; a sample's masked addresses and numbers may well be worth a warning."""
    if table.name == "sources":
        return
    suite = importlib.import_module(f"expectations.raw.{table.raw_name}")
    frame = landed_frame(warehouse.landing, table, dict.fromkeys((*suite.COLUMNS, suite.KEY)))
    assert len(frame)
    result = validate(frame, suite.suite(), suite.KEY)
    assert result.passed, result.sentence


def test_a_used_system_without_its_token_is_told_by_name(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside.model_construct(shop_url="", crm_url="")
    assert outside.url_of("hubspot", VENDORS["hubspot"].url) == "https://api.hubapi.com"
    with monkeypatch.context() as given:
        given.setenv("HUBSPOT_TOKEN", TOKEN)
        given.setenv("HUBSPOT_API_VERSION", "2026-09")
        api = outside.api_of(VENDORS["hubspot"])
    assert (api.url, api.spoken("crm/objects/contacts")) == ("https://api.hubapi.com", "crm/objects/2026-09/contacts")
    with pytest.raises(SourceError, match=r"hubspot: HUBSPOT_TOKEN is not set\. Set it in \.env"):
        outside.token_of("hubspot")


def test_the_assets_and_gates_of_the_systems_can_be_made() -> None:
    keys = {asset.key.path[-1] for asset in raw_assets(SYSTEMS[3:])}
    assert keys == {table.raw_name for system in SYSTEMS[3:] for table in VENDORS[system].tables}
