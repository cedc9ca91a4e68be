"""How often alerts come to nothing, and how soon they come when something happens, on a simulated shop with 26 campaigns. Longer than
most: shop and figures in one file.

Run from the root of the project: python -m benchmarks.alerts_year [--years 3]

A shop that is well: campaigns of 5 to 400 messages a day, each with its hours, weekdays, growth, days that are better or worse than
others, its own rates, and two busy seasons with up to 60 % more; judged after each run of an hour, as `reactive` is. Then the same
shop with one thing broken at a time, and after how many runs it is alerted.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from alerts.causes import Evidence
from alerts.incidents import Incident, moved_on
from alerts.judging import judged
from alerts.naming import named
from alerts.policy import Policy
from alerts.words import finding_of

CAMPAIGNS = 26
DAY = 24
HISTORY = 64
#: share of what, usual share, hours until it is looked at
RATES = {
    "delivered": ("sent", 0.985, 1),
    "bounced": ("sent", 0.006, 6),
    "opened": ("sent", 0.32, 6),
    "clicked": ("opened", 0.14, 1),
    "converted": ("sent", 0.02, 24),
    "unsubscribed": ("sent", 0.003, 24),
    "complained": ("sent", 0.0005, 24),
}
WINDOWS = (24, 6)
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)


class Shop:
    """Counts by hour of each series. `broken`: what multiplies a step's share, or requests, from an hour on, of which campaigns."""

    def __init__(self, seed: int, days: int, broken: tuple[str, float, int, slice] | None = None) -> None:
        random = np.random.default_rng(seed)
        hours = np.arange(days * DAY)
        size = np.geomspace(5, 400, CAMPAIGNS)
        of_day = np.exp(random.normal(0, 0.5, (CAMPAIGNS, DAY)))
        of_day[:, :5] = 0
        of_day /= of_day.sum(axis=1, keepdims=True)
        weekday = np.exp(random.normal(0, 0.2, (CAMPAIGNS, 7)))
        growth = np.exp(random.normal(0.0008, 0.001, CAMPAIGNS)[:, None] * (hours / DAY))
        day = (hours // DAY).astype(int)
        season = 1 + 0.6 * np.exp(-((((day % 180) - 120) / 9.0) ** 2))
        good_days = np.exp(random.normal(0, 0.08, (1, days)) + random.normal(0, 0.08, (CAMPAIGNS, days)))[:, day]
        mean = size[:, None] * of_day[:, hours % DAY] * weekday[:, day % 7] * growth * season * good_days
        self.kinds: dict[str, np.ndarray] = {}
        factors = {broken[0]: broken} if broken else {}
        if "requested" in factors:
            _, factor, since, who = factors["requested"]
            mean[who, since:] *= factor
        self.kinds["requested"] = random.poisson(mean)
        self.kinds["sent"] = random.binomial(self.kinds["requested"], 0.55)
        for step, (of, share, _) in RATES.items():
            own = share * np.exp(random.normal(0, 0.25, CAMPAIGNS))[:, None] if share < 0.5 else np.full((CAMPAIGNS, 1), share)
            odds = np.exp(random.normal(0, 0.05, (1, days)))[:, day]
            rate = np.clip(own * np.where(share < 0.5, odds, 1), 0, 0.999) * np.ones((1, len(hours)))
            if step in factors:
                _, factor, since, who = factors[step]
                rate[who, since:] *= factor
            self.kinds[step] = random.binomial(self.kinds[of], np.clip(rate, 0, 1))
        self.sums = {kind: np.concatenate([np.zeros((CAMPAIGNS, 1)), counts.cumsum(axis=1)], axis=1) for kind, counts in self.kinds.items()}
        wide = {kind: np.concatenate([sums, sums.sum(axis=0, keepdims=True)]) for kind, sums in self.sums.items()}
        self.sums = wide
        self.names = [f"campaign_{number}" for number in range(CAMPAIGNS)] + ["all"]

    def measures(self, hour: int) -> pd.DataFrame:
        """What models/proof/alert_measures has at an hour."""
        lags = np.arange(57)
        parts = []
        for step, of, after in [("requested", "", 0), ("sent", "", 0), *((name, of, after) for name, (of, _, after) in RATES.items())]:
            for window in WINDOWS:
                end = hour - after - DAY * lags
                begin = end - window
                seen = self.sums[step][:, end] - self.sums[step][:, begin]
                cases = self.sums[of][:, end] - self.sums[of][:, begin] if of else np.zeros_like(seen)
                parts.append(
                    pd.DataFrame(
                        {
                            "step": step,
                            "dimension": np.repeat(["campaign"] * CAMPAIGNS + ["all"], 57),
                            "name": np.repeat(self.names, 57),
                            "window_hours": window,
                            "is_share": bool(of),
                            "day_lag": np.tile(lags, CAMPAIGNS + 1),
                            "cases": cases.ravel(),
                            "hits": seen.ravel(),
                        }
                    )
                )
        return pd.concat(parts, ignore_index=True)


def false_alarms(years: int, every: int) -> None:
    policy = Policy()
    incidents: Counter[str] = Counter()
    runs = 0
    series = 0
    started = time.perf_counter()
    for seed in range(years):
        shop = Shop(seed, HISTORY + 365)
        open_now: list[Incident] = []
        for hour in range(HISTORY * DAY, (HISTORY + 365) * DAY, every):
            found = judged(shop.measures(hour), policy)
            runs += 1
            series = max(series, len(found))
            findings = [finding_of(row, Evidence()) for row in named(found).itertuples()]
            keys = {(row.step, row.dimension, row.name, row.direction): row.p_still for row in found.itertuples()}
            lasting = {key for key, p_value in keys.items() if p_value <= 0.01}
            changed = moved_on(open_now, findings, lasting, {one.finding.key for one in open_now}, BEGUN + timedelta(hours=hour))
            known = {one.alert_id: one for one in open_now}
            incidents.update(one.finding.step for one in changed if one.alert_id not in known)
            open_now = [one for one in (known | {one.alert_id: one for one in changed}).values() if one.closed_at is None]
    seconds = time.perf_counter() - started
    print(f"{years} years, {runs:,} runs, up to {series} series a run, {1000 * seconds / runs:.0f} ms a run")
    a_month = incidents.total() / years / 12
    print(f"false alarms: {incidents.total()}, {a_month:.2f} a month; asked for: {policy.false_alarms_a_month}")
    print(f"  by step: {dict(incidents)}")


def found_after(step: str, factor: float, who: slice, words: str) -> None:
    policy = Policy()
    delays = []
    for seed in range(5):
        since = (HISTORY + 20) * DAY + 10
        shop = Shop(100 + seed, HISTORY + 24, (step, factor, since, who))
        for hour in range(since + 1, since + 49):
            found = judged(shop.measures(hour), policy)
            if (found["is_odd"] & (found["step"] == step)).any():
                delays.append(hour - since)
                break
        else:
            delays.append(99)
    print(f"{words}: alerted {sorted(delays)} hours after its beginning")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="hours between two runs")
    given = parser.parse_args()
    false_alarms(given.years, given.every)
    everyone, largest = slice(None), slice(CAMPAIGNS - 1, CAMPAIGNS)
    found_after("requested", 0.0, everyone, "nothing asks any more")
    found_after("requested", 8.0, largest, "one trigger asks for eight times as many")
    found_after("delivered", 0.0, everyone, "nothing arrives any more")
    found_after("clicked", 0.0, everyone, "a broken link everywhere")
    found_after("clicked", 0.0, largest, "a broken link in one campaign")
    found_after("unsubscribed", 10.0, everyone, "ten times the opt-outs")
