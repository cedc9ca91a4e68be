"""Who is told apart and who is not: families, slips of the pen, role addresses, brands, a person's decisions. One file: one small world."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import combinations

import pytest
from warehouse_kit import Warehouse, moment

from orchestration.sources import crm, shop

NOW = moment(2026, 3, 1, 9)
LONG_AGO = NOW - timedelta(days=900)
#: Contacts: key, first name, last name, e-mail, phone, date of birth, brand, last seen.
CONTACTS: list[tuple[str, ...] | tuple[object, ...]] = [
    # one address, two people, and a record that could be either
    ("john", "John", "Miller", "family@example.com", None, None, None, NOW),
    ("john2", "Jon", "Miller", "family@example.com", None, None, None, NOW),
    ("mary", "Mary", "Miller", "family@example.com", "+4915100000011", None, None, NOW),
    ("either", None, None, "family@example.com", None, None, None, NOW),
    ("mary2", None, None, "family@example.com", "+4915100000011", None, None, NOW),
    # married, misspelt, written the other way round, with initials: one person each
    ("wed1", "Sarah", "Jones", "sarah@example.com", None, None, None, NOW),
    ("wed2", "Sarah", "O'Neill", "sarah@example.com", None, None, None, NOW),
    ("slip1", "Katarzyna", "Wójcik", None, "+4915100000021", None, None, NOW),
    ("slip2", "Katrzyna", "Wojcik", None, "+4915100000021", None, None, NOW),
    ("order1", "Anna", "Müller", "anna@example.com", None, None, None, NOW),
    ("order2", "Müller", "Anna", "anna@example.com", None, None, None, NOW),
    ("order3", "A.", "Müller", "anna@example.com", None, None, None, NOW),
    ("tag1", "Tom", "Smith", "tom@example.com", None, None, None, NOW),
    ("tag2", "Thomas", "Smith", "tom+shop@example.com", None, None, None, NOW),
    # father and son, twins, a couple of one first name's two forms
    ("senior", "George Sr.", "Hill", "hill@example.com", None, None, None, NOW),
    ("junior", "George", "Hill Jr", "hill@example.com", None, None, None, NOW),
    ("old", "Peter", "Wood", "wood@example.com", None, date(1955, 4, 2), None, NOW),
    ("young", "Peter", "Wood", "wood@example.com", None, date(1983, 9, 30), None, NOW),
    ("mia", "Mia", "Lamm", "lamm@example.com", None, date(1982, 10, 16), None, NOW),
    ("marie", "Marie", "Lamm", "lamm@example.com", None, date(1979, 11, 24), None, NOW),
    ("date1", "Nina", "Kern", "kern@example.com", None, date(1982, 10, 16), None, NOW),
    ("date2", "Nina", "Kern", "kern@example.com", None, date(1979, 11, 24), None, NOW),
    ("he", "Martin", "Berg", "berg@example.com", None, None, None, NOW),
    ("she", "Martina", "Berg", "berg@example.com", None, None, None, NOW),
    # one telephone: same first name and another family is another person; seen long ago and nameless says nothing now
    ("desk1", "Julia", "Koch", None, "+4915100000031", None, None, NOW),
    ("desk2", "Julia", "Fischer", None, "+4915100000031", None, None, NOW),
    ("gone", None, None, None, "+4915100000041", None, None, LONG_AGO),
    ("new", None, None, None, "+4915100000041", None, None, NOW),
    # nobody's addresses and names
    ("role1", "Ida", "Lund", "info@shop.example.com", "+4915100000000", None, None, NOW),
    ("role2", "Ida", "Lund", "info@shop.example.com", "+4915100000000", None, None, NOW),
    ("blank1", "Unknown", "N/A", "blank@example.com", None, None, None, NOW),
    ("blank2", "Nora", "Lind", "blank@example.com", None, None, None, NOW),
    # a record without a name between two people
    ("left", "Oscar", "Reed", "oscar@example.com", None, None, None, NOW),
    ("between", None, None, "oscar@example.com", "+4915100000051", None, None, NOW),
    ("right", "Emily", "Stone", None, "+4915100000051", None, None, NOW),
    # two brands
    ("north", "Lea", "Falk", "lea@example.com", None, None, "north", NOW),
    ("south", "Lea", "Falk", "lea@example.com", None, None, "south", NOW),
    # a chain that a person cuts: the telephone is its weakest link; and two that nothing joins but a person
    ("chain1", "Eva", "Rot", "eva@example.com", None, None, None, NOW),
    ("chain2", "Eva", "Rot", "eva@example.com", "+4915100000061", None, None, NOW),
    ("chain3", "Eva", "Rot", "eva.rot@example.com", "+4915100000061", None, None, NOW),
    ("chain4", "Eva", "Rot", "eva.rot@example.com", None, None, None, NOW),
    ("far1", "Ben", "Adams", "ben@example.com", None, None, None, NOW),
    ("far2", "Benjamin", "Adams", "adams@example.com", None, None, None, NOW),
]
TOGETHER = [{"john", "john2"}, {"mary", "mary2"}, {"wed1", "wed2"}, {"slip1", "slip2"}, {"order1", "order2", "order3"}, {"tag1", "tag2"}]
TOGETHER += [{"blank1", "blank2"}, {"date1", "date2"}, {"north", "south"}, {"chain1", "chain2", "chain3", "chain4"}]
REASONS = {
    ("john", "mary"): "names_differ",
    ("either", "john"): "ambiguous",
    ("junior", "senior"): "names_differ",
    ("old", "young"): "birth_dates_differ",
    ("marie", "mia"): "birth_dates_differ",
    ("he", "she"): "names_differ",
    ("desk1", "desk2"): "names_differ",
    ("gone", "new"): "outside_window",
    ("between", "left"): "ambiguous",
    ("between", "right"): "ambiguous",
}


def land(warehouse: Warehouse) -> None:
    names = ("contact_id", "first_name", "last_name", "email", "phone", "birth_date", "brand", "created_at")
    rows = [dict(zip(names, row, strict=True)) for row in CONTACTS]
    warehouse.land(crm.CONTACTS, [{**row, "country_code": "DE", "updated_at": row["created_at"]} for row in rows], NOW)
    people = [{"customer_id": key, "created_at": NOW, "updated_at": NOW} for key in ("a1", "a2", "a3")]
    warehouse.land(shop.CUSTOMERS, people, NOW)


def profiles(warehouse: Warehouse) -> dict[str, str]:
    """The profile of each contact."""
    rows = warehouse.rows("select identifier_value, profile_id from identity.identifiers where identifier_type = 'crm_id'")
    return {str(row["identifier_value"]): str(row["profile_id"]) for row in rows}


def groups(warehouse: Warehouse) -> list[set[str]]:
    """Contacts that are one person, where there are several."""
    people: dict[str, set[str]] = defaultdict(set)
    for key, profile in profiles(warehouse).items():
        people[profile].add(key)
    return [keys for keys in people.values() if len(keys) > 1]


def reasons(warehouse: Warehouse) -> dict[tuple[str, ...], str]:
    rows = warehouse.rows("from identity.refused_links where right_type = 'crm_id'")
    return {tuple(sorted((str(row["left_value"]), str(row["right_value"])))): str(row["reason"]) for row in rows}


def by_smallest(parts: list[set[str]]) -> list[list[str]]:
    return sorted(sorted(part) for part in parts)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The world on its first day, then as a person decided about it."""
    built = Warehouse(tmp_path_factory.mktemp("rules"))
    land(built)
    login = {"event_name": "login", "session_id": 1}
    built.land_events(
        [
            {**login, "event_at": NOW - timedelta(days=40), "user_pseudo_id": "own", "user_id": None},
            {**login, "event_at": NOW - timedelta(days=20), "user_pseudo_id": "own", "user_id": None},
            {**login, "event_at": NOW - timedelta(days=5), "user_pseudo_id": "own", "user_id": "a1"},
            {**login, "event_at": NOW - timedelta(days=9), "user_pseudo_id": "family", "user_id": "a1"},
            {**login, "event_at": NOW - timedelta(days=7), "user_pseudo_id": "family", "user_id": "a1", "session_id": 2},
            {**login, "event_at": NOW - timedelta(days=6), "user_pseudo_id": "family", "user_id": None, "session_id": 3},
            {**login, "event_at": NOW - timedelta(days=5), "user_pseudo_id": "family", "user_id": "a2", "session_id": 4},
        ],
        NOW,
    )
    built.build(NOW, "+identifiers", "+refused_links", "+changes")
    return built


