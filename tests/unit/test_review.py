"""The review of a quarter: keep, fix or stop by the rules in their order, which quarter it is, and what is told of each campaign."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pandas as pd
import pytest
from campaign_rows import AS_OF, effect, framed, frames, lifted

from orchestration.assets.report_frames import read
from orchestration.assets.review_frames import REVIEW_FRAMES
from reports.page import Facts
from reports.quarters import Quarter, parsed, quarter_of
from reports.review import CALLS, Evidence, advised, lowest_rate
from reports.review_page import review
from reports.reviewed import reviewed

#: Sent to many, judged, without a verdict that far.
OPEN = Evidence(
    is_transactional=False,
    is_measured=True,
    verdict="open",
    found="+2 %, between −9 % and +13 % in people who order",
    detectable=0.16,
    wanted=0.1,
    asked=9000,
    sent=5000,
    held_for="",
    delivered=5000,
    unsubscribed=10,
    complained=1,
    is_ratio_alarm=False,
    alerts=(),
)
Q2 = Quarter(2026, 2)


@pytest.mark.parametrize(
    ("changes", "call", "why"),
    [
        ({}, "keep for now", "would be seen from +16"),
        ({"verdict": "worse"}, "stop", "does harm"),
        ({"verdict": "better", "complained": 60}, "stop", "Too many complain: 60 of 5,000"),
        ({"verdict": "better", "unsubscribed": 200}, "stop", "Too many opt out"),
        # a few of a few are chance
        ({"complained": 1, "unsubscribed": 3, "delivered": 100}, "keep for now", ""),
        ({"sent": 0, "held_for": "most have not agreed"}, "fix", "reached nobody of 9,000: most have not agreed"),
        ({"sent": 0, "asked": 0}, "fix", "found nobody"),
        ({"is_ratio_alarm": True}, "fix", "not as large as they were drawn"),
        ({"verdict": "better", "alerts": ("Clicks fell.",)}, "fix", "Clicks fell."),
        ({"detectable": 0.1}, "fix", "would have been seen"),
        ({"verdict": "better"}, "keep", "It helps"),
        ({"is_measured": False, "verdict": "unknown", "detectable": math.nan}, "keep for now", "no control group"),
        ({"verdict": "unknown", "detectable": math.nan}, "keep for now", "nobody's days are over"),
        # a receipt sells nothing, and may say so
        ({"is_transactional": True, "verdict": "worse"}, "keep", "service message"),
        ({"is_transactional": True, "complained": 60}, "stop", "complain"),
    ],
)
def test_the_first_rule_that_holds_advises(changes: dict, call: str, why: str) -> None:
    advice = advised(replace(OPEN, **changes))
    assert advice.call == call in CALLS and why in advice.why and advice.do


def test_a_rate_of_few_messages_says_little() -> None:
    assert lowest_rate(0, 0) == lowest_rate(0, 100) == 0
    assert lowest_rate(1, 100) < 0.003 < lowest_rate(1000, 100_000) < 0.01
    # Wilson's interval of 15 of 50, as it stands in textbooks: 0.191
    assert lowest_rate(15, 50) == pytest.approx(0.191, abs=0.001)


def test_quarters_follow_each_other() -> None:
    assert parsed("2026Q2") == parsed("2026-q2") == Q2 == quarter_of(datetime(2026, 6, 30, 23, tzinfo=UTC))
    assert (Q2.start, Q2.end) == (datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    assert Quarter(2026, 4).end == Quarter(2027, 1).start and Quarter(2027, 1).before == Quarter(2026, 4) and str(Q2) == "2026Q2"
    with pytest.raises(ValueError, match="looks like 2026Q2"):
        parsed("2026Q5")


def test_what_to_stop_comes_first_and_a_passed_date_stands_out() -> None:
    facts = Facts(_quarter(6), AS_OF, "EUR")
    found = reviewed(facts, Q2)
    assert [one.advice.call for one in found] == sorted((one.advice.call for one in found), key=CALLS.index)
    by_name = {one.campaign: one for one in found}
    assert (by_name["order_delivered"].advice.call, by_name["order_confirmed"].advice.call) == ("stop", "keep")
    assert by_name["back_in_stock"].is_overdue and not by_name["order_confirmed"].is_overdue
    told = dict(by_name["cart_abandoned"].facts)
    assert told["Reach"] == "9,000 people were asked for, 5,000 could be written to, 500 were held out"
    assert told["Also reached by"] == "order confirmed (20\u00a0%)" and "150 of them left several in a row unanswered" in told["Fatigue"]
    assert told["Rules last changed"] == "12 May 2026"
    page = review(facts, Q2, {})
    assert "Their review date has passed" in page and "Back in stock: 1 March 2026 (passed); crm team answers for it." in page
    assert "so far" in page and "so far" not in review(facts, Quarter(2026, 1), {})


def test_what_is_missing_or_empty_makes_a_page_too() -> None:
    whole = _quarter(2)
    for name in whole:
        assert "Keep, fix or stop" in review(Facts({other: frame for other, frame in whole.items() if other != name}, AS_OF), Q2, {})
    assert "No campaign is declared yet" in review(Facts({}, AS_OF), Q2, {})


def test_the_quarter_is_read_from_the_log_of_decisions() -> None:
    rows = [
        ("cart", "message", "allowed", "ann", datetime(2026, 4, 1), "r1"),  # noqa: DTZ001 (naive UTC, as the warehouse has it)
        ("cart", "message", "no_consent", "bob", datetime(2026, 6, 30, 23), "r2"),  # noqa: DTZ001
        ("cart", "message", "holdout", "cat", datetime(2026, 5, 1), "r2"),  # noqa: DTZ001
        ("cart", "message", "allowed", "dan", datetime(2026, 7, 1), "r3"),  # noqa: DTZ001
        ("birthday", "message", "allowed", "ann", datetime(2026, 5, 1), "r1"),  # noqa: DTZ001
    ]
    history = pd.DataFrame(rows, columns=["campaign", "kind", "outcome", "profile_id", "decided_at", "rule_version"])
    with duckdb.connect() as connection:
        connection.register("history", history)
        connection.execute("create schema decisions; create table decisions.decision_history as select * from history")
        connection.execute("create table decisions.fatigue as select 'ann' as profile_id, '5 messages in a row unanswered' as because")
        span = {"as_of": AS_OF, "start": Q2.start, "end": Q2.end}
        found, _ = read(connection, REVIEW_FRAMES, {name: at.replace(tzinfo=None) for name, at in span.items()})
    assert found["reached"].to_dict("records")[1] == {"campaign": "cart", "asked_people": 3, "sent_people": 1, "held_out_people": 1}
    assert found["overlaps"].values.tolist() == [["birthday", "cart", 1], ["cart", "birthday", 1]]
    assert found["tired"].values.tolist() == [["birthday", 1, 1], ["cart", 1, 1]]
    assert found["changes"].to_dict("records")[1]["versions_count"] == 2
    assert found["changes"].to_dict("records")[1]["changed_at"] == datetime(2026, 5, 1)  # noqa: DTZ001


def _quarter(count: int) -> dict[str, pd.DataFrame]:
    found = frames(count)
    names = list(found["campaigns"]["campaign"])
    return found | {
        "effects": pd.DataFrame(
            [lifted("holdout:order_confirmed", 0.3, 0.1), lifted("holdout:order_delivered", -0.3, 0.1), effect("holdout")]
        ),
        "alerts": found["alerts"],
        "reached": framed("campaign asked_people sent_people held_out_people", [(name, 9000, 5000, 500) for name in names]),
        "reasons": framed("campaign outcome people_count", [(name, "no_consent", 400) for name in names]),
        "overlaps": framed("campaign other people_count", [(name, "order_confirmed", 1000) for name in names[1:]]),
        "tired": framed("campaign tired_people silent_people", [(name, 200, 150) for name in names]),
        "changes": framed("campaign changed_at versions_count", [(name, pd.Timestamp(2026, 5, 12), 2) for name in names]),
        "purposes": framed("campaign purpose", [(name, "marketing") for name in names]),
    }
