"""What is tried by default: few and many who order, equal arms and a control of 5 %, money that few spend, and real orders."""

from __future__ import annotations

import pandas as pd

from experiments.simulation import Case
from experiments.worlds import World, money, resampled, yes_or_no

HOLDOUT = (5.0, 95.0)
#: Of the real shop: outcomes from here on, so many days, and as many before as the covariate.
CUT = pd.Timestamp("2011-09-01")
WINDOW = pd.Timedelta(days=30)


def cases(lines: pd.DataFrame | None = None) -> list[Case]:
    """The default cases; with the lines of UCI Online Retail (its columns as they are) also its customers."""
    plain, loyal = money(), money(0.3, sigma=0.8, loyal=3.0)
    made_up = [
        Case(yes_or_no(0.005), 60_000),
        Case(yes_or_no(0.02), 10_000),
        Case(yes_or_no(0.16), 4_000),
        Case(yes_or_no(0.05), 9_000, (1.0, 1.0, 1.0)),
        Case(yes_or_no(0.02), 5_000, HOLDOUT),
        Case(yes_or_no(0.02), 120_000, HOLDOUT),
        Case(yes_or_no(0.1), 20_000, HOLDOUT),
        Case(plain, 8_000),
        Case(plain, 12_000, (1.0, 1.0, 1.0)),
        Case(plain, 5_000, HOLDOUT),
        Case(plain, 80_000, HOLDOUT),
        Case(loyal, 8_000, adjust=True),
        Case(loyal, 40_000, HOLDOUT, adjust=True),
    ]
    if lines is None:
        return made_up
    ordered, revenue = real_people(lines)
    return [
        *made_up,
        Case(ordered, 3_000),
        Case(ordered, 10_000, HOLDOUT, adjust=True),
        Case(revenue, 20_000),
        Case(revenue, 40_000, adjust=True),
        Case(revenue, 20_000, HOLDOUT, adjust=True),
    ]


def real_people(lines: pd.DataFrame) -> tuple[World, World]:
    """Who of a real shop's customers ordered in 30 days, and for how much: wholesalers among them, so one order may outweigh hundreds."""
    kept = lines[lines["CustomerID"].notna() & ~lines["InvoiceNo"].str.startswith("C") & (lines["UnitPrice"] > 0)]
    known = kept.loc[kept["InvoiceDate"] < CUT, "CustomerID"].unique()
    spent = [
        kept[(kept["InvoiceDate"] >= start) & (kept["InvoiceDate"] < start + WINDOW)]
        .assign(amount=lambda frame: frame["Quantity"] * frame["UnitPrice"])
        .groupby("CustomerID")["amount"]
        .sum()
        .reindex(known)
        .fillna(0.0)
        .to_numpy(dtype=float)
        for start in (CUT, CUT - WINDOW)
    ]
    return (
        resampled("Online Retail: order", "proportion", (spent[0] > 0).astype(float), (spent[1] > 0).astype(float)),
        resampled("Online Retail: revenue", "mean", spent[0], spent[1]),
    )
