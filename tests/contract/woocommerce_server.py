"""A server that answers as WooCommerce's REST API v3 does, as far as the source asks: Basic authentication, pages by number with their
count in the headers, a filter by the time of change, the bin apart."""

import copy
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from api_kit import Asked, Reply

TOKEN = "ck_key:cs_secret"
ROOT = "/wp-json/wc/v3"
Record = dict[str, Any]


@dataclass
class Shop:
    """The shop's records, whole; `refunds` by the number of their order."""

    customers: list[Record] = field(default_factory=list)
    orders: list[Record] = field(default_factory=list)
    products: list[Record] = field(default_factory=list)
    refunds: dict[int, list[Record]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Basic {b64encode(TOKEN.encode()).decode()}":
            error = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources.", "data": {"status": 401}}
            return Reply(error, 401)
        parts = asked.path.removeprefix(f"{ROOT}/").split("/")
        is_refunds = parts[-1] == "refunds"
        records = self.refunds[int(parts[1])] if is_refunds else self._of(parts[0], asked.params)
        page, size = int(asked.params.get("page", 1)), int(asked.params.get("per_page", 10))
        assert size <= 100, "WooCommerce refuses more"
        headers = {"X-WP-Total": str(len(records)), "X-WP-TotalPages": str(-(-len(records) // size))}
        listed = records[(page - 1) * size : page * size]
        wanted = params["_fields"].split(",") if "_fields" in (params := asked.params) else None
        return Reply([{name: one[name] for name in wanted} for one in listed] if wanted else listed, headers=headers)

    def _of(self, name: str, params: dict[str, str]) -> list[Record]:
        records: list[Record] = getattr(self, name)
        if name == "orders":
            binned = params.get("status", "any") == "trash"
            records = [one for one in records if (one["status"] == "trash") == binned]
        if name == "customers":
            records = [one for one in records if params.get("role", "customer") in ("all", one["role"])]
        elif "modified_after" in params:
            name_of_time = "date_modified_gmt" if params.get("dates_are_gmt") == "true" else "date_modified"
            records = [one for one in records if (one[name_of_time] or "") > params["modified_after"]]
        assert params["orderby"] == "id"
        return sorted(records, key=lambda one: int(one["id"]), reverse=params["order"] == "desc")


def order(sample: Record, number: int, modified: str, **changed: Any) -> Record:
    """Another order like the sample, with lines of its own; its local time is three hours behind, which nothing may go by."""
    made: Record = copy.deepcopy(sample)
    for place, line in enumerate(made["line_items"]):
        line["id"] = number * 10 + place
    return {**made, "id": number, "refunds": [], "date_modified_gmt": modified, "date_modified": "2000-01-01T00:00:00", **changed}
