"""When an experiment is decided: the rules one by one, day by day."""

import re
from dataclasses import replace
from datetime import timedelta

from experiment_days import START, World, a_trial

from experiments import states
from experiments.judge import judge
from experiments.records import Verdict
from experiments.trial import Arm, Trial

SAME = {"ordered": (0.1, 0.1), "unsubscribed": (0.002, 0.002)}
BETTER = {**SAME, "ordered": (0.1, 0.13)}
WORSE = {**SAME, "ordered": (0.1, 0.07)}


def test_the_plan_is_written_first_and_what_helps_is_promoted_at_a_look() -> None:
    world = World(BETTER)
    verdict = world.decided()
    plan, *looks = world.history
    assert (plan.look, plan.decision, plan.next_phase) == (0, "continue", "test")
    assert plan.people_count is not None and 5_000 < plan.people_count < 12_000
    assert (verdict.decision, verdict.winner, verdict.next_phase) == ("promote", "short", "watch")
    assert [one.look for one in looks] == sorted({one.look for one in looks})
    assert verdict.low is not None and verdict.low > 0
    assert verdict.verdict_id == f"cart:subject:test:{verdict.look}"
    assert re.search(r"ordered \d+\.\d % of [\d,]+ with short against \d+\.\d % of [\d,]+ with usual", verdict.reason)
    assert "guardrails are kept" in verdict.reason and "that unsubscribed" in plan.reason


def test_what_does_harm_stops_at_a_look_and_everybody_gets_what_was_in_use() -> None:
    verdict = World(WORSE).decided()
    assert (verdict.decision, verdict.winner, verdict.next_phase) == ("stop", "usual", "stopped")
    assert verdict.look and verdict.high is not None and verdict.high < 0


def test_a_guardrail_that_is_clearly_broken_stops_between_the_looks() -> None:
    verdict = World({**BETTER, "unsubscribed": (0.002, 0.03)}).decided()
    assert (verdict.decision, verdict.look, verdict.winner) == ("stop", None, "usual")
    assert "guardrail: unsubscribed" in verdict.reason


def test_a_winner_whose_guardrail_may_be_worse_is_not_promoted() -> None:
    world = World({**BETTER, "unsubscribed": (0.02, 0.024)})
    verdict = world.decided()
    assert verdict.decision == "no_verdict" and "unsubscribed might be worse" in verdict.reason
    assert World({"ordered": (0.1, 0.13)}).decided().decision == "no_verdict", "a guardrail of which nothing is known is not kept"


def test_without_a_difference_the_last_look_keeps_what_was_in_use() -> None:
    world = World(SAME, seed=3)
    verdict = world.decided()
    assert (verdict.decision, verdict.winner, verdict.next_phase, verdict.look) == ("no_verdict", "usual", "settled", 4)
    assert "sees from +" in verdict.reason


def test_a_fixed_plan_has_one_look_and_ends_with_it() -> None:
    world = World(SAME, trial=a_trial(plan="fixed"), seed=3)
    verdict = world.decided()
    assert (verdict.decision, verdict.look, world.trial.looks) == ("no_verdict", 1, 1)
    assert [one.look for one in world.history] == [0, 1] and "look 1 of 1, the last" in verdict.reason


def test_no_look_before_two_weeks_and_a_hundred_conversions_each() -> None:
    rushed = World(BETTER, daily=20_000, trial=a_trial(outcome_days=1))
    assert rushed.decided().decided_at == START + timedelta(days=14)
    few = World({"ordered": (0.004, 0.02), "unsubscribed": (0, 0)}, trial=a_trial(minimum_effect=3.0))
    verdict = few.decided()
    assert min(verdict.people_count or 0, 1) and verdict.decision == "promote"
    closed = (verdict.decided_at - START).days - 7
    assert closed * 200 * 0.004 > 60, "the control had its conversions first, however clear it was long before"


def test_an_alarm_of_the_ratio_blocks_every_verdict_and_says_so() -> None:
    world = World({**BETTER, "unsubscribed": (0.002, 0.05)})
    *_, (_, found, _) = world.days(40, weights=(0.6, 0.4))
    assert not world.history
    assert {one.state for one in found} == {states.ALARM}
    assert "other sizes than were drawn" in found[0].sentence


def test_after_the_promotion_it_is_watched_for_four_weeks_and_what_came_in_them() -> None:
    test = World({**SAME, "ordered": (0.1, 0.14)}, daily=2_000)
    promoted = test.decided()
    for rates, decision, winner in ((BETTER, "settle", "short"), (WORSE, "back_out", "usual"), (SAME, "back_out", "usual")):
        world = replace(test, history=[*test.history])
        verdict = world.watch(rates)
        assert verdict is not None and (verdict.decision, verdict.winner) == (decision, winner)
        if rates is not WORSE:  # harm beyond doubt is not waited for
            assert verdict.decided_at == promoted.decided_at + timedelta(days=28 + 7)
        assert world.watch(rates) is None, "what is over is over"


def test_a_guardrail_backs_out_of_a_promotion_at_once() -> None:
    world = World(BETTER, daily=2_000)
    promoted = world.decided()
    verdict = world.watch({**BETTER, "unsubscribed": (0.002, 0.02)})
    assert verdict is not None and verdict.decision == "back_out"
    assert verdict.decided_at < promoted.decided_at + timedelta(days=20)


def test_a_control_group_never_ends_but_harm_is_told_once() -> None:
    arms = (Arm("control", True, 0.1), Arm("treated", False, 0.9))
    for rates, state in (((0.10, 0.14), states.HELPS), ((0.14, 0.10), states.DOES_HARM), ((0.1, 0.1), states.UNSEEN)):
        trial = Trial("holdout:cart", "campaign", arms, metric="ordered", outcome_days=7)
        world = World({"ordered": rates}, trial=trial, daily=2_000)
        *_, (_, found, _) = world.days(60)
        assert found[0].state == state
        assert [verdict.next_phase for verdict in world.history] == (["test"] if state == states.DOES_HARM else [])
        assert all("fix or stop" in verdict.reason for verdict in world.history)


def test_the_same_day_again_and_a_day_of_the_past_decide_nothing_new() -> None:
    world = World(BETTER)
    for as_of, _, _ in world.days():
        day = (as_of - START).days
        counted = world.counted(world.trial, day, 200, world.seed)
        assert judge([world.trial], counted, world.history, world.rules, as_of)[1] == [], "the same day again"
        if world.history:
            earlier = world.history[0].decided_at - timedelta(hours=1)
            assert judge([world.trial], counted, world.history, world.rules, earlier)[1] == []
    assert len({verdict.verdict_id for verdict in world.history}) == len(world.history)


def test_a_person_stops_and_resumes_and_the_looks_go_on() -> None:
    world = World(SAME, seed=3)
    *_, (as_of, _, _) = world.days(24)
    taken = [verdict.look for verdict in world.history]
    person = {"experiment": "cart:subject", "phase": "test", "decided_by": "anna", "reason": "said so"}
    stopped = Verdict("a", decided_at=as_of + timedelta(hours=1), decision="stop", next_phase="stopped", **person)
    resumed = Verdict("b", decided_at=as_of + timedelta(hours=2), decision="continue", next_phase="test", **person)
    counted = world.counted(world.trial, 60, 200, world.seed)
    later = START + timedelta(days=60)
    assert judge([world.trial], counted, [*world.history, stopped], world.rules, later)[1] == []
    (verdict,) = judge([world.trial], counted, [*world.history, stopped, resumed], world.rules, later)[1]
    assert verdict.look and verdict.look > max(look or 0 for look in taken)
