"""What the UI shows of deletes and of columns that are not declared, and how a person accepts many deletes."""

import sqlite3

from shell_kit import Deployment, metadata

from orchestration.assets.raw import RAW

(ORDERS,) = [asset for asset in RAW if asset.key.path[-1] == "shop_orders"]


def test_deletes_and_new_columns_are_shown_and_many_deletes_wait_for_a_person(deployment: Deployment) -> None:
    deployment.materialize(ORDERS)
    with sqlite3.connect(deployment.world / "shop.db") as database:
        database.execute("alter table orders add column alternate_mail")
        database.execute("update orders set alternate_mail = 'ann@example.com'")
        database.execute("update orders set updated_at = '2026-06-30 08:00:00' where order_id in (select max(order_id) from orders)")
        database.execute("delete from orders where order_id in (select min(order_id) from orders)")
    shown = metadata(deployment.materialize(ORDERS), "raw/shop_orders")
    assert (shown["rows_deleted"], shown["rows_gone_but_kept"], shown["unknown_columns"]) == (1, 0, "alternate_mail")
    assert "column alternate_mail is not declared; it is kept as text" in shown["warnings"]

    with sqlite3.connect(deployment.world / "shop.db") as database:
        database.execute("delete from orders where rowid % 2 = 0")
    shown = metadata(deployment.materialize(ORDERS), "raw/shop_orders")
    kept = shown["rows_gone_but_kept"]
    assert kept > 10
    assert shown["rows_deleted"] == 0
    assert "run raw/shop_orders once with the tag regulars/accept_deletes = shop_orders" in shown["warnings"]
    accepted = metadata(deployment.materialize(ORDERS, tags={"regulars/accept_deletes": "shop_orders"}), "raw/shop_orders")
    assert (accepted["rows_deleted"], accepted["rows_gone_but_kept"]) == (kept, 0)
    assert deployment.leaks() == []
