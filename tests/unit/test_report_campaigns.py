"""The page of the campaigns: what a lift may be called, what is told of few people, and that every frame may be missing or empty."""

import math
import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from campaign_rows import AS_OF, NAMES, effect, frames, lifted

from orchestration.assets.campaign_frames import CAMPAIGN_FRAMES
from orchestration.assets.report_frames import Asked, read
from reports import effects as told
from reports.campaigns import SECTIONS, campaigns
from reports.page import Facts
from reports.sections import experiments, held_back, lifts, programme, results

OTHERS = {"overview.html": "What the shop knows"}


def page(found: dict) -> str:
    return campaigns(Facts(found, AS_OF, "EUR"), OTHERS)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"always_low": 0.001}, "better"),
        ({"always_low": -0.001}, "open"),
        ({"always_high": -0.001}, "worse"),
        ({"always_low": None, "always_high": None}, "unknown"),
        ({"always_low": -math.inf, "always_high": math.inf}, "unknown"),
        # broken groups prove nothing
        ({"always_low": 0.001, "is_ratio_alarm": True}, "open"),
        # of opt-outs fewer is better
        ({"always_high": -0.001, "metric": "unsubscribed"}, "better"),
        # the plan's interval counts at its look, and no other day
        ({"effect_low": 0.001, "is_look_due": True}, "better"),
        ({"effect_low": 0.001, "is_look_due": False}, "open"),
    ],
)
def test_a_verdict_needs_an_interval_that_leaves_out_nothing_at_all(changes: dict, verdict: str) -> None:
    assert told.effect(effect("holdout:welcome") | changes).verdict == verdict


def test_a_lift_without_a_verdict_is_told_with_its_interval_and_is_never_green() -> None:
    own = told.effect(lifted("holdout:welcome", 0.3, 0.31))
    assert (
        own.sentence
        == "no verdict yet (+30\u00a0%, between −1\u00a0% and +61\u00a0% in people who order; it would be seen from +16\u00a0% on)"
    )
    drawn = page({"effects": frames(0)["effects"].iloc[:0]} | _only(lifted("holdout:welcome", 0.3, 0.31)))
    assert "var(--good)" not in _charts(drawn) and "var(--bad)" not in _charts(drawn)
    assert "var(--good)" in _charts(page(_only(lifted("holdout:welcome", 0.3, 0.29))))


def test_of_the_programme_the_proven_stands_beside_the_claimed() -> None:
    made = programme.section(Facts(frames(), AS_OF, "EUR"))
    assert [tile.value for tile in made.tiles] == ["+1,340", "no verdict yet", "€181,234", "€312,345"]
    assert "between +173 and +2,506" in made.headline and "would be seen from +14\u00a0% on" in made.headline
    assert "claim €181,234" in made.headline


def test_the_campaigns_are_sorted_by_what_is_proven() -> None:
    made = lifts.section(Facts(frames(), AS_OF, "EUR"))
    rows = made.charts[0].table.rows
    assert len(rows) == len(NAMES) and (rows[0][0], rows[-2][0], rows[-1][0]) == ("Order confirmed", "Order delivered", "Cart abandoned")
    assert [row[-1] for row in rows[1:-2]] == ["no verdict yet"] * (len(NAMES) - 3)
    assert made.alerts[0].startswith("Order delivered does harm") and "not as large as they were drawn" in made.alerts[1]
    brought, segments = made.tables
    told = {row[0]: row[1] for row in brought.rows}
    assert (
        told["Accessory suggested"] == "between −369 and +459: no verdict yet" and told["Order delivered"] == "−324, between −504 and −144"
    )
    assert {row[2] for row in segments.rows} == {"At risk"}, "three champions are not told apart"


def test_before_anybodys_days_are_over_nothing_is_drawn() -> None:
    closed = dict.fromkeys(("value", "control_value", "effect", "always_low", "always_high", "lift", "minimum_effect"))
    rows = [effect(name, metric, **closed) for name in ("holdout", "holdout:welcome") for metric in ("ordered", "revenue")]
    claims = frames(1)["claims"].assign(people_count=0, revenue_amount=0.0)
    text = page({"effects": type(claims)(rows), "claims": claims})
    assert "nan" not in text and "<svg" not in text and "nobody's days are over yet" in text.replace("&#39;", "'")


