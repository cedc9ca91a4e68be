"""What each of these models declares about itself: how much it needs, and what it gives. Their modules in ml/models are named like them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NextOrderDate:
    """least_gaps: gaps between orders that a customer needs. within_days: the answer is given that the order comes so soon.

    earliest, expected, latest: the probabilities whose dates are told.
    """

    name: str
    least_gaps: int
    within_days: int
    earliest: float
    expected: float
    latest: float


@dataclass(frozen=True)
class SendHour:
    """least_activities: what a person must have done; least_shop_activities: what all together must have."""

    name: str
    least_activities: int
    least_shop_activities: int


@dataclass(frozen=True)
class Kinds:
    """least_customers: with fewer there are no kinds of customers to speak of."""

    name: str
    least_customers: int


@dataclass(frozen=True)
class Recommendations:
    """per_shelf: products told of each shelf; least_customers: with fewer it is not learned what goes with what."""

    name: str
    per_shelf: int
    least_customers: int
