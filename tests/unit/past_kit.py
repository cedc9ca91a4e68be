"""A mailing test of the shape of a well-known one (64,000 customers, two mailings and none), of a process whose effects are known."""

import csv
from pathlib import Path

import numpy as np

NONE, MENS, WOMENS = "No E-Mail", "Mens E-Mail", "Womens E-Mail"
#: Of the three: who visits, who of all buys, what a person spends on average.
VISIT = {NONE: 0.106, MENS: 0.183, WOMENS: 0.151}
CONVERSION = {NONE: 0.0057, MENS: 0.0125, WOMENS: 0.0088}
SPEND = {NONE: 0.65, MENS: 1.42, WOMENS: 1.08}
COLUMNS = "recency history_segment history mens womens zip_code newbie channel segment visit conversion spend".split()  # noqa: SIM905


def write(path: Path, people: int = 64_000, seed: int = 7) -> Path:
    """The file. New customers visit less, whatever they get; the effects are the same for all."""
    random = np.random.default_rng(seed)
    arms = random.choice([NONE, MENS, WOMENS], people)
    newbie = random.integers(0, 2, people)
    history = np.round(30 + random.gamma(1.2, 180, people), 2)
    usual = np.array([VISIT[arm] for arm in arms])
    visit = random.random(people) < usual * np.where(newbie == 1, 0.8, 1.2)
    buys = visit & (random.random(people) < np.array([CONVERSION[arm] / VISIT[arm] for arm in arms]))
    spend = np.where(buys, random.gamma(2, np.array([SPEND[arm] / CONVERSION[arm] / 2 for arm in arms])), 0)
    zip_codes = random.choice(["Urban", "Surburban", "Rural"], people)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in zip(arms, newbie, history, visit, buys, spend, zip_codes, strict=True):
            arm, new, before, did_visit, did_buy, spent, zip_code = row
            writer.writerow([3, "1) $0 - $100", before, 1, 0, zip_code, new, "Web", arm, int(did_visit), int(did_buy), round(spent, 2)])
    return path
