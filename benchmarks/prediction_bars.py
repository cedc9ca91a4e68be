"""Every bar of the predictions on two real shops, each beside what it must beat, with the defaults that ship.

    .venv/bin/python -m benchmarks.prediction_bars [--shop CDNOW] [--without-taste]

The features are the project's own SQL. At each origin (from 180 days of history on) everything is from before it, what the models
learn from included; figures are means over the origins. One file: the bars are one list.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from benchmarks import real_shops, taste_bars
from benchmarks.feature_rows import feature_rows
from benchmarks.real_shops import Shop
from benchmarks.taste_bars import Bar
from ml import frames, metrics, origins
from ml.backtest import backtest
from ml.declaration import Kind
from ml.features import CUSTOMER_FEATURES
from ml.recipes import RECIPES, Task

RECIPE, ANCHOR, FALLBACK, RFM = "mean2", "bg_nbd", "fallback", "rfm"
SHOPS = {"CDNOW": real_shops.cdnow, "Complete Journey": real_shops.complete_journey}
#: The calibration error that a cell may have.
ECE = {("CDNOW", 30): 0.015, ("CDNOW", 90): 0.020, ("Complete Journey", 14): 0.030, ("Complete Journey", 30): 0.022}
HISTORY_DAYS = 180
SMALL_SHOPS, SMALL_PEOPLE = 5, 600
KINDS: tuple[Kind, ...] = ("orders", "spend")
INF = float("inf")


def snapshots(shop: Shop, folder: Path | None = None) -> pd.DataFrame:
    """The rows of features.training_snapshots of the shop, as the models take them."""
    rows = feature_rows(shop.orders, shop.lines, shop.until, folder=folder).snapshots
    labels = [*origins.label_columns("orders"), *origins.label_columns("spend")]
    return frames.plain(rows, [*CUSTOMER_FEATURES, *labels], table="snapshots", needed_by="benchmark", times=("next_order_at",))


def predicted(shop: Shop, rows: pd.DataFrame, task: Task, recipes: tuple[str, ...]) -> pd.DataFrame:
    """What each recipe said at each origin that can be judged; for a purchase the isotonic RFM score too (column "rfm")."""
    now = pd.Timestamp(shop.until)
    judged = origins.closed_origins(list(rows["as_of"].unique()), task.horizon_days, now)
    judged = [origin for origin in judged if origin >= pd.Timestamp(shop.since) + pd.Timedelta(days=HISTORY_DAYS)]
    found = backtest(task, rows, now, recipes, pooled=len(judged))
    assert not found.failures, found.failures
    told = found.rows.astype({"outcome": "float64"})
    if task.kind == "purchase":
        told[RFM] = np.concatenate([_rfm(task, rows, told, origin) for origin in found.origins])
    return told


def _rfm(task: Task, rows: pd.DataFrame, told: pd.DataFrame, origin: pd.Timestamp) -> metrics.Floats:
    """The RFM score of the origin's people, made a probability by what came of each score in the rows that models learn from."""
    learned = origins.learned_from(origins.with_outcome(rows, task.kind, task.horizon_days), task.horizon_days, origin)
    scores = np.concatenate([metrics.rfm_score(part) for _, part in learned.groupby("as_of")])
    curve = IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4, out_of_bounds="clip").fit(scores, learned["outcome"])
    return np.asarray(curve.predict(metrics.rfm_score(told[told["as_of"] == origin])), dtype=np.float64)


