"""A gate holds on to nothing that it has judged."""

import gc
import weakref

import pandas as pd

from expectations.gate import validate
from expectations.raw import shop_orders


def test_what_was_judged_is_let_go_and_the_next_is_judged_by_itself() -> None:
    row = {"total_amount": 1.0, "currency": "EUR", "customer_id": "c", "ordered_at": None, "updated_at": 1, "_landed_at": 1}
    for amount in (1.0, -1.0, 1.0):
        frame = pd.DataFrame([{"order_id": "o1", **row, "total_amount": amount}])
        held = weakref.ref(frame)
        assert validate(frame, shop_orders.suite(), shop_orders.KEY).passed == (amount > 0)
        del frame
        gc.collect()
    assert held() is None