def test_one_person_is_one_and_a_family_is_several(warehouse: Warehouse) -> None:
    assert by_smallest(groups(warehouse)) == by_smallest(TOGETHER)


def test_what_is_refused_says_why(warehouse: Warehouse) -> None:
    found = reasons(warehouse)
    assert {pair: found.get(pair) for pair in REASONS} == REASONS
    values = warehouse.rows("select left_value, reason from identity.refused_links where right_type in ('email', 'phone', 'ga_pseudo_id')")
    assert {(row["left_value"], row["reason"]) for row in values} == {
        *((key, reason) for key in ("role1", "role2") for reason in ("email_blocked", "phone_blocked")),
        ("a1", "device_shared"),
        ("a2", "device_shared"),
    }


def test_a_familys_address_reaches_each_and_a_role_address_nobody(warehouse: Warehouse) -> None:
    held = warehouse.rows("select identifier_value as value, is_shared, count(*) as people from identity.identifiers group by all")
    people = {str(row["value"]): (row["people"], row["is_shared"]) for row in held}
    assert people["family@example.com"] == (3, True)
    assert people["sarah@example.com"] == (1, False)
    assert "info@shop.example.com" not in people and "+4915100000000" not in people


def test_a_device_is_whoever_it_was_with(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select owners.*, who.identifier_value as account from identity.device_owners as owners"
        " inner join identity.identifiers as who using (profile_id) where who.identifier_type = 'shop_customer_id' order by known_at"
    )
    assert [
        (row["user_pseudo_id"], row["account"], row["from_at"], row["until_at"]) for row in rows if row["user_pseudo_id"] == "family"
    ] == [
        ("family", "a1", NOW - timedelta(days=9), NOW - timedelta(days=7)),
        ("family", "a2", NOW - timedelta(days=5), NOW - timedelta(days=5)),
    ]
    (own,) = [row for row in rows if row["user_pseudo_id"] == "own"]
    assert (own["account"], own["from_at"], own["until_at"]) == ("a1", NOW - timedelta(days=35), NOW + timedelta(days=360))


