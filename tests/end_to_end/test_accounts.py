"""Who belongs to which business, from rows as they land; and that a business keeps its id when more of it becomes known."""

from datetime import timedelta

import pytest
from warehouse_kit import Warehouse, dated, moment

from orchestration.sources import crm

FIRST, LATER = moment(2026, 5, 1, 9), moment(2026, 5, 2, 9)
CONTACTS = [
    {"contact_id": "k1", "first_name": "Ann", "last_name": "Ash", "email": "ann@gmail.com", "company_name": "Acme GmbH"},
    {"contact_id": "k2", "first_name": "Bob", "last_name": "Birch", "email": "bob@corner.de"},
    {"contact_id": "k3", "first_name": "Cleo", "last_name": "Cedar", "email": "cleo@mail.corner.de"},
    {"contact_id": "k4", "first_name": "Dan", "last_name": "Dogwood", "email": "dan@family.net"},
    {"contact_id": "k5", "first_name": "Eva", "last_name": "Elm", "email": "eva@web.de"},
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A day without a domain of Acme's, and the next, on which a colleague has one."""
    made = Warehouse(tmp_path_factory.mktemp("accounts"))
    made.land(crm.CONTACTS, dated(CONTACTS, FIRST - timedelta(days=9)), FIRST)
    made.build(FIRST, "+accounts")
    made.first = {row["name"]: row for row in made.rows("from identity.accounts")}
    more = {"contact_id": "k6", "first_name": "Finn", "last_name": "Fir", "email": "finn@acme.com", "company_name": "ACME"}
    made.land(crm.CONTACTS, dated([more], LATER - timedelta(hours=2)), LATER)
    made.build(LATER, "+profiles", "+accounts")
    return made


def members(warehouse: Warehouse) -> dict[str, tuple[str, str]]:
    """Contact to account and by what it belongs."""
    found = warehouse.rows(
        "select identifier_value as contact, name, members.stated_by from identity.account_members as members"
        " join identity.accounts using (account_id) join identity.identifiers using (profile_id) where identifier_type = 'crm_id'"
    )
    return {str(row["contact"]): (str(row["name"]), str(row["stated_by"])) for row in found}


def test_by_name_and_by_domain_and_never_by_free_mail_or_alone(warehouse: Warehouse) -> None:
    assert set(warehouse.first) == {"Acme GmbH", "corner.de"}
    found = members(warehouse)
    assert found.keys() == {"k1", "k2", "k3", "k6"}
    assert found["k2"] == found["k3"] == ("corner.de", "domain")
    assert found["k1"] == found["k6"] == ("ACME", "name")


def test_an_account_keeps_its_id_when_its_domain_becomes_known(warehouse: Warehouse) -> None:
    now = {row["domain"]: row for row in warehouse.rows("from identity.accounts")}
    assert warehouse.first["Acme GmbH"]["domain"] is None
    assert now["acme.com"]["account_id"] == warehouse.first["Acme GmbH"]["account_id"]
    assert (now["acme.com"]["people_count"], now["acme.com"]["stated_by"]) == (2, "name")
    assert now["corner.de"]["account_id"] == warehouse.first["corner.de"]["account_id"]


def test_profiles_name_the_main_account(warehouse: Warehouse) -> None:
    assert warehouse.rows("select count(*) as people, count(account_id) as employed from profiles.profiles") == [
        {"people": 6, "employed": 4}
    ]
