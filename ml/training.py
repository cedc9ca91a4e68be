"""Train a declared model on the past, check it on what came after, and score the customers of today."""

from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd
import sklearn

from ml import eligibility, pipeline, split, versions
from ml.card import Evaluation, ModelCard
from ml.declaration import Declaration
from ml.features import plain
from ml.metrics import measure, rfm_score
from ml.scoring import row_reasons, score


@dataclass(frozen=True)
class Scored:
    """The model (`card`) and one row per customer with an order (`scores`, columns scoring.SCORE_COLUMNS)."""

    scores: pd.DataFrame
    card: ModelCard


def train_and_score(declaration: Declaration, training: pd.DataFrame, features: pd.DataFrame, as_of: datetime, seed: int = 0) -> Scored:
    """Train on the snapshots whose label is known at `as_of`, evaluate on the latest, refit on all, score `features`.

    `training`: rows of features.training_snapshots; `features`: rows of features.customer_features, of `as_of` or
    earlier; both with profile_id, as_of (naive UTC), horizon_days and the declared features, the first with the
    label. `as_of` is aware. The same input gives the same output, in whatever order the rows come.

    Raises FrameError where a frame is not as declared, ValueError for a naive `as_of` or features from after it.
    """
    if as_of.tzinfo is None:
        raise ValueError(f"as_of {as_of} has no time zone")
    now = pd.Timestamp(as_of).tz_convert("UTC").tz_localize(None)
    snapshots = _buyers(plain(training, declaration, table="features.training_snapshots", with_label=True))
    people = _buyers(plain(features, declaration, table="features.customer_features", with_label=False))
    if (people["as_of"] > now).any():
        raise ValueError(f"features.customer_features has rows of {people['as_of'].max()}, which is after {now}")
    snapshots = split.closed(snapshots, declaration, now)
    card = _train(declaration, snapshots, people[people["orders_count"].notna()], now, seed)
    return Scored(scores=score(card, declaration, people), card=card)


def _buyers(frame: pd.DataFrame) -> pd.DataFrame:
    """Only profiles with an order; an unknown count is kept, to be given a reason instead of being lost."""
    return frame[(frame["orders_count"] >= 1) | frame["orders_count"].isna()].reset_index(drop=True)


def _train(declaration: Declaration, snapshots: pd.DataFrame, buyers: pd.DataFrame, now: pd.Timestamp, seed: int) -> ModelCard:
    usable = snapshots[row_reasons(snapshots, declaration).isna()]
    origins = tuple(origin.to_pydatetime() for origin in sorted(usable["as_of"].unique()))
    horizons = sorted({declaration.horizon_days} if declaration.horizon_days else set(usable["horizon_days"].dropna()))
    objections = eligibility.objections(declaration.eligibility, buyers, usable)
    notes = []
    if len(usable) < len(snapshots):
        notes.append(f"{len(snapshots) - len(usable)} training rows were left out: {_commonest(snapshots, declaration)}")
    unseen = sorted(set() if declaration.horizon_days else set(buyers["horizon_days"].dropna()) - set(horizons))
    if unseen and horizons:
        notes.append(f"trained on horizons of {horizons} days, serves {unseen}")
    card = ModelCard(
        name=declaration.name,
        label=declaration.label,
        features=declaration.features,
        is_complement=declaration.is_complement,
        reason=f"not scored: {'; '.join(objections)}" if objections else None,
        model_version=None,
        data_version=versions.data_version(snapshots),
        sklearn_version=sklearn.__version__,
        seed=seed,
        as_of=now.to_pydatetime(),
        trained_from=None,
        trained_to=None,
        rows=len(usable),
        positives=int(usable["outcome"].sum()),
        origins=origins,
        horizons_days=tuple(int(days) for days in horizons),
        evaluation=None,
        notes=tuple(notes),
        parameters=None,
    )
    if objections:
        return card
    evaluation, remarks = _evaluate(declaration, usable, seed)
    fitted = pipeline.fit(usable[list(declaration.features)], usable["outcome"], seed)
    if int(fitted["model"].n_iter_[0]) >= pipeline.MAX_ITERATIONS:
        remarks.append(f"the fit did not settle within {pipeline.MAX_ITERATIONS} iterations")
    parameters = pipeline.parameters(fitted, declaration.features)
    return replace(
        card,
        model_version=versions.model_version(parameters),
        trained_from=origins[0],
        trained_to=origins[-1],
        evaluation=evaluation,
        notes=(*notes, *remarks),
        parameters=parameters,
    )


def _commonest(snapshots: pd.DataFrame, declaration: Declaration) -> str:
    return str(row_reasons(snapshots, declaration).value_counts().index[0])


def _evaluate(declaration: Declaration, usable: pd.DataFrame, seed: int) -> tuple[Evaluation | None, list[str]]:
    parts = split.temporal(usable, declaration)
    if parts is None:
        return None, ["not evaluated: there is only one closed origin"]
    past, latest = parts.past, parts.latest
    if past["outcome"].nunique() < 2:
        return None, ["not evaluated: before the latest origin all labels are the same"]
    names = list(declaration.features)
    probability = pipeline.probability(pipeline.fit(past[names], past["outcome"], seed), latest[names])
    evaluation = Evaluation(
        origin=latest["as_of"].iloc[0].to_pydatetime(),
        trained_rows=len(past),
        trained_from=past["as_of"].min().to_pydatetime(),
        trained_to=past["as_of"].max().to_pydatetime(),
        metrics=measure(latest["outcome"].to_numpy(), probability, rfm_score(latest)),
    )
    return evaluation, [parts.note] if parts.note else []
