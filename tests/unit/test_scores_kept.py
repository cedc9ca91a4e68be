"""Estimates are kept for as long as somebody looks back, and no longer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from orchestration.assets.score_tables import ABOUT_MODELS, about, land, land_scores, scores_table
from orchestration.assets.taste_tables import TASTE, land_batches
from orchestration.resources import Folders
from orchestration.systems import policy

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
KEPT = int(policy("scores_kept_days"))


def test_what_nobody_looks_back_at_goes_when_new_estimates_come(tmp_path: Path) -> None:
    folders = Folders(root=str(tmp_path))
    landing, versions = folders.landing, ABOUT_MODELS["model_versions"]
    days = [NOW - timedelta(days=back) for back in (KEPT + 1, KEPT, 100, 0)]
    land(versions, "churn.parquet", [about(versions, [{"name": "churn", "model_version": "1", "trained_at": days[0]}])], landing)
    hour = {"profile_id": "p", "send_hour": 9, "share": 0.1, "evidence_count": 3, "trained_from": None, "trained_to": None}
    made = dict.fromkeys(("model", "model_version", "data_version", "reason"), "x")
    scored = about(scores_table("churn"), [{"profile_id": "p", "score": 0.5, **made}])
    for day in days:
        land_scores("churn", [scored], landing, day)
        land_batches("send_hour", [pd.DataFrame([{**hour, **made, "as_of": day.replace(tzinfo=None)}])], folders, day)
    wanted = [f"as_of_{day:%Y%m%dT%H%M%S}.parquet" for day in days[1:]]
    assert [place.name for place in landing.files(scores_table("churn"))] == wanted
    assert [place.name for place in landing.files(TASTE["send_hour"])] == wanted
    assert [place.name for place in landing.files(versions)] == ["churn.parquet"], "versions are kept for good"
    land_scores("churn", [scored], landing, days[2])
    assert [place.name for place in landing.files(scores_table("churn"))] == wanted, "a past day that is played again forgets nothing later"


def test_they_are_kept_for_longer_than_the_longest_horizon_is_judged() -> None:
    assert KEPT > 180 + 3
