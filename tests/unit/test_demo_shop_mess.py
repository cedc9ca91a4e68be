"""The demo shop is as untidy as life: every kind of mess is there, and the truth beside it knows better."""

import sqlite3
from pathlib import Path

import phonenumbers
import pytest
from demo_world import ask, make, one

from demo.shop.addresses import make_addresses
from demo.shop.people import make_people
from demo.shop.places import COUNTRIES

LATEST = """select contact_id, status from (select *, row_number() over (
    partition by contact_id order by recorded_at desc, consent_id desc) as place from consents
    where purpose = 'marketing' and channel = '{}') as entries where place = 1"""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("world"), customers=1200)


def test_every_kind_of_person(world):
    kinds = dict(ask(world, "select kind, count(*) from people where joined_at <= timestamp '2026-06-30 09:00' group by kind"))
    accounts = sum(kinds[kind] for kind in ("regular", "seasonal", "rare", "one_timer", "account_only"))
    assert accounts == one(world, "shop.db", "select count(*) from customers") == 1200
    assert min(kinds.values()) > 20 and len(kinds) == 8
    assert ask(world, "select count(*) > 50 from people where kind = 'regular' and left_at < '2026-06-01'") == [(True,)]
    assert ask(world, "select count(*) > 100 from people where reacts") == [(True,)]


@pytest.mark.parametrize(
    ("file", "query", "least"),
    [
        ("crm.db", "select count(*) from contacts where email <> lower(trim(email))", 100),
        ("crm.db", "select count(*) from contacts where email like '%+shop@%'", 5),
        ("crm.db", "select count(*) from contacts where cast(substr(contact_id, 2) as integer) % 2 = 1", 40),
        ("crm.db", "select count(*) from contacts where shop_customer_id is null", 300),
        ("crm.db", "select count(*) from contacts where email is null", 10),
        ("crm.db", "select count(distinct time_zone) from contacts", 9),
        ("crm.db", "select count(*) from contacts where updated_at > created_at", 50),
        ("crm.db", "select count(*) from contacts where created_at > '2026-06-23'", 15),
        ("crm.db", "select count(*) from contacts where phone like '00%'", 50),
        ("crm.db", "select count(*) from contacts where phone like '0% %'", 50),
        ("crm.db", "select count(*) from contacts where length(phone) < 7", 3),
        ("crm.db", "select count(*) from consents where status = 'withdrawn'", 200),
        ("crm.db", "select count(*) from consents where consent_id like '%-2'", 5),
        ("shop.db", "select count(*) from orders where customer_id is null", 100),
        ("shop.db", "select count(*) from orders where status = 'cancelled'", 40),
        ("shop.db", "select count(*) from orders where coupon_code is not null", 300),
        ("shop.db", "select count(*) from refunds", 100),
        (
            "shop.db",
            "select count(*) from refunds join orders using (order_id) where julianday(refunded_at) - julianday(ordered_at) > 60",
            5,
        ),
        (
            "shop.db",
            "select count(*) from shipments join orders using (order_id) where julianday(shipped_at) - julianday(ordered_at) > 6",
            50,
        ),
    ],
)
def test_mess_in_the_databases(world, file, query, least):
    assert one(world, file, query) >= least


def test_consent_is_near_what_shops_see(world):
    contacts = one(world, "crm.db", "select count(*) from contacts")
    for channel, share in (("email", 0.70), ("sms", 0.40)):
        granted = one(world, "crm.db", f"select count(*) from ({LATEST.format(channel)}) where status = 'granted'")
        assert granted / contacts == pytest.approx(share, abs=0.05)


def test_shared_addresses(world):
    most = ask(world, "select reason, identifier_type, max(n) from (select *, count(*) over (partition by value) as n"
                      " from shared) as s group by all order by all")  # fmt: skip
    found = {(reason, kind): people for reason, kind, people in most}
    assert found[("role", "email")] > 20 and found[("role", "phone")] > 20
    assert found[("family", "email")] == found[("family", "phone")] == found[("family", "ga_pseudo_id")] == 2


def test_spoiled_rows_are_few_and_there(world):
    orders = one(world, "shop.db", "select count(*) from orders")
    spoiled = [
        one(world, "shop.db", "select count(*) from order_lines where quantity < 0"),
        one(world, "shop.db", "select count(*) from orders where status = 'lost_in_space'"),
        one(world, "shop.db", "select count(*) from orders where ordered_at like '2026-02-30%'"),
    ]
    assert all(0 < count < orders / 1000 for count in spoiled)
    ((nobody, every),) = ask(world, "select count(*) filter (user_pseudo_id is null), count(*) from events")
    assert 0 < nobody < every / 1000


def test_totals_add_up(world):
    assert one(world, "shop.db", """select count(*) from (
        select o.order_id from orders as o join order_lines as l using (order_id) where o.order_id not like 'O9%'
        group by o.order_id, total_amount, shipping_amount, o.discount_amount
        having abs(sum(quantity * unit_price_amount - l.discount_amount) - o.discount_amount + shipping_amount
            - total_amount) > 0.001) as wrong""") == 0  # fmt: skip


def test_who_lives_in_poland_pays_in_zloty_in_the_shop_and_on_the_web(world):
    with sqlite3.connect(world / "shop.db") as database:
        orders = database.execute(
            "select order_id, currency, total_amount, country_code from orders where order_id not like 'O9%'"
        ).fetchall()
    shop = {order: (currency, total) for order, currency, total, _ in orders}
    assert {currency for currency, _ in shop.values()} == {"EUR", "PLN"}
    assert all((currency == "PLN") == (country == "PL") for _, currency, _, country in orders)
    bought = ask(world, """select ecommerce.transaction_id, ecommerce.purchase_revenue,
            list_filter(event_params, lambda param: param.key = 'currency')[1].value.string_value, ecommerce.purchase_revenue_in_usd
        from events where event_name = 'purchase' and ecommerce.purchase_revenue > 0""")  # fmt: skip
    known = [(shop[order], (currency, revenue), dollars) for order, revenue, currency, dollars in bought if order in shop]
    assert {currency for (currency, _), _, _ in known} == {"EUR", "PLN"}
    for (currency, total), said, dollars in known:
        assert said == (currency, pytest.approx(float(total)))
        assert dollars == pytest.approx(float(total) * 1.08 / (4 if currency == "PLN" else 1), abs=0.01)


def test_made_up_numbers_are_valid_in_their_country_and_addresses_reserved():
    people = make_people(7, 0, 1500)
    addresses = make_addresses(people)
    codes = [COUNTRIES[index].code for index in people.country.tolist()]
    for number, code in zip(addresses.phone, codes, strict=True):
        if number is not None:
            parsed = phonenumbers.parse(number, None)
            assert phonenumbers.is_valid_number(parsed), code
    own = [a for a, partner, role in zip(addresses.email, people.partner, people.role, strict=True) if partner < 0 and role == 0]
    assert len(set(own)) == len(own)
    assert all(address.rpartition("@")[2].removesuffix(".com").removesuffix(".org").removesuffix(".net").endswith("example")
               for address in addresses.email)  # fmt: skip


def test_the_truth_names_who_is_who(world):
    ((types,),) = ask(world, "select count(distinct identifier_type) from identifiers")
    assert types == 5
    ((strangers,),) = ask(world, "select count(*) from identifiers anti join people using (person_id)")
    assert strangers == 0
    ((customers,),) = ask(world, "select count(*) from identifiers where identifier_type = 'shop_customer_id'")
    assert customers == 1200
