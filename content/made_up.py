"""A person who does not exist: what the checks and the preview write to."""

from typing import Any

from content.tokens import Campaign

_ENDINGS: list[tuple[tuple[str, ...], Any]] = [
    (("_at",), "2026-06-28 14:30:00"),
    (("_on", "_date"), "2026-06-28"),
    (("previous_price_amount", "previous_price"), 64.9),
    (("_amount", "price", "revenue", "total", "_value"), 49.9),
    (("_count", "_days", "_hours", "_minutes", "quantity", "orders", "_number", "_step", "points", "_years", "step", "_pct"), 3),
    (("_url",), "https://shop.example/something"),
    (("currency",), "EUR"),
    (("code",), "THANKS10"),
]


def made_up_values(campaign: Campaign) -> dict[str, dict[str, Any]]:
    """A value for every token of a campaign, as `write` takes them; all is invented."""
    return {
        "person": {"first_name": "Robin", "last_name": "Sample", "country_code": "DE", "orders_count": 4},
        "product": {
            "id": "sample-1",
            "name": "Sample Coffee 250 g",
            "category": "Coffee",
            "price": 12.5,
            "currency": "EUR",
            "url": "https://shop.example/products/sample-1",
        }
        if "product_id" in campaign.columns
        else {},
        "event": {token.partition(".")[2]: _value(token) for token in campaign.tokens if token.startswith("event.")},
        "recommendations": {
            "buy_again": ["Sample Coffee 250 g", "Paper Filters"],
            "new_for_you": ["Green Tea", "Milk Jug", "Oat Biscuits"],
        },
        "shop": {"name": "The Shop", "url": "https://shop.example", "address": "1 Sample Street, 10115 Berlin"},
        "links": {"unsubscribe": "https://shop.example/unsubscribe?m=sample", "preferences": "https://shop.example/preferences?m=sample"},
    }


def _value(token: str) -> Any:
    name = token.partition(".")[2]
    if name.startswith(("is_", "has_")):
        return True
    for endings, value in _ENDINGS:
        if name.endswith(endings):
            return value
    return f"sample {name.replace('_', ' ')}"