def figures(told: pd.DataFrame, kind: str, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """By recipe, a row of figures for each origin."""

    def of(outcome: metrics.Floats, said: metrics.Floats) -> dict[str, float]:
        size = {"size": metrics.observed_over_expected(outcome, said)}
        if kind != "purchase":
            return size | {"rmse": metrics.rmse(outcome, said), "mae": metrics.mae(outcome, said), "gini": metrics.gini(outcome, said)}
        loss, ece = float(metrics.log_losses(outcome, said).mean()), metrics.ece(outcome, said)
        return size | {"auc": metrics.auc(outcome, said), "loss": loss, "ece": ece, "pr": metrics.pr_auc(outcome, said)}

    parts = [part for _, part in told.groupby("as_of")]
    return {name: pd.DataFrame([of(part["outcome"].to_numpy(), part[name].to_numpy()) for part in parts]) for name in names}


def purchase_bars(shop: Shop, rows: pd.DataFrame) -> Iterator[tuple[Bar, dict[str, float]]]:
    """Bars 1, 2 and 4 of each cell; beside each its means of AUC gained and log-loss ratio to BG/NBD, for the bar over all cells."""
    for days in shop.cells:
        told = predicted(shop, rows, Task("purchase", days, CUSTOMER_FEATURES), (RECIPE, ANCHOR))
        each = figures(told, "purchase", (RECIPE, ANCHOR, RFM))
        own, anchor, rfm = (each[name].mean() for name in (RECIPE, ANCHOR, RFM))
        cell, over = f"{shop.name}, {days} days", {"auc": own["auc"] - anchor["auc"], "loss": own["loss"] / anchor["loss"]}

        def bar(what: str, value: float, least: float, most: float, beside: str, cell: str = cell) -> Bar:
            return Bar(cell, what, value, least, most, beside)

        def pair(name: str, other: pd.Series, called: str, own: pd.Series = own, count: int = len(each[RECIPE])) -> str:
            return f"{own[name]:.4f}, {called} {other[name]:.4f}, means of {count} origins"

        yield bar("1 AUC over BG/NBD", over["auc"], 0.005, INF, pair("auc", anchor, "BG/NBD")), over
        yield bar("1 log-loss to BG/NBD", over["loss"], 0, 0.995, pair("loss", anchor, "BG/NBD")), over
        yield bar("2 AUC over RFM", own["auc"] - rfm["auc"], 0.005, INF, pair("auc", rfm, "isotonic RFM")), over
        yield bar("2 log-loss to RFM", own["loss"] / rfm["loss"], 0, 0.985, pair("loss", rfm, "isotonic RFM")), over
        yield bar("2 PR-AUC over RFM", own["pr"] - rfm["pr"], 0, INF, pair("pr", rfm, "isotonic RFM")), over
        yield bar("4 calibration error", own["ece"], 0, ECE[shop.name, days], pair("ece", anchor, "BG/NBD")), over
        yield bar("4 calibration error, worst origin", each[RECIPE]["ece"].max(), 0, 0.05, f"BG/NBD {each[ANCHOR]['ece'].max():.4f}"), over
        sizes, theirs = each[RECIPE]["size"], each[ANCHOR]["size"].between(0.85, 1.15).mean()
        listed = " ".join(f"{size:.2f}" for size in sizes)
        near = bar("4 origins of right size (.85-1.15)", sizes.between(0.85, 1.15).mean(), 0.75, INF, f"{listed}; BG/NBD {theirs:.2f}")
        yield near, over
        yield bar("4 smallest size of an origin", sizes.min(), 0.70, INF, "observed/expected"), over
        yield bar("4 biggest size of an origin", sizes.max(), 0, 1.30, "observed/expected"), over


def small_bars(shop: Shop, rows: pd.DataFrame) -> Iterator[Bar]:
    """Bar 3: shops of 600 customers, where the fallback serves."""
    for days in shop.cells:
        task, parts = Task("purchase", days, CUSTOMER_FEATURES), []
        for seed in range(SMALL_SHOPS):
            small = shop.of(SMALL_PEOPLE, seed)
            chosen = rows[rows["profile_id"].isin(small.orders["profile_id"])].reset_index(drop=True)
            each = figures(predicted(shop, chosen, task, (FALLBACK, ANCHOR)), "purchase", (FALLBACK, ANCHOR))
            parts.append(pd.concat(each, axis=1))
        own, anchor = (pd.concat(parts)[name].mean() for name in (FALLBACK, ANCHOR))
        cell, beside = f"{SMALL_PEOPLE} of {shop.name}, {days} days", f"means of {SMALL_SHOPS} shops"
        yield Bar(cell, "3 log-loss to BG/NBD", own["loss"] / anchor["loss"], 0, 1.005, f"{own['loss']:.4f}, {beside}")
        yield Bar(cell, "3 AUC over BG/NBD", own["auc"] - anchor["auc"], -0.003, INF, f"{own['auc']:.4f}, {beside}")


def value_bars(shop: Shop, rows: pd.DataFrame) -> Iterator[Bar]:
    """Bar 5, counts and lifetime value of 90 days, against BG/NBD and BG/NBD with Gamma-Gamma."""
    for kind in KINDS:
        told = predicted(shop, rows, Task(kind, 90, CUSTOMER_FEATURES), (RECIPE, ANCHOR))
        each = figures(told, kind, (RECIPE, ANCHOR))
        own, anchor = each[RECIPE].mean(), each[ANCHOR].mean()
        cell, beside = f"{shop.name}, {kind} of 90 days", f"means of {len(each[RECIPE])} origins"
        if kind == "orders":
            ratio = own["rmse"] / anchor["rmse"]
            yield Bar(cell, "5 RMSE to BG/NBD", ratio, 0, 1.0, f"{own['rmse']:.4f}, BG/NBD {anchor['rmse']:.4f}, {beside}")
        else:
            gained, ratio = own["gini"] - anchor["gini"], own["mae"] / anchor["mae"]
            yield Bar(cell, "5 Gini over BG x GG", gained, 0, INF, f"{own['gini']:.4f}, BG x GG {anchor['gini']:.4f}, {beside}")
            yield Bar(cell, "5 MAE to BG x GG", ratio, 0, 1.03, f"{own['mae']:.4f}, BG x GG {anchor['mae']:.4f}, {beside}")


def speed_bar(shop: Shop, rows: pd.DataFrame) -> Bar:
    """The fits and scores of bar 8: five models, champion, challenger and fallback, from six origins, everybody scored.

    In seconds of one processor, so that what else the machine does is not counted.
    """
    now, began = pd.Timestamp(shop.until), time.process_time()
    people = rows[rows["as_of"] == rows["as_of"].max()].reset_index(drop=True)
    for task in [*(Task("purchase", days, CUSTOMER_FEATURES) for days in (30, 60, 90)), *(Task(k, 90, CUSTOMER_FEATURES) for k in KINDS)]:
        learned = origins.learned_from(origins.with_outcome(rows, task.kind, task.horizon_days), task.horizon_days, now)
        for name in (RECIPE, RECIPE, FALLBACK):
            RECIPES[name].predict(task, RECIPES[name].fit(task, learned, people, 0), people)
    return Bar(
        shop.name, "8 processor seconds to fit and score", time.process_time() - began, 0, 120, f"{len(people):,} customers, five models"
    )


def measure(shop: Shop, folder: Path | None = None) -> Iterator[tuple[Bar, dict[str, float]]]:
    """All bars of one shop."""
    rows = snapshots(shop, folder)
    yield from purchase_bars(shop, rows)
    for bar in (*small_bars(shop, rows), *value_bars(shop, rows)):
        yield bar, {}
    if shop.name == "CDNOW":
        yield speed_bar(shop, rows), {}


def overall(cells: list[dict[str, float]]) -> list[Bar]:
    """Bar 1 over all cells: mean AUC gained, geometric mean of the log-loss ratios."""
    gained, ratio = np.mean([cell["auc"] for cell in cells]), np.exp(np.mean(np.log([cell["loss"] for cell in cells])))
    beside = f"{len(cells)} cells"
    return [
        Bar("all", "1 AUC over BG/NBD", float(gained), 0.010, INF, beside),
        Bar("all", "1 log-loss to BG/NBD", float(ratio), 0, 0.96, beside),
    ]


def all_bars(names: list[str]) -> Iterator[Bar]:
    """The bars of the shops, as they are found, and at the end those over all cells of them."""
    cells: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            for bar, over in measure(SHOPS[name](), Path(folder)):
                if over:
                    cells[bar.shop] = over
                yield bar
    yield from overall(list(cells.values()))


def main() -> None:
    """Prints every bar, in one run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shop", action="append", choices=list(SHOPS), help="only this one; may be given several times")
    parser.add_argument("--without-taste", action="store_true", help="not the date, the shelves and the hour of benchmarks.taste_bars")
    chosen = parser.parse_args()
    for bar in all_bars(chosen.shop or list(SHOPS)):
        taste_bars.told(bar)
    if not chosen.without_taste:
        taste_bars.main([])


if __name__ == "__main__":
    main()