def test_few_people_are_not_told_apart() -> None:
    rows = frames(1)["held_back"]
    rows.loc[rows["outcome"] == "suppressed", "people_90"] = 4
    made = held_back.section(Facts({"held_back": rows}, AS_OF))
    assert "Suppressed" not in str(made) and "Other reasons" in str(made)
    of_few = frames(1)["results"].assign(sent_count=lambda frame: [12000, 4, 900])
    assert len(results.section(Facts({"results": of_few}, AS_OF)).tables[0].rows) == 2


def test_an_experiment_says_how_far_it_is_and_what_was_decided() -> None:
    cards = {card.title: card for card in experiments.section(Facts(frames(), AS_OF, "EUR")).cards}
    assert [card.status for card in cards.values()] == ["runs", "runs", "winner in use, loser watched", "backed out"]
    facts = dict(cards["Cart abandoned: subject"].facts)
    assert facts["Where it stands"].startswith("look 2 of 4 (due now)")
    assert facts["How much longer"] == "4,000 more people for each variant, about 6 weeks"
    assert "The effect vanished" in dict(cards["Birthday: channel"].facts)["Decided last"]


def test_any_frame_may_be_missing_and_every_page_names_nobody() -> None:
    whole = frames(2)
    for name in whole:
        text = page({other: frame for other, frame in whole.items() if other != name})
        assert text.count("<section") == len(SECTIONS)
        shown = re.sub(r"<style>.*?</style>", "", text, flags=re.S)
        assert not re.search(r"\b(nan|NaN|NaT|None|undefined)\b|#fe00", shown), name
    nothing = page({})
    assert nothing.count("Not known: the warehouse was built before this was counted.") == 4
    quiet = page({name: frame.iloc[:0] for name, frame in whole.items()})
    assert "Nothing is far from usual" in quiet and "built before" not in quiet
    assert nothing.count("<section") == len(SECTIONS) and "No experiment runs yet" in nothing and 'href="overview.html"' in nothing


def test_tables_without_rows_make_a_page_and_what_is_missing_is_named() -> None:
    with duckdb.connect() as connection:
        found, missing = read(connection, CAMPAIGN_FRAMES, {"as_of": datetime(2026, 6, 30, 9, tzinfo=UTC)})
        assert len(missing) == len(CAMPAIGN_FRAMES)
        for asked in CAMPAIGN_FRAMES.values():
            for table, columns in asked.needs.items():
                connection.execute(f"create schema if not exists {table.split('.')[0]}")
                typed = ", ".join(
                    f"{name} {'timestamp' if name.endswith(('_at', '_on', 'as_of')) else 'varchar'}" for name in columns.split()
                )
                connection.execute(f"create table if not exists {table} ({typed})")
        found, missing = read(connection, {"campaigns": CAMPAIGN_FRAMES["campaigns"]}, {})
    assert not missing and found["campaigns"].columns[0] == "campaign"
    assert page(found)


def test_landed_files_that_are_gone_are_told_and_leave_a_page(tmp_path: Path) -> None:
    file = tmp_path / "one.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as n) to '{file}' (format parquet)")
        connection.execute(f"create schema proof; create view proof.effects as select * from read_parquet('{tmp_path}/*.parquet')")
        file.unlink()
        found, missing = read(connection, {"effects": Asked("select n from proof.effects", {"proof.effects": "n"})}, {})
    assert missing == ["effects: the landed files that it is read from are gone"] and found["effects"].empty


def _only(row: dict) -> dict:
    return {"effects": frames(0)["effects"].iloc[:0].pipe(lambda empty: type(empty)([row]))}


def _charts(text: str) -> str:
    return "".join(re.findall(r"<svg.*?</svg>", text, flags=re.S))
