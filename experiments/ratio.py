"""Are the arms as large as they should be? If not, something sorts people into arms, and no number of theirs can be believed."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.special import chdtrc

#: Below this the alarm rings: by chance once in a thousand experiments (Fabijan et al., KDD 2019).
ALARM = 0.001


def ratio_p_value(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """The p-value of a chi-square test that people fell into the arms by `shares` (any positive weights, they need not sum to 1).

    An arm without share that has people is impossible: 0. Fewer than two arms or nobody at all says nothing: 1.
    ValueError: a share below 0.
    """
    if any(share < 0 for share in shares.values()):
        raise ValueError("a share is below 0")
    whole, people = sum(shares.values()), sum(counts.values())
    if any(count and not shares.get(arm) for arm, count in counts.items()):
        return 0.0
    drawn = {arm: people * share / whole for arm, share in shares.items() if share > 0}
    if len(drawn) < 2 or people == 0:
        return 1.0
    return float(chdtrc(len(drawn) - 1, sum((counts.get(arm, 0) - wanted) ** 2 / wanted for arm, wanted in drawn.items())))


def is_ratio_alarm(counts: Mapping[str, int], shares: Mapping[str, float], alarm: float = ALARM) -> bool:
    """Whether the arms are so far from their shares that the experiment must not be read. With fewer than five expected in an arm the test
    says nothing reliable, and there is no alarm."""
    whole, people = sum(shares.values()), sum(counts.values())
    if whole <= 0 or any(0 < people * share / whole < 5 for share in shares.values()):
        return False
    return ratio_p_value(counts, shares) < alarm
