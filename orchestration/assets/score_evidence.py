"""What is kept and shown of a model's training: its card and its backtest, as landed tables and as metadata of the run."""

import json
import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from orchestration.assets.pictures import lift_curve, reliability
from orchestration.assets.samples import sample
from orchestration.assets.score_tables import ABOUT_MODELS, about, land
from orchestration.resources import Folders

if TYPE_CHECKING:
    from ml.served import Served


def land_evidence(served: "Served", folders: Folders) -> None:
    """Hands over what is to be known of a new version: itself, and its backtest."""
    card, evidence = served.card, served.evidence
    assert evidence is not None
    ids = {"name": card["name"], "model_version": served.model_version, "trained_at": datetime.fromisoformat(card["trained_at"])}
    times = {key: datetime.fromisoformat(card[key]) if card[key] else None for key in ("trained_from", "trained_to")}
    counted = {"rows_count": card["rows"], "positives_count": card["positives"], "origins_count": len(card["origins"])}
    tables = {
        "model_versions": [{**card, **times, **counted, "card": json.dumps(card)}],
        "backtests": _plain(evidence.figures),
        "reliability": _plain(evidence.reliability),
        "lift": _plain(evidence.lift),
    }
    for table_name, found in tables.items():
        rows, table = [{**row, **ids} for row in found], ABOUT_MODELS[table_name]
        land(table, f"{card['name']}_{served.model_version}.parquet", [about(table, rows)], folders.landing)


def told(served: "Served") -> dict[str, Any]:
    """What the UI shows of the model that served: its version, how the gate decided, and the pictures of its backtest."""
    if served.state is None:
        return {"reason": served.reason or "not scored"}
    card = served.card
    facts = {
        key: card[key]
        for key in ("recipe", "horizon_days", "verdict", "data_version", "rows", "trained_from", "trained_to")
        if card.get(key)
    }
    shown: dict[str, Any] = {**facts, "model_version": served.model_version, "notes": "; ".join(served.notes) or "none"}
    evidence = served.evidence
    if evidence is None:
        return shown
    for metric in ("auc", "log_loss", "ece", "observed_over_expected", "rmse", "gini"):
        figures = evidence.figures
        chosen = figures[(figures["metric"] == metric) & (figures["band"] == "all") & figures["origin"].isna()]
        values = zip(chosen["recipe"].astype(str), chosen["value"].astype(float), strict=True)
        shown |= {f"{metric} ({recipe})": value for recipe, value in values if not math.isnan(value)}
    points = evidence.reliability[evidence.reliability["recipe"] == served.recipe]
    if len(points):
        shown["reliability"] = reliability(list(zip(points["expected"], points["observed"], strict=True)))
    if len(evidence.lift):
        shown["lift"] = lift_curve({str(name): list(rows["captured_share"]) for name, rows in evidence.lift.groupby("recipe")})
    shown["backtest"] = sample(evidence.figures[evidence.figures["origin"].isna()], rows=60)
    return shown


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.astype(object).where(frame.notna(), None).to_dict("records")]
