"""What must hold of a verdict whatever the figures are."""

from dataclasses import replace
from datetime import timedelta

from experiment_days import START, a_trial
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.judge import judge
from experiments.records import Finding, Verdict
from experiments.trial import Rules, Tally
from experiments.verdicts import decide

figure = st.floats(-1, 1)


@st.composite
def any_finding(draw: st.DrawFn, arm: str) -> Finding:
    low, effect, high = sorted((draw(figure), draw(figure), draw(figure)))
    return Finding(
        START + timedelta(days=30), "cart:subject", "test", "all", "all", "ordered", arm, "usual", 1000, 1000,
        value=0.1, control_value=0.1, effect=effect, effect_low=low, effect_high=high, always_low=low, always_high=high,
        is_primary=True, look=draw(st.integers(1, 4)), is_look_due=draw(st.booleans()), is_ratio_alarm=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def any_guardrail(draw: st.DrawFn, arm: str) -> Finding:
    low, effect, high = sorted(draw(st.floats(-0.02, 0.02)) for _ in range(3))
    return replace(
        draw(any_finding(arm)), metric="unsubscribed", is_primary=False, effect=effect, effect_low=low, effect_high=high,
        always_low=low - 0.01, always_high=high + 0.01,
    )  # fmt: skip


PLAN = Verdict("p", "cart:subject", "test", START + timedelta(days=5), "continue", "test", "the plan", look=0, people_count=4000)


@given(st.lists(any_finding("short"), min_size=1, max_size=1), st.lists(any_guardrail("short"), max_size=1), st.booleans())
@settings(max_examples=300, deadline=None)
def test_promoted_only_when_every_condition_holds(primary: list[Finding], guards: list[Finding], has_plan: bool) -> None:
    trial, as_of = a_trial(), START + timedelta(days=30)
    verdict = decide(trial, primary + guards, [PLAN] if has_plan else [], None, Rules(), as_of)
    (found,) = primary
    kept = bool(guards) and (guards[0].effect_high or 0) < 0.005
    expected = has_plan and found.is_look_due and (found.effect_low or 0) > 0 and kept
    expected = expected and not any(one.is_ratio_alarm for one in primary + guards)
    broken = bool(guards) and (guards[0].always_low or 0) > 0.001
    assert (verdict is not None and verdict.decision == "promote") == (expected and not broken)
    if verdict is not None:
        again = decide(trial, primary + guards, [PLAN, verdict] if has_plan else [verdict], None, Rules(), as_of)
        assert again is None, "told again, nothing is new"
        if verdict.next_phase != "test":
            later = decide(trial, primary + guards, [PLAN, verdict], None, Rules(), as_of + timedelta(days=40))
            assert later is None, "what is decided is decided"


@given(
    st.integers(2_000, 60_000), st.floats(0.02, 0.3), st.floats(0.5, 1.6), st.floats(0, 0.1), st.integers(1, 60),
    st.sampled_from(["obrien_fleming", "pocock", "fixed"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_more_conversions_of_the_treated_never_turn_a_promotion_into_less(
    people: int, base: float, times: float, more: float, day: int, plan: str
) -> None:
    trial, as_of = a_trial(plan=plan, guardrails=()), START + timedelta(days=day)

    def verdict(rate: float) -> Verdict | None:
        tallies = [
            Tally("cart:subject", "test", "all", "all", arm, arm == "usual", "ordered", people, people, hits, hits, 0, 0, 0, START)
            for arm, hits in (("usual", float(round(people * base))), ("short", float(min(people, round(people * rate)))))
        ]
        (found, *_), new = judge([trial], tallies, [replace(PLAN, decided_at=START)], Rules(), as_of)
        if new and new[0].decision == "promote":
            assert day >= 14 and min(one.value_sum for one in tallies) >= 100
            assert (found.information or 0) * trial.looks >= (1 if plan != "fixed" else trial.looks)
        return new[0] if new else None

    order = {"stop": 0, "no_verdict": 1, "continue": 1, "promote": 2}
    less, greater = verdict(base * times), verdict(base * times + more)
    assert (less is None) == (greater is None) or min(base, base * times) * people < 101
    if less is not None and greater is not None:
        assert order[less.decision] <= order[greater.decision]