def test_what_a_person_decided_holds(warehouse: Warehouse) -> None:
    """A split cuts the chain at its telephone, a merge joins strangers, a pin keeps an id, and a line about nobody warns."""
    before = profiles(warehouse)
    lines = [("split", "crm_id", "chain1", "crm_id", "chain4"), ("merge", "crm_id", "far1", "crm_id", "far2")]
    lines += [("pin", "crm_id", "mary", "profile_id", before["senior"]), ("merge", "crm_id", "wed1", "crm_id", "nobody")]
    columns = "action varchar, left_type varchar, left_value varchar, right_type varchar, right_value varchar"
    warehouse.put("seeds.reviewed_identities", columns, lines)
    warehouse.build(NOW, "+identifiers", "+refused_links", "+changes", full_refresh=True, only="run")  # leaves the seeds
    expected = [part for part in TOGETHER if "chain1" not in part] + [{"chain1", "chain2"}, {"chain3", "chain4"}, {"far1", "far2"}]
    assert by_smallest(groups(warehouse)) == by_smallest(expected)
    assert reasons(warehouse)["chain2", "chain3"] == "split_by_review"
    after = profiles(warehouse)
    assert after["mary"] == after["mary2"] == before["senior"]
    assert after["senior"] not in before.values()
    moved = {"mary", "mary2", "senior", "far1", "far2", "chain1", "chain2", "chain3", "chain4"}
    assert {key: after[key] for key in before if key not in moved} == {key: before[key] for key in before if key not in moved}


def test_within_a_brand_alone_if_so_declared(tmp_path_factory: pytest.TempPathFactory) -> None:
    warehouse = Warehouse(tmp_path_factory.mktemp("brands"), identity_across_brands=False)
    land(warehouse)
    warehouse.build(NOW, "+identifiers", "+refused_links")
    assert by_smallest(groups(warehouse)) == by_smallest([part for part in TOGETHER if "north" not in part])
    assert reasons(warehouse)["north", "south"] == "other_brand"


def test_the_world_itself() -> None:
    """No two records of the world are meant to be together and apart."""
    assert not any(set(pair) <= part for pair in REASONS for part in TOGETHER)
    assert all(not one & other for one, other in combinations(TOGETHER, 2))
