"""A column whose values as a whole are others than declared stops its table with a diff; a few bad rows go to the quarantine."""

from dataclasses import replace
from pathlib import Path

import pytest
from landing_kit import fill, landed, order
from test_landing_drift import LATE, Drifting

from orchestration.landing import QUARANTINE, Landing
from orchestration.sources import shop
from orchestration.sources.errors import SourceError


def many(first: int, **changes: object) -> list[dict[str, object]]:
    return [order(number, updated_at=LATE, **changes) for number in range(first, first + 10)]


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"total_amount": "EUR 19,99"}, "total_amount was DECIMAL(18,4), is text (like E***, E***, E***) in 10 of 12 new rows"),
        ({"ordered_at": 1767322800}, "ordered_at was TIMESTAMP, is numbers (like 176***00, 176***00, 176***00) in 10 of 12 new rows"),
        ({"status": "bezahlt"}, "status was one of pending, paid, shipped, delivered, cancelled, is text (like b***, b***, b***) in 10"),
        ({"currency": None}, "currency was never empty, is empty in 10 of 12 new rows"),
    ],
)
def test_a_column_whose_values_are_all_others_stops_its_table_with_the_difference(
    tmp_path: Path, changes: dict[str, object], difference: str
) -> None:
    """A database without strict types: its columns say nothing, their values do."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(url, shop.ORDERS, [order(number) for number in range(30)])
    shop_now = Drifting(url, Landing(tmp_path / "landing"))
    shop_now.land()
    files = shop_now.landing.files(shop.ORDERS)
    fill(url, shop.ORDERS, [*many(30, **changes), order(50, updated_at=LATE), order(51, updated_at=LATE)])
    for _ in range(2):
        with pytest.raises(SourceError) as told:
            shop_now.land()
        assert f"shop.orders: a column is not what it was: {difference}" in str(told.value)
        assert (shop_now.landing.files(shop.ORDERS), shop_now.landing.files(QUARANTINE)) == (files, [])
    shop_now.say(f"update orders set total_amount = 1, ordered_at = '{LATE}', status = 'paid', currency = 'EUR'")
    assert (shop_now.land().rows, len(landed(shop_now.landing, shop.ORDERS))) == (42, 72)


def test_a_few_bad_rows_and_those_refused_before_stop_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    fill(url, shop.ORDERS, [*many(0), *many(10), *(order(number, updated_at="not a time") for number in range(40, 55))])
    shop_now = Drifting(url, Landing(tmp_path / "landing"))
    assert dict(shop_now.land().quarantined) == {"updated_at_invalid": 15}
    assert dict(shop_now.land().quarantined) == {}  # read again, for nobody knows when they changed
    fill(url, shop.ORDERS, [order(number, updated_at="not a time") for number in range(60, 69)])
    assert dict(shop_now.land().quarantined) == {"updated_at_invalid": 9}
    fill(url, shop.ORDERS, many(70, total_amount="?"))
    assert dict(shop_now.land(replace(shop.ORDERS, refused_at_most=1)).quarantined) == {"total_amount_invalid": 10}
