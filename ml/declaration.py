"""What a model declares about itself, and when it may serve at all."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["purchase", "orders", "spend"]


@dataclass(frozen=True)
class Eligibility:
    """The least a shop must have: below the first three a score would be a guess, and there is none; below the last two a learned
    model loses to the buy-till-you-die fallback, which then serves."""

    min_buyers: int = 500
    min_history_days: int = 180
    recent_order_days: int = 30
    min_learning_buyers: int = 1000
    min_positives: int = 200


@dataclass(frozen=True)
class Declaration:
    """One model: what it predicts, from which columns, how far ahead, and for whom.

    kind: "purchase", the probability of an order within the horizon; "orders", their expected number; "spend", what they are expected
    to come to, in the reporting currency. `horizon_days` None means the shop's own horizon, which features.customer_features brings.
    `is_complement` turns a probability round: the score is 1 - P(order). Figures always speak of P(order), because with few
    buyers observed/expected of the non-buyers is close to 1 whatever the model does.
    `recipe` is the way of estimating (ml.recipes) that challenges the one that serves; it does when the gate lets it.
    """

    name: str
    kind: Kind
    features: tuple[str, ...]
    horizon_days: int | None
    is_complement: bool = False
    recipe: str = "mean2"
    eligibility: Eligibility = Eligibility()
