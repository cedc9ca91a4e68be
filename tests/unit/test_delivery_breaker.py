"""When a provider is left alone, and when it is tried again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activations.transport.breaker import Breaker


@pytest.mark.parametrize("is_mended", [True, False])
def test_a_breaker_opens_lets_one_try_after_a_rest_and_closes(is_mended: bool) -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0], failures=3, rest_seconds=5.0)
    for _ in range(3):
        assert breaker.objection() is None
        breaker.failed()
    assert "3 times" in str(breaker.objection())
    now[0] = 5.0
    assert breaker.objection() is None, "one may try"
    assert breaker.objection() is not None, "one alone"
    (breaker.passed if is_mended else breaker.failed)()
    assert (breaker.objection() is None) == is_mended
    now[0] = 14.9
    assert (breaker.objection() is None) == is_mended, "a try that failed doubles the rest"
    now[0] = 15.0
    assert breaker.objection() is None


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["passed", "failed", "did_not_leave"]), max_size=40))
def test_a_breaker_never_stays_shut_for_good(happenings: list[str]) -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0], failures=2)
    for what in happenings:
        if breaker.objection() is None:
            getattr(breaker, what)()
        now[0] += 1.0
    now[0] += 1_000.0
    assert breaker.objection() is None
