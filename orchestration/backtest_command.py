"""The command `regulars backtest`: what each recipe would have said at past origins, beside what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
import pandas as pd

from orchestration.assets.score_tables import DESCRIPTIONS
from orchestration.environment import data_folder, prepare

_SHOWN = {
    "purchase": ("auc", "pr_auc", "log_loss", "ece", "null_ece", "observed_over_expected"),
    "orders": ("rmse", "mae", "gini", "observed_over_expected"),
    "spend": ("rmse", "mae", "gini", "observed_over_expected"),
}


@click.command("backtest")
@click.argument("models", nargs=-1, type=click.Choice(list(DESCRIPTIONS)))
@click.option("--origins", default=3, show_default=True, help="So many of the latest origins that can be judged are pooled.")
@click.option("--recipe", "recipes", multiple=True, help="Recipes beside the fallback and BG/NBD; the model's own by default.")
@click.option("--by-origin", is_flag=True, help="Show the figures of every origin, and of every band of orders.")
def backtest_models(models: tuple[str, ...], origins: int, recipes: tuple[str, ...], by_origin: bool) -> None:
    """How good the models are on the warehouse as it is. Nothing is written, no model changes."""
    from ml.backtest import backtest
    from ml.findings import figures
    from ml.gate import ANCHOR, FALLBACK
    from ml.recipes import RECIPES
    from ml.registry import Registry
    from ml.training import Training
    from orchestration.assets.scores import training_of
    from orchestration.warehouse import Warehouse

    prepare()
    unknown = sorted(set(recipes) - set(RECIPES))
    if unknown:
        raise click.UsageError(f"no recipe is called {', '.join(unknown)}; there are {', '.join(RECIPES)}")
    reader = Warehouse(data=str(data_folder()))
    try:
        seen = reader.read("select max(as_of) as as_of from features.horizons").as_of[0]
        for name in models or tuple(DESCRIPTIONS):
            now: datetime = seen.to_pydatetime()
            training = Training(**training_of(name, reader, now), registry=Registry(data_folder() / "models", name))
            wanted = (FALLBACK, ANCHOR, *(recipes or (training.declared.recipe,)))
            found = backtest(
                training.task,
                training.rows(judged=origins),
                training.now,
                wanted,
                pooled=origins,
                most_rows=training.most_rows,
                progress=lambda text: click.echo(text, err=True),
            )
            click.echo("\n".join(_lines(name, found, figures(found), by_origin)))
    except (FileNotFoundError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _lines(name: str, found: Any, table: pd.DataFrame, by_origin: bool) -> list[str]:
    if not found.origins:
        return [f"{name}: no origin can be judged yet: {found.task.horizon_days} days of outcomes and an origin before them are needed"]
    metrics = _SHOWN[found.task.kind]
    head = (
        f"{name}, {found.task.horizon_days} days: {len(found.rows):,} rows of {len(found.origins)} origins from {found.origins[0]:%Y-%m-%d}"
    )
    lines = [head, "  " + f"{'':38}" + "".join(f"{metric:>24}" for metric in metrics), *(f"  {failure}" for failure in found.failures)]
    pooled = table["origin"].isna()
    chosen = table if by_origin else table[pooled & (table["band"] == "all")]
    when = chosen["origin"].dt.strftime("%Y-%m-%d").fillna("all origins")
    for (recipe, origin, band), rows in chosen.assign(origin=when).groupby(["recipe", "origin", "band"], sort=False):
        said = rows.set_index("metric")["value"]
        label = f"{recipe}, {origin}, {band}"
        lines.append("  " + f"{label:38}" + "".join(f"{said[metric]:24.4f}" for metric in metrics))
    return lines
