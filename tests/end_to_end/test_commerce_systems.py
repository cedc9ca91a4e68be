"""A shop whose orders are in Shopify and WooCommerce and whose events come through the collector: from landed rows to staging/all."""

from datetime import datetime
from decimal import Decimal

import pytest
from warehouse_kit import Warehouse, moment

from orchestration.sources import collector
from orchestration.sources import shopify_tables as shopify
from orchestration.sources import woocommerce_tables as woocommerce

NOW = moment(2026, 6, 30, 9)


def at(day: int) -> datetime:
    return moment(2026, 6, day)


def line(number: int, day: int, **changes: object) -> dict[str, object]:
    amounts = {"quantity": 3, "subtotal": "10.00", "subtotal_tax": "1.90", "total": "8.00", "total_tax": "1.52"}
    return {"order_line_id": number, "order_id": 1, "product_id": 5, "updated_at": at(day), **amounts, **changes}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    systems = ("shop", "crm", "ga4", "collector", "shopify", "woocommerce")
    warehouse = Warehouse(tmp_path_factory.mktemp("commerce"), systems=systems)
    view = {"event_id": "1", "event_name": "view_item", "event_at": at(28), "anonymous_id": "d", "session_id": "s", "item_id": "i"}
    login = {"event_id": "2", "event_name": "login", "event_at": at(28), "anonymous_id": "d", "user_id": "7"}
    warehouse.land(collector.EVENTS, [view, login], at(29))
    person = {"email": " Ann@Example.com", "phone": "0151 23456789", "country_code": "de", "created_at": at(1), "updated_at": at(20)}
    consent = {"email_consent": "SUBSCRIBED", "email_consent_at": at(2), "sms_consent": "NOT_SUBSCRIBED"}
    warehouse.land(shopify.CUSTOMERS, [{"customer_id": 7, **person, **consent}], at(21))
    paid = {"currency": "EUR", "total_amount": "30", "created_at": at(10), "processed_at": at(9), "updated_at": at(20)}
    orders = [{"order_id": number, "is_test": number == 2, "financial_status": "PAID", **paid, **person} for number in (1, 2)]
    warehouse.land(shopify.ORDERS, [{**one, "customer_id": 7, "created_at": at(10)} for one in orders], at(21))
    bought = {"order_id": 1, "is_test": False, "updated_at": at(20)}
    warehouse.land(
        shopify.ORDER_LINES, [{"order_line_id": 1, "quantity": 2, "unit_price_amount": "9.99", "discount_amount": "0.01", **bought}], at(21)
    )
    refunds = [{"refund_id": number, "amount": amount, **bought} for number, amount in ((1, "5.00"), (2, "0"))]
    warehouse.land(shopify.REFUNDS, refunds, at(21))
    parcel = {
        "fulfillment_id": 9,
        "status": "SUCCESS",
        "display_status": "DELIVERED",
        "delivered_at": at(15),
        "changed_at": at(16),
        **bought,
    }
    warehouse.land(shopify.FULFILLMENTS, [{**parcel, "created_at": at(12)}], at(21))
    # the same shop's other half: a line is taken off the order, and the order put into the bin later
    warehouse.land(woocommerce.CUSTOMERS, [{"customer_id": 3, **person, "updated_at": None}], at(21))
    order = {"currency": "EUR", "total_amount": "9.52", "ordered_at": at(9), "status": "processing", **person}
    guests = [{**order, "order_id": 1}, {**order, "order_id": 2}]
    warehouse.land(woocommerce.ORDERS, guests, at(21))
    warehouse.land(woocommerce.ORDERS, [{**guests[1], "status": "trash", "updated_at": at(22)}], at(23))
    arrived = {**order, "order_id": 4, "status": "completed"}
    warehouse.land(woocommerce.ORDERS, [{**arrived, "updated_at": at(22)}], at(23))
    warehouse.land(woocommerce.ORDERS, [{**arrived, "updated_at": at(25)}], at(26))  # changed again after it arrived
    warehouse.land(woocommerce.ORDER_LINES, [line(1, 20), line(2, 20)], at(21))
    warehouse.land(woocommerce.ORDER_LINES, [line(1, 22)], at(23))
    product = {"product_id": 5, "name": "Mug", "created_at": at(1), "updated_at": at(1)}
    warehouse.land(woocommerce.PRODUCTS, [{**product, "price_amount": "11.90"}], at(21))
    warehouse.land(woocommerce.PRODUCTS, [{**product, "price_amount": "9.90"}], at(23))  # without a new date
    warehouse.land(shopify.PRODUCTS, [product], at(21))
    warehouse.build(NOW, "blocked_identifiers", "staging", unit_tests=True)
    return warehouse


