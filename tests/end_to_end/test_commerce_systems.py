"""A shop whose orders are in Shopify or WooCommerce and whose events come through the collector: from landed rows to staging/all."""

from datetime import datetime

import pytest
from warehouse_kit import Warehouse, moment

from orchestration.sources import collector

NOW = moment(2026, 6, 30, 9)


def at(day: int) -> datetime:
    return moment(2026, 6, day)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("commerce"), systems=("shop", "crm", "ga4", "collector", "shopify", "woocommerce"))
    warehouse.land(
        collector.EVENTS,
        [
            {"event_id": "1", "event_name": "view_item", "event_at": at(28), "anonymous_id": "d", "session_id": "s", "item_id": "i"},
            {"event_id": "2", "event_name": "login", "event_at": at(28), "anonymous_id": "d", "user_id": "7"},
        ],
        at(29),
    )
    warehouse.build(NOW, "staging", unit_tests=True)
    return warehouse


def test_events_of_the_collector_stand_beside_all_others(warehouse: Warehouse) -> None:
    found = warehouse.rows("select system, user_type, event_id, user_id, session_key, items_count from staging.stg_all__events order by 3")
    first, second = found
    assert (first["system"], first["event_id"], first["session_key"], first["items_count"]) == ("collector", "collector:1", "d.s", 1)
    assert (second["user_type"], second["user_id"], second["session_key"]) == ("shop_customer_id", "7", None)
