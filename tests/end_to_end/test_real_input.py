"""The line on real data sets: what landed, what was refused, and figures that others have published."""

import json
from pathlib import Path

import pytest
from command import regulars

ROOT = Path(__file__).resolve().parents[2]

#: Two whole runs; the default run has these data sets table by table (test_marts_online_retail, test_demo_real).
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (ROOT.parent / "shared" / "data").is_dir(), reason="the real data sets (Online Retail, GA4 export, CRM records) are not here"
    ),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    data = tmp_path_factory.mktemp("real_input")
    done = regulars(data, "real")
    assert done.returncode == 0, done.stderr[-3000:]
    return done, json.loads((data / "real" / "real_summary.json").read_text())


@pytest.mark.parametrize("time", ["web", "shop"])
def test_the_figures_are_the_published_ones(found, time):
    figures = found[1][time]
    assert figures["invoice_lines_landed"] == 541_909
    assert figures["invoice_lines_good"] == 541_909 - 10_626
    assert figures["refused"]["shop.order_lines: quantity_not_positive"] == 10_624
    assert figures["refused"]["shop.order_lines: unit_price_amount_negative"] == 2
    assert figures["events"] == 24_219
    assert figures["purchase_events"] == 624
    assert figures["purchases_with_id_not_set"] == 90
    assert figures["purchases_without_id"] == 3
    assert figures["purchases_without_revenue"] == 49
    assert figures["customers_with_a_paid_order"] == 4_338
    assert figures["paid_orders"] == 18_532
    assert figures["revenue"].startswith("8911407.90")
    assert figures["contacts"] == 1_000


def test_it_ends_with_an_outbox_and_prints_what_it_found(found):
    done, figures = found
    assert figures["shop"]["outbox"] > 0
    assert figures["shop"]["messages_asked_for"] > figures["shop"]["outbox"]
    for words in ("541,909 invoice lines landed", "24,219 events", "4,338 customers", "8,911,407.90", "1,000 contacts", "in the outbox"):
        assert words in done.stdout
