"""What each source adds to a prediction on the demo shop, whose customers follow none of the models: orders, the web, e-mail.

    python -m benchmarks.demo_ablation [--customers 5000] [--web-days 270] [--seed 7]

Makes a world, lands it as a run does (the provider's events over HTTP), builds the feature models with dbt, and predicts an order within 30
days at the latest three closed origins: the shipped recipe on nested sets of columns, beside BG/NBD and an RFM score made a probability.
The default demo shop exports four months of the web, which no second origin could learn from; here it is nine.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.dbt_runs import dbt
from demo import shop as demo_shop
from demo.provider.server import running
from ml import frames, metrics, origins
from ml.backtest import backtest
from ml.bootstrap import mean_interval
from ml.features import CUSTOMER_FEATURES
from ml.recipes import Task
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing, land_ga4, land_rows, land_sql
from orchestration.sources import crm, klaviyo, service, shop
from orchestration.sources.engagement import ENGAGEMENT

HORIZON_DAYS = 30
WEB = ("sessions_7d", "sessions_30d", "views_30d", "carts_7d", "carts_30d", "days_since_session", "days_since_cart")
EMAIL = ("emails_90d", "email_opens_90d", "email_clicks_90d", "days_since_email_click")
ORDERS = tuple(name for name in CUSTOMER_FEATURES if name not in (*WEB, *EMAIL))
SETS = {"orders": ORDERS, "orders + web": ORDERS + WEB, "orders + e-mail": ORDERS + EMAIL, "all": CUSTOMER_FEATURES}


@dataclass(frozen=True)
class Found:
    """`rows`: profile_id, as_of, outcome and a probability by each of SETS, by "bg_nbd" and by "rfm"."""

    rows: pd.DataFrame

    def losses(self, name: str) -> metrics.Floats:
        """The log-loss of each row by one of the columns."""
        return metrics.log_losses(self.rows["outcome"].to_numpy(), self.rows[name].to_numpy())

    def gain(self, before: str, after: str) -> tuple[float, float, float]:
        """By how much the mean log-loss falls from one to the other, with its 90 % interval over customers drawn anew."""
        saved = self.losses(before) - self.losses(after)
        return float(saved.mean()), *mean_interval(saved, self.rows["profile_id"])

    def table(self) -> pd.DataFrame:
        """For each column log-loss, AUC (the mean over origins), calibration error over all origins and observed/expected."""
        outcome = self.rows["outcome"].to_numpy()
        told = {}
        for name in (*SETS, "bg_nbd", "rfm"):
            said = self.rows[name].to_numpy()
            areas = [metrics.auc(at["outcome"].to_numpy(), at[name].to_numpy()) for _, at in self.rows.groupby("as_of")]
            told[name] = {
                "log_loss": self.losses(name).mean(),
                "auc": np.mean(areas),
                "ece": metrics.ece(outcome, said),
                "observed_over_expected": metrics.observed_over_expected(outcome, said),
            }
        return pd.DataFrame(told).T


def snapshots(folder: Path, customers: int, web_days: int, seed: int = 7) -> tuple[pd.DataFrame, pd.Timestamp]:
    """The rows of features.training_snapshots of a world that is made in `folder`, and its present (naive UTC)."""
    world, landing = folder / "demo", Landing(folder / "landing")
    urls = {name: f"sqlite:///{world / name}.db" for name in ("shop", "crm", "service")}
    demo_shop.create(world, shop_url=urls["shop"], crm_url=urls["crm"], customers=customers, seed=seed, web_days=web_days)
    as_of = demo_shop.today(world)
    landing.declare(*LANDED.values())
    for table in (*shop.TABLES, *crm.TABLES, *service.TABLES):
        land_sql(table, urls[table.source], landing, as_of)
    land_ga4(world / "ga4", landing, as_of)
    with running(world) as provider:
        land_rows(ENGAGEMENT, klaviyo.engagement(provider.url, "pk_demo", None), landing, as_of)
    without = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    dbt(folder, "build", "--select", "+training_snapshots", *without, as_of=f"{as_of:%Y-%m-%d %H:%M:%S}")
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("from features.training_snapshots").df()
    return rows, pd.Timestamp(as_of.replace(tzinfo=None))


def ablation(rows: pd.DataFrame, now: pd.Timestamp) -> Found:
    """Backtests of the same recipe on each set of columns, at the same origins."""
    plain = frames.plain(rows, CUSTOMER_FEATURES, table="features.training_snapshots", needed_by="demo_ablation", times=("next_order_at",))
    told = pd.DataFrame()
    for name, columns in SETS.items():
        recipes = ("mean2", "bg_nbd") if name == "orders" else ("mean2",)
        found = backtest(Task("purchase", HORIZON_DAYS, columns), plain, now, recipes)
        if told.empty:
            told = found.rows[["profile_id", "as_of", "outcome", "bg_nbd"]].copy()
        told[name] = found.rows["mean2"]
    return Found(told.merge(_rfm(plain, sorted(told["as_of"].unique())), on=["profile_id", "as_of"], validate="one_to_one"))


def _rfm(plain: pd.DataFrame, judged: list[pd.Timestamp]) -> pd.DataFrame:
    """What a shop has without any model, at its best: the score of fifths, made a probability by what it meant at earlier origins."""
    from sklearn.isotonic import IsotonicRegression

    labelled = origins.with_outcome(plain, "purchase", HORIZON_DAYS)
    parts = []
    for origin in judged:
        learned = origins.learned_from(labelled, HORIZON_DAYS, origin)
        scores = np.concatenate([metrics.rfm_score(at) for _, at in learned.groupby("as_of", sort=True)])
        meant = IsotonicRegression(out_of_bounds="clip").fit(scores, learned.sort_values("as_of", kind="stable")["outcome"])
        here = plain[plain["as_of"] == origin]
        said = np.clip(meant.predict(metrics.rfm_score(here)), 1e-3, 1 - 1e-3)
        parts.append(here[["profile_id", "as_of"]].assign(rfm=said))
    return pd.concat(parts)


def main() -> None:
    """Print the table, and what each set of columns gains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--customers", 5000), ("--web-days", 270), ("--seed", 7)):
        parser.add_argument(name, type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = ablation(*snapshots(Path(folder), options.customers, options.web_days, options.seed))
    days = ", ".join(f"{origin:%Y-%m-%d}" for origin in sorted(found.rows["as_of"].unique()))
    print(f"an order within {HORIZON_DAYS} days, {len(found.rows):,} customers at {days}\n\n{found.table().round(4).to_string()}\n")
    for name in ("orders + web", "orders + e-mail", "all"):
        gain, low, high = found.gain("orders", name)
        print(f"{name}: log-loss lower by {gain:.4f} (90 % interval {low:.4f} to {high:.4f}) than orders alone")


if __name__ == "__main__":
    main()