def test_events_of_the_collector_stand_beside_all_others(warehouse: Warehouse) -> None:
    found = warehouse.rows("select system, user_type, event_id, user_id, session_key, items_count from staging.stg_all__events order by 3")
    first, second = found
    assert (first["system"], first["event_id"], first["session_key"], first["items_count"]) == ("collector", "collector:1", "d.s", 1)
    assert (second["user_type"], second["user_id"], second["session_key"]) == ("shop_customer_id", "7", None)


def test_customers_are_persons_with_addresses_as_they_are_compared(warehouse: Warehouse) -> None:
    found = warehouse.rows("select person_type, person_id, email, phone, country_code from staging.stg_all__persons order by 1")
    address = {"email": "ann@example.com", "phone": "+4915123456789", "country_code": "DE"}
    assert found == [
        {"person_type": "shopify_id", "person_id": "7", **address},
        {"person_type": "woocommerce_id", "person_id": "3", **address},
    ]
    (consent,) = warehouse.rows("select person_type, person_id, channel, purpose, status, recorded_at from staging.stg_all__consents")
    assert list(consent.values()) == ["shopify_id", "7", "email", "marketing", "granted", at(2)]


def test_orders_are_those_of_customers_without_tests_and_without_the_bin(warehouse: Warehouse) -> None:
    found = warehouse.rows("select order_id, customer_type, customer_id, status, ordered_at from staging.stg_all__orders order by 1")
    assert [tuple(row.values()) for row in found] == [
        ("shopify:1", "shopify_id", "7", "paid", at(9)),
        ("woocommerce:1", "woocommerce_id", None, "paid", at(9)),
        ("woocommerce:4", "woocommerce_id", None, "delivered", at(9)),
    ]


def test_an_order_that_tells_of_no_parcel_arrived_when_it_first_said_so(warehouse: Warehouse) -> None:
    parcels = warehouse.rows("select shipment_id, order_id, status, delivered_at from staging.stg_all__shipments order by order_id")
    assert [tuple(parcel.values()) for parcel in parcels] == [
        ("shopify:9", "shopify:1", "delivered", at(15)),
        ("order:woocommerce:4", "woocommerce:4", "delivered", at(22)),
    ]


def test_all_versions_of_a_product_are_kept(warehouse: Warehouse) -> None:
    found = warehouse.rows("select product_id, price_amount, landed_at from staging.stg_all__product_versions order by all nulls last")
    assert [tuple(row.values()) for row in found] == [
        ("shopify:5", None, at(21)),
        ("woocommerce:5", Decimal("9.9000"), at(23)),
        ("woocommerce:5", Decimal("11.9000"), at(21)),
    ]


def test_lines_and_refunds_are_exact_and_what_was_taken_off_is_gone(warehouse: Warehouse) -> None:
    what = "order_line_id, order_id, product_id, unit_price_amount, discount_amount, line_amount"
    found = [tuple(row.values()) for row in warehouse.rows(f"select {what} from staging.stg_all__order_lines order by 1")]
    assert found == [
        ("shopify:1", "shopify:1", None, Decimal("9.9900"), Decimal("0.0100"), Decimal("19.9700")),
        ("woocommerce:1", "woocommerce:1", "woocommerce:5", Decimal("3.9667"), Decimal("2.3800"), Decimal("9.5200")),
    ]
    (refund,) = warehouse.rows("select refund_id, order_id, amount, refunded_at from staging.stg_all__refunds")
    assert tuple(refund.values()) == ("shopify:1", "shopify:1", Decimal("5.0000"), at(20))
    products = warehouse.rows("select product_id, price_amount from staging.stg_all__products order by 1")
    assert [tuple(row.values()) for row in products] == [("shopify:5", None), ("woocommerce:5", Decimal("9.9000"))]
