"""How far each measure is from what its own history lets expect, and how likely that is by chance.

A series has 57 windows, each a day before the next, the first ending now. What is expected now comes from the same weekday of the weeks
before, each carried on by the trend, the odd weeks left out: the mean of the middle half (Tukey's midmean). The trend is the median of
the ratios of all pairs of weeks (Theil 1950, Sen 1968), so that a holiday of two weeks turns neither. What swells or ebbs for days is
carried on too: sudden is what is far off that line and off the last three days. Chance is a Poisson's for counts and a binomial's for
shares, widened by how much more the series scatters about that line (quasi-likelihood: McCullagh and Nelder 1989, 9.2), by what is not
known of the line, and by `least_change`. Where more than two days of the history were as far off to the same side, the series is just so.
All p-values of a run are held together by the rule of Benjamini and Hochberg (1995), whose level, while all is well, is the chance of any
alarm at all. One file, for it is one thought.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from alerts.policy import BAD, COUNTED, WEEKS, Policy

Numbers = npt.NDArray[np.float64]
KEY = ["step", "dimension", "name", "window_hours"]
_DAYS = 7 * WEEKS
_STEEPEST = np.log(1.5)
_LATELY = 3  # days
_SOME = 5.0  # on average, so that the middle half of a few windows is no worse than their mean
_MIDMEAN_KEEPS = 0.7  # of the information of a plain mean, while nothing is odd


@dataclass(frozen=True, slots=True)
class Line:
    """Of each series: what is expected now, the variance of its chance with and without the scatter, and how far off past days were."""

    expected: Numbers
    chance: Numbers
    variance: Numbers
    off: Numbers
    """(series, 56): in standard deviations of chance alone; NaN where nothing was to be expected."""
    lately: Numbers
    """By what factor the last days were off, in the middle: what swells for days is not sudden."""


def judged(measures: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """One row for each series and direction that can be judged.

    measures: step, dimension, name, window_hours, is_share, day_lag (0 to 56), cases, hits; a lag that is missing is empty.
    Gives the key, is_share, direction (drop or spike), value, usual, low, high, cases, usual_count, seen_count, p_value, p_still (against
    the history alone, whatever the last days were), is_odd (by the policy, with all others taken into account), is_worse.
    """
    if measures.empty:
        return pd.DataFrame(columns=[*KEY, "is_share", "direction", "value", "usual", "p_value", "is_odd"])
    wide = measures.pivot_table(index=[*KEY, "is_share"], columns="day_lag", values=["cases", "hits"], aggfunc="sum", fill_value=0)
    days = range(_DAYS + 1)
    cases, hits = (wide.reindex(columns=[(what, day) for day in days], fill_value=0).to_numpy(float) for what in ("cases", "hits"))
    series = wide.index.to_frame(index=False)
    is_share = series["is_share"].to_numpy(bool)
    known = _known_days(np.where(is_share[:, None], cases, hits))
    # what began later had no days before
    cases = np.where(is_share[:, None], cases, np.arange(_DAYS + 1) <= known[:, None])
    # of two sides of a share the rarer is judged: that nearly all arrives is known by what does not
    is_turned = is_share & (2 * hits[:, 1:].sum(axis=1) > cases[:, 1:].sum(axis=1))
    hits = np.where(is_turned[:, None], cases - hits, hits)
    line = line_of(cases, hits, is_share, policy)
    now, many = hits[:, 0], np.maximum(cases[:, 0], 1)
    away = (now - line.expected) / np.sqrt(line.chance)
    # a side is judged where its far end is not just where the series has been before
    third = np.sort(np.nan_to_num(line.off), axis=1)
    beyond = np.where(away < 0, away < third[:, 2], away > third[:, -3])
    p_still = _tails(now, many, line, is_share)
    lately = replace(line, expected=line.expected * line.lately, chance=line.chance * line.lately, variance=line.variance * line.lately)
    is_same_side = (now < line.expected) == (now < lately.expected)
    p_value = np.where(is_same_side, np.maximum(p_still, _tails(now, many, lately, is_share)), 1.0)
    enough = (np.maximum(now, line.expected) >= policy.least_count) & (~is_share | (many >= policy.least_cases))
    can_judge = (known >= policy.least_days) & enough & np.isfinite(line.expected)
    value, usual = (np.where(is_turned, many - counted, counted) for counted in (now, line.expected))
    series = series.assign(
        direction=np.where((away < 0) != is_turned, "drop", "spike"),
        value=value / many,
        usual=usual / many,
        spread=np.sqrt(line.variance) / many,
        cases=many,
        seen_count=value,
        usual_count=usual,
        p_value=p_value,
        p_still=p_still,
    )[can_judge]
    series["is_odd"] = beyond[can_judge] & first_kind(series["p_value"].to_numpy(), policy.alpha)
    times = special.ndtri(1 - policy.alpha / max(len(series), 1) / 2)
    series["low"] = (series["usual"] - times * series["spread"]).clip(lower=0)
    high = series["usual"] + times * series["spread"]
    series["high"] = high.where(~series["is_share"], high.clip(upper=1))
    is_drop = series["direction"] == "drop"
    series["is_worse"] = np.where(series["step"].isin(COUNTED), True, np.where(series["step"].isin(BAD), ~is_drop, is_drop))
    found: pd.DataFrame = series.reset_index(drop=True)
    return found


def line_of(cases: Numbers, hits: Numbers, is_share: npt.NDArray[np.bool_], policy: Policy) -> Line:
    """What history lets expect. cases, hits: (series, 57), by days back; cases of counts are 1, or 0 before their first day."""
    back = np.arange(1, _DAYS + 1)
    past_cases, past_hits = cases[:, 1:], hits[:, 1:]
    growth = _growth(past_cases, past_hits)
    carried = np.exp(growth[:, None] * back / 7)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(past_cases > 0, past_hits * carried / past_cases, np.nan)
        weekday = _by_weekday(rates, past_cases, past_hits)
        rate = weekday[:, back % 7] / carried
        rate = np.where(is_share[:, None], np.clip(rate, 0, 1), rate)
        usual = past_cases * rate
        chance = usual * np.where(is_share[:, None], 1 - rate, 1)
        off = np.where(chance > 0, (past_hits - usual) / np.sqrt(chance), np.nan)
    size = np.abs(off)
    lost = WEEKS / (WEEKS - 1 / _MIDMEAN_KEEPS)  # each weekday's mean was drawn to its own days
    with np.errstate(invalid="ignore"):
        half, most = _quantile(size, 0.5), _quantile(size, 0.8)
    scatter = np.maximum(1, lost * np.fmax((1.4826 * half) ** 2, (most / 1.2816) ** 2))
    rate_now = np.where(is_share, np.clip(weekday[:, 0], 0, 1), weekday[:, 0])
    expected = cases[:, 0] * rate_now
    chance_now = np.maximum(expected * np.where(is_share, 1 - rate_now, 1), 1e-9)
    same_day = past_cases[:, back % 7 == 0].sum(axis=1)
    unsure = cases[:, 0] / np.maximum(_MIDMEAN_KEEPS * same_day, 1e-9)
    floor = policy.least_change * cases[:, 0] * np.where(is_share, np.minimum(rate_now, 1 - rate_now), rate_now)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(usual[:, :_LATELY] >= policy.least_count, past_hits[:, :_LATELY] / usual[:, :_LATELY], np.nan)
    lately = np.clip(np.nan_to_num(_quantile(ratios, 0.5), nan=1.0), 0.1, 10)
    return Line(expected, chance_now, np.nan_to_num(scatter, nan=1.0) * chance_now * (1 + unsure) + floor**2, off, lately)


def first_kind(p_values: Numbers, alpha: float) -> npt.NDArray[np.bool_]:
    """Which of many p-values count by Benjamini and Hochberg's rule."""
    count = len(p_values)
    order = np.argsort(p_values)
    passes = p_values[order] <= alpha * np.arange(1, count + 1) / max(count, 1)
    last = np.flatnonzero(passes).max(initial=-1)
    found = np.zeros(count, dtype=bool)
    found[order[: last + 1]] = True
    return found


