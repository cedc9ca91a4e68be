"""What experiments are judged by, in words, and which way is better."""

from __future__ import annotations

#: Of these less is better.
LESS_IS_BETTER = ("unsubscribed", "complained", "bounced")
_METRICS = {
    "ordered": "people who order",
    "orders": "orders",
    "revenue": "revenue",
    "clicked": "people who click",
    "opened": "people who open",
    "unsubscribed": "people who unsubscribe",
    "complained": "people who complain",
}


def metric_words(metric: str) -> str:
    """`ordered` as `people who order`."""
    return _METRICS.get(metric, metric.replace("_", " "))
