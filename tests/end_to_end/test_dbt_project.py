"""The dbt project as a whole: every model, its tests and its unit tests, on a shop where nothing has happened yet."""

from warehouse_kit import Warehouse, moment


def test_everything_builds_on_an_empty_shop_and_every_unit_test_passes(tmp_path_factory):
    warehouse = Warehouse(tmp_path_factory.mktemp("empty"))
    warehouse.build(moment(2026, 6, 30, 9), "*", unit_tests=True)
    assert warehouse.rows("select count(*) as messages from decisions.outbox") == [{"messages": 0}]
