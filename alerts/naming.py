"""Of all that is odd at once, what to name: the campaign where the others go on, the destination, or the whole programme."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from alerts.judging import KEY

_FROM_NARROW = ("campaign", "destination", "all")
_FEW = 2
_NEXT_TO_NOTHING = 0.1


def named(judged: pd.DataFrame) -> pd.DataFrame:
    """The rows of `judging.judged` that stand for what is odd: of each step and direction one, or the few that are alone."""
    odd = judged[judged["is_odd"]] if len(judged) else judged
    if odd.empty:
        return odd
    places = [place for _, group in odd.groupby(["step", "direction"], sort=False) for place in _of_step(group, judged)]
    return judged.loc[places]


def _of_step(odd: pd.DataFrame, judged: pd.DataFrame) -> Iterator[int]:
    best = odd.sort_values("p_value").drop_duplicates(["dimension", "name"])
    if odd["step"].iloc[0] == "decided":
        # shares of one whole: where one grows another shrinks, and the one that grew says it
        yield int(best.index[0])
        return
    for place, dimension in enumerate(_FROM_NARROW):
        narrow = best[best["dimension"] == dimension]
        if narrow.empty:
            continue
        wide = best[best["dimension"].isin(_FROM_NARROW[place + 1 :])]
        if wide.empty or (len(narrow) <= _FEW and _are_alone(narrow, wide.iloc[-1], judged)):
            yield from (int(index) for index in narrow.index)
            return
    yield from (int(index) for index in best[best["dimension"] == "link"].index)


def _are_alone(narrow: pd.DataFrame, wide: pd.Series, judged: pd.DataFrame) -> bool:
    """Whether the rest of the wide one goes on as usual, or is next to nothing."""
    same = judged[(judged["step"] == wide["step"]) & (judged["window_hours"] == wide["window_hours"])]
    of_them = same.merge(narrow[KEY[:3]], on=KEY[:3])
    usual, seen = wide["usual_count"] - of_them["usual_count"].sum(), wide["seen_count"] - of_them["seen_count"].sum()
    if usual <= _NEXT_TO_NOTHING * wide["usual_count"]:
        return True
    change = (of_them["seen_count"].sum() - of_them["usual_count"].sum()) / max(of_them["usual_count"].sum(), 1)
    rest = (seen - usual) / usual
    return bool(abs(rest) < abs(change) / 2 or rest * change < 0)
