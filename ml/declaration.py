"""What a model declares about itself, and when it may serve at all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Eligibility:
    """The least a shop must have before a model may score its customers; below it, a score would be a guess."""

    min_buyers: int = 500
    min_history_days: int = 180
    recent_order_days: int = 30
    min_positives: int = 200


@dataclass(frozen=True)
class Declaration:
    """One model: what it predicts, from which columns, how far ahead, and for whom.

    `label` is a boolean column of the training snapshots that says "an order came within the horizon".
    `horizon_days` is that horizon; None means that each row brings its own in its column `horizon_days`.
    `is_complement` turns the probability round: the score is 1 - P(label). Metrics always speak of P(label), because
    with few buyers observed/expected of the non-buyers is close to 1 whatever the model does.
    """

    name: str
    label: str
    features: tuple[str, ...]
    horizon_days: int | None
    is_complement: bool
    eligibility: Eligibility
