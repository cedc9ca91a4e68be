"""Whom the warehouse knows, as the planner and the simulation take them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.experiment_people import aa_lines, guarded, reached, table

END = datetime(2026, 6, 30, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(4)
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute("create schema marts; create schema decisions")
        connection.execute(
            "create table marts.orders"
            " (order_id varchar, profile_id varchar, ordered_at timestamp, is_paid boolean, net_amount decimal(18, 4))"
        )
        orders = [
            (f"o{person}-{turn}", f"p{person}", END - timedelta(days=float(random.uniform(0, 180))), random.random() < 0.97, float(amount))
            for person in range(400)
            for turn, amount in enumerate(random.lognormal(3, 1, random.poisson(1.5)))
        ]
        connection.register("orders", pd.DataFrame([*orders, ("last", "p0", END, True, 1.0)]))
        connection.execute("insert into marts.orders from orders")
        connection.execute(
            "create table decisions.decision_history"
            " (kind varchar, campaign varchar, profile_id varchar, outcome varchar, decided_at timestamp)"
        )
        rows = [("message", "welcome", f"p{person}", "allowed", END - timedelta(days=person % 40)) for person in range(200)]
        rows += [("message", "welcome", "p0", "holdout", END), ("message", "welcome", "p399", "over_cap", END)]
        connection.register("told", pd.DataFrame(rows))
        connection.execute("insert into decisions.decision_history from told")
        connection.execute(
            "create schema proof; create table proof.arms (experiment varchar, segment_type varchar, is_control boolean, metric varchar,"
            " people_count bigint, value_sum double, value_squares double)"
        )
        arms = [
            ("all", False, "unsubscribed", 4900, 20.0),
            ("all", True, "unsubscribed", 100, 90.0),
            ("stage", False, "unsubscribed", 9, 9.0),
        ]
        connection.executemany("insert into proof.arms values ('holdout:welcome', $1, $2, $3, $4, $5, $5)", arms)
    return folder


def test_what_a_campaign_reached_says_what_is_usual(data):
    ordered, daily = reached(data, "welcome", "ordered", 60)
    assert 0.1 < ordered.base < 0.6 and ordered.sd is None
    assert daily == pytest.approx(200 * 28 / 40 / 28)
    revenue, _ = reached(data, "welcome", "revenue", 60)
    assert revenue.sd is not None and 0 < revenue.base < revenue.sd and revenue.buyers == ordered.base
    with pytest.raises(LookupError, match="reached nobody yet"):
        reached(data, "unheard_of", "ordered", 60)


def test_guardrails_are_as_counted_of_those_whom_it_was_to_reach(data):
    unsubscribed, complained = guarded(data, "welcome")
    assert (unsubscribed.metric, complained.metric) == ("unsubscribed", "complained")
    assert unsubscribed.base == pytest.approx((20 + 0.5) / (4900 + 100))
    assert complained.base == 0.005, "of which nothing is known"


def test_arms_over_the_customers_of_the_warehouse(data):
    lines = list(aa_lines(data, 100, 1))
    assert len(lines) == 1 + 3 * 2 * 3 + 1
    assert lines[-1].endswith("100 runs each")
    assert float(lines[-1].split()[2].rstrip("%")) <= 12  # of so few runs


def test_without_the_real_orders_the_made_up_people_are_left(tmp_path, monkeypatch):
    monkeypatch.setattr("orchestration.experiment_people.cases", lambda lines: [] if lines is not None else _few())
    found = list(table(tmp_path / "none.parquet", 100, 1))
    assert "no promise" in found[1] and found[-1].startswith("always_valid: ")


def _few():
    from experiments.cases import HOLDOUT
    from experiments.simulation import Case
    from experiments.worlds import resampled, yes_or_no

    # how a covariate helps among few is not drawn
    ordered, before = (np.arange(10) < count for count in (2, 3))
    loyal = resampled("loyal", "proportion", ordered.astype(float), before.astype(float))
    return [Case(loyal, 400, HOLDOUT, adjust=True), Case(yes_or_no(0.2), 2_000)]
