"""Scores against the last ones, the newest rows of a large table, and the pages that say what the gates found."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from landing_kit import AS_OF, fill, order
from shell_kit import ADDRESS

from expectations.docs import Judged
from expectations.gate import GateResult, validate
from expectations.probability import SHIFT_COLUMNS, SHIFT_KEY, shift_suite
from expectations.raw import shop_orders
from orchestration.assets.score_tables import land_scores, scores_table
from orchestration.data_docs import write_docs
from orchestration.landing import Landing, land_sql, landed_frame, scores_frame, shift_frame
from orchestration.resources import Folders
from orchestration.sources import shop

TODAY = datetime(2026, 6, 30, 9, tzinfo=UTC)
CHURN = scores_table("churn")


def landed(root: Path, *days: list[float | None]) -> Landing:
    """Scores of as many days, the last of them today's."""
    folders = Folders(root=str(root))
    for back, scores in enumerate(reversed(days)):
        as_of = TODAY - timedelta(days=back)
        frame = pd.DataFrame(
            {"profile_id": [f"p{place}" for place in range(len(scores))], "score": scores, "as_of": as_of.replace(tzinfo=None)}
        )
        text = dict.fromkeys(("model", "model_version", "data_version", "reason"), "x")
        times = dict.fromkeys(("trained_from", "trained_to"), as_of.replace(tzinfo=None))
        scores = pa.Table.from_pandas(frame.assign(horizon_days=90, **text, **times), preserve_index=False)
        land_scores("churn", [scores], folders.landing, as_of)
    return folders.landing


def judged(landing: Landing) -> GateResult:
    frame = shift_frame(landing, CHURN, TODAY)
    assert list(frame.columns) == list(SHIFT_COLUMNS)
    return validate(frame, shift_suite("scores.churn"), SHIFT_KEY)


EVEN: list[float | None] = [place / 400 for place in range(400)]


def test_scores_alike_pass_and_so_do_the_first_and_few(tmp_path: Path) -> None:
    assert judged(landed(tmp_path / "alike", EVEN, [score * 0.98 for score in EVEN if score is not None])).failures == ()
    assert judged(landed(tmp_path / "first", EVEN)).failures == ()
    assert judged(landed(tmp_path / "few", EVEN[:150], [0.99] * 150)).failures == ()
    none = Landing(tmp_path / "none")
    assert judged(none).failures == ()


def test_the_index_is_that_of_the_shares_by_tenths(tmp_path: Path) -> None:
    # all moved to the upper half: five tenths with 0 (taken as 0.0001) against 0.1, five with 0.2 against 0.1
    frame = shift_frame(landed(tmp_path, EVEN, [0.5 + place / 800 for place in range(400)]), CHURN, TODAY)
    assert frame["stability_index"][0] == pytest.approx(5 * (0.0001 - 0.1) * -6.9078 + 5 * 0.1 * 0.6931, rel=0.03)


def test_scores_that_moved_or_were_lost_are_a_warning(tmp_path: Path) -> None:
    moved = judged(landed(tmp_path / "moved", EVEN, [0.9] * 400))
    assert (moved.passed, moved.severity) == (True, "warning")
    assert "scores of 2026-06-30 against those of 2026-06-29" in moved.sentence and "The scores moved" in moved.sentence
    lost = judged(landed(tmp_path / "lost", EVEN, EVEN[:200:1] + [None] * 200))
    assert "Many people lost their score" in lost.sentence


def test_only_the_latest_scores_are_judged_one_by_one_and_none_of_later(tmp_path: Path) -> None:
    landing = landed(tmp_path, EVEN[:3], EVEN[:5])
    assert len(scores_frame(landing, CHURN, ("profile_id", "score"), TODAY)) == 5
    assert len(scores_frame(landing, CHURN, ("profile_id", "score"), TODAY - timedelta(hours=1))) == 3


def test_of_a_large_table_the_newest_rows_are_judged(tmp_path: Path) -> None:
    url, landing = f"sqlite:///{tmp_path / 'shop.db'}", Landing(tmp_path / "landing")
    for day in range(3):
        later = {"updated_at": f"2026-06-0{day + 1} 10:00:00", "ordered_at": f"2026-06-0{day + 1} 10:00:00"}
        fill(url, shop.ORDERS, [order(10 * day + number, **later) for number in range(10)])
        land_sql(shop.ORDERS, url, landing, AS_OF + timedelta(days=day))
    found = landed_frame(landing, shop.ORDERS, shop_orders.COLUMNS, most=12)
    assert len(found) == 12 and set(found["order_id"]) >= {f"o{number}" for number in range(20, 30)}
    assert len(landed_frame(landing, shop.ORDERS, shop_orders.COLUMNS)) >= 30
    assert (landing.count(shop.ORDERS), landing.count(shop.REFUNDS)) == (len(landed_frame(landing, shop.ORDERS, ("order_id",))), 0)


def test_the_pages_say_what_was_expected_and_found_and_need_no_network(tmp_path: Path) -> None:
    row = {"customer_id": "c", "total_amount": 1.0, "ordered_at": None, "updated_at": 1, "_landed_at": 1}
    frame = pd.DataFrame([{"order_id": f"<o{number}>", "currency": "ann@example.com", **row} for number in range(3)])
    result = validate(frame, shop_orders.suite(), shop_orders.KEY)
    assert len(result.outcomes) == len(shop_orders.suite().expectations) > len(result.failures) > 0
    page = write_docs(tmp_path / "docs", Judged(result, "Orders & money.", "run1", TODAY))
    good = validate(frame.assign(currency="EUR"), shop_orders.suite(), shop_orders.KEY)
    write_docs(tmp_path / "docs", Judged(GateResult("raw.other", True, 3, (), good.outcomes), "Others.", "run1", TODAY))
    text, index = page.read_text(), (tmp_path / "docs" / "index.html").read_text()
    assert "ISO 4217" in text and "3 rows judged" in text and "Orders &amp; money." in text and "2026-06-30 09:00" in text
    assert "where" not in text
    moved = validate(pd.DataFrame([["then", 300, 300, 0.0, 0.1]], columns=list(SHIFT_COLUMNS)), shift_suite("scores.churn"), SHIFT_KEY)
    assert moved.outcomes[0].where == "scored_count >= 200, previous_scored_count >= 200"
    assert "&lt;o0&gt;" in text and "<o0>" not in text
    assert text.count("<tr>") == len(result.outcomes) + 1
    assert not ADDRESS.search(text)
    assert "http" not in text + index and "<script" not in text + index
    assert index.index('href="raw.shop_orders.html"') < index.index('href="raw.other.html"')  # what is wrong comes first
    assert {path.name for path in (tmp_path / "docs").iterdir()} == {"raw.shop_orders.html", "raw.other.html", "index.html", "states"}