def _tails(now: Numbers, many: Numbers, line: Line, is_share: npt.NDArray[np.bool_]) -> Numbers:
    wider = np.maximum(line.variance / line.chance, 1)
    seen, usual, of = now / wider, np.maximum(line.expected, 1e-9) / wider, many / wider
    rate = np.clip(usual / np.maximum(of, 1e-9), 1e-12, 1 - 1e-12)
    is_drop = now < line.expected
    counts = np.where(is_drop, special.gammaincc(seen + 1, usual), special.gammainc(np.maximum(seen, 1e-9), usual))
    with np.errstate(invalid="ignore"):
        shares = np.where(
            is_drop,
            special.betainc(np.maximum(of - seen, 1e-9), seen + 1, 1 - rate),
            special.betainc(np.maximum(seen, 1e-9), np.maximum(of - seen, 0) + 1, rate),
        )
    found: Numbers = np.nan_to_num(np.where(is_share, shares, counts), nan=1.0)
    return found


def _growth(cases: Numbers, hits: Numbers) -> Numbers:
    weeks = hits.reshape(len(hits), WEEKS, 7).sum(axis=2)
    of = cases.reshape(len(cases), WEEKS, 7).sum(axis=2)
    logs = np.log(weeks + 0.5) - np.log(np.maximum(of, 0.5))
    logs = np.where(of > 0, logs, np.nan)
    slopes = [(logs[:, early] - logs[:, late]) / (late - early) for early in range(WEEKS) for late in range(early + 1, WEEKS)]
    with np.errstate(invalid="ignore"):
        slope = _quantile(np.stack(slopes, axis=1), 0.5)
    return np.nan_to_num(np.clip(slope, -_STEEPEST, _STEEPEST))


