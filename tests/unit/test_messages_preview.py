"""The values of a preview: those of a person as the warehouse has them, made up where it did not happen to them."""

import duckdb
import pytest

from content.tokens import Campaign
from content.values import Shop
from orchestration.messages_preview import values_for

SHOP = Shop("S", "https://s.test", "https://s.test/u?{message_id}", "https://s.test/p?{message_id}", "https://s.test/x/{product_id}")
BACK = Campaign("back", "email", "marketing", ("profile_id", "occurred_at", "occasion", "product_id", "happened_on", "price_amount"))


@pytest.fixture
def warehouse():
    connection = duckdb.connect()
    for schema in ("profiles", "identity", "scores", "triggers", "staging"):
        connection.execute(f"create schema {schema}")
    connection.execute("""
        create table profiles.profiles as from (values
            ('p_1', 'Ann', null, 'DE', 2, 'Ann@example.com', '+491'), ('p_2', 'Bob', 'Ode', 'AT', 0, 'home@example.com', null),
            ('p_3', 'Cem', 'Ode', 'AT', 0, 'home@example.com', null)
        ) as rows(profile_id, first_name, last_name, country_code, orders_count, email, phone);
        create table identity.profile_ids as
            from (values ('p_1', 'p_1'), ('p_old', 'p_1'), ('p_2', 'p_2')) as rows(profile_id, current_profile_id);
        create table scores.recommended_products as from (values
            ('p_1', 'buy_again', 2, 'Cup'), ('p_1', 'buy_again', 1, 'Tea'), ('p_1', 'buy_again', 3, null)
        ) as rows(profile_id, shelf, place, product_name);
        create table triggers.back as from (values
            ('p_1', timestamp '2026-06-01 09:00:00', 'old', 'jug', date '2026-05-01', 3.50, 'back'),
            ('p_1', timestamp '2026-06-02 09:00:00', 'new', 'tea/1', date '2026-06-01', null, 'back')
        ) as rows(profile_id, occurred_at, occasion, product_id, happened_on, price_amount, campaign);
        create table staging.stg_all__products as select 'tea/1' as product_id, 'Tea' as name, 'Teas' as category, 4.5 as price_amount,
            'EUR' as currency
    """)
    return connection


@pytest.mark.parametrize("person", ["p_1", "p_old", "ann@EXAMPLE.com", "+491"])
def test_a_person_is_found_by_any_name_and_has_their_own_values(warehouse, person):
    values, whom = values_for(warehouse, BACK, SHOP, person)
    assert values["person"] == {"first_name": "Ann", "country_code": "DE", "orders_count": 2}
    assert values["recommendations"] == {"buy_again": ["Tea", "Cup"]}
    assert values["event"] == {"happened_on": "2026-06-01"}
    assert values["product"]["name"] == "Tea" and values["product"]["url"] == "https://s.test/x/tea%2F1"
    assert whom == "person p_1, about what happened at 2026-06-02 09:00 UTC"


def test_what_did_not_happen_is_made_up_and_said_to_be(warehouse):
    values, whom = values_for(warehouse, BACK, SHOP, "p_2")
    assert values["person"]["first_name"] == "Bob" and values["event"]["price_amount"] and values["recommendations"] == {}
    assert "made up" in whom and "Bob" not in whom


@pytest.mark.parametrize(("person", "words"), [("home@example.com", "2 people have that address"), ("nobody", "no such person")])
def test_who_is_nobody_or_several_is_not_guessed(warehouse, person, words):
    with pytest.raises(LookupError, match=words):
        values_for(warehouse, BACK, SHOP, person)
