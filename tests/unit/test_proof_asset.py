"""From what the warehouse counted to what lands: effects as of each run, every verdict once, and a person's word between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from experiment_days import START
from experiment_shop import Shop
from shell_kit import metadata

from experiments.records import Verdict
from experiments.trial import Tally
from orchestration.judging import history, land_verdicts
from orchestration.landing.zone import connect
from orchestration.past_declared import Past
from orchestration.past_file import load
from orchestration.person_verdicts import say
from orchestration.sources.experiments import EFFECTS
from orchestration.warehouse import Warehouse


def test_day_by_day_to_a_promotion_each_look_once_and_effects_replaced(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for day in (10, 10, 16, 16, 11, 30):
        result = shop.run(day)
    decided = history(shop.landing)
    assert [(one.look, one.decision) for one in decided] == [(0, "continue"), (2, "promote")], "again, and back in time, nothing is new"
    assert decided[-1].decided_at == START + timedelta(days=16)
    with connect() as connection:
        counted = connection.execute(f"select as_of, count(*) from {shop.landing.scan(EFFECTS)} group by 1 order by 1").fetchall()
    assert [row[0] for row in counted] == [START + timedelta(days=day) for day in (10, 11, 16, 30)]
    assert {row[1] for row in counted} == {2}, "of the primary metric and of the guardrail"
    shown = metadata(result, "experiments/effects")
    assert "promoted" in shown["experiments"] and "data:image/png" in shown["lifts"] and shown["dagster/row_count"] == 2
    assert "the guardrails are kept" in metadata(result, "experiments/verdicts")["verdicts"]


def test_a_control_group_without_anybody_whose_time_is_over_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    nobody = [
        Tally("holdout", "test", "all", "all", arm, arm == "control", metric, 0, 10, 0.0, 0.0, 0.0, 0.0, 0.0, START)
        for arm in ("control", "treated")
        for metric in ("ordered", "revenue")
    ]
    result = Shop(tmp_path).run(3, nobody)
    assert "nobody's time is over yet" in metadata(result, "experiments/effects")["experiments"]
    assert metadata(result, "experiments/verdicts")["verdicts"] == "none yet"


def test_people_of_several_ids_ring_no_alarm_and_a_loss_of_people_does(tmp_path: Path) -> None:
    """Of several numbers the smallest counts: such people are in the control group more often than its share, by right."""
    for name, alone, is_heard in (("several", (5_000, 95_000), False), ("lost", (5_000, 90_000), True)):
        counted = [
            Tally(
                "holdout", "test", "all", "all", arm, arm == "control", "ordered", *[people] * 2, 9e2, 9e2, 0.0, 0.0, 0.0, START, 0, drawn
            )
            for arm, people, drawn in (("control", 5_500, alone[0]), ("treated", 99_500, alone[1]))
        ]
        told = metadata(Shop(tmp_path / name).run(40, counted), "experiments/effects")["experiments"]
        assert ("sample ratio off" in told) == is_heard, told


def test_an_import_is_judged_beside_them_by_what_its_file_says(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    rows = "".join(f"{'ab'[n % 2]},{int(n % 10 < (1 if n % 2 else 4))},{n % 3}\n" for n in range(3_000))
    (tmp_path / "spring.csv").write_text("arm,bought,kind\n" + rows)
    past = Past("spring", "b", outcomes={"bought": "binary"}, segments=("kind",), assigned_at=START.replace(tzinfo=UTC))
    load(tmp_path / "spring.csv", past, shop.landing, START.replace(tzinfo=UTC))
    shop.run(10)
    with connect() as connection:
        found = connection.execute(
            f"select segment_type, state, look from {shop.landing.scan(EFFECTS)} where experiment = 'past:spring'"
        ).fetchall()
    assert sorted(found) == [("all", "helps", 1), *[("kind", "helps", 1)] * 3]


def test_a_person_stops_it_and_lets_it_go_on_and_both_are_in_the_record(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.run(10)
    warehouse, now = Warehouse(data=str(shop.data)), datetime(2026, 1, 11, tzinfo=UTC)
    with pytest.raises(LookupError, match="no experiment nothing"):
        say(warehouse, shop.landing, "nothing", "stop", "anna", "why not", now)
    with pytest.raises(ValueError, match="never ends"):
        say(warehouse, shop.landing, "holdout", "stop", "anna", "why not", now)
    with pytest.raises(ValueError, match="cannot go on: it is test"):
        say(warehouse, shop.landing, "cart:subject", "continue", "anna", "why not", now)
    stopped = say(warehouse, shop.landing, "cart:subject", "stop", "anna", "a wrong link", now)
    assert (stopped.winner, stopped.next_phase, stopped.decided_by, stopped.look) == ("usual", "stopped", "anna", None)
    assert stopped.decided_at == START + timedelta(days=10, seconds=1), "after what the rules said at the same instant"
    shop.run(16)
    assert len(history(shop.landing)) == 2
    say(warehouse, shop.landing, "cart:subject", "continue", "anna", "mended", datetime(2026, 1, 18, tzinfo=UTC))
    shop.run(20)
    assert [one.decision for one in history(shop.landing)] == ["continue", "stop", "continue", "promote"]


def test_ids_that_look_alike_as_files_are_kept_apart(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    one, other = (Verdict(name, "a:b", "test", START, "continue", "test", "why", look=1) for name in ("a:b_c:test:1", "a_b:c:test:1"))
    assert land_verdicts(shop.landing, [one, other, one]) == [one, other]
    assert len(history(shop.landing)) == 2