def _by_weekday(rates: Numbers, cases: Numbers, hits: Numbers) -> Numbers:
    """(series, 7): what is usual on each weekday, today's first; of shares that are rare, on any day, for no weekday says anything of them
    and what is odd cannot be told from what is not."""
    back = np.arange(1, _DAYS + 1)
    days = np.stack([_midmean(rates[:, back % 7 == day], cases[:, back % 7 == day]) for day in range(7)], axis=1)
    of, seen = (what.reshape(len(what), WEEKS, 7).sum(axis=2) for what in (cases, np.nan_to_num(rates) * cases))
    weeks = _midmean(np.where(of > 0, seen / np.where(of > 0, of, 1), np.nan), of)
    always = seen.sum(axis=1) / np.maximum(of.sum(axis=1), 1e-9)
    total = hits.sum(axis=1)
    any_day = np.where(total >= _SOME * WEEKS, weeks, always)[:, None]
    return np.where((total >= _SOME * _DAYS)[:, None], days, any_day)


def _midmean(rates: Numbers, weights: Numbers) -> Numbers:
    """The mean of the middle half by weight of each row; NaN where there is nothing."""
    order = np.argsort(np.where(np.isnan(rates), np.inf, rates), axis=1)
    ordered = np.nan_to_num(np.take_along_axis(rates, order, axis=1))
    weight = np.take_along_axis(np.where(np.isnan(rates), 0.0, weights), order, axis=1)
    whole = weight.sum(axis=1, keepdims=True)
    until = np.cumsum(weight, axis=1)
    kept = np.clip(np.minimum(until, 0.75 * whole) - np.maximum(until - weight, 0.25 * whole), 0, None)
    total = kept.sum(axis=1)
    return np.where(total > 0, (kept * ordered).sum(axis=1) / np.where(total > 0, total, 1), np.nan)


def _quantile(values: Numbers, share: float) -> Numbers:
    """Of each row's numbers, NaN left out; NaN where there are none."""
    ordered = np.sort(values, axis=1)
    place = share * (np.isfinite(values).sum(axis=1) - 1)
    low = np.maximum(np.floor(place), 0).astype(int)
    rows = np.arange(len(values))
    under, over = ordered[rows, low], ordered[rows, np.maximum(np.ceil(place), 0).astype(int)]
    found: Numbers = under + (over - under) * (place - low)
    return found


def _known_days(seen: Numbers) -> npt.NDArray[np.int64]:
    past = seen[:, 1:] > 0
    return np.where(past.any(axis=1), past.shape[1] - np.argmax(past[:, ::-1], axis=1), 0)
