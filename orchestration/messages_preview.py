"""The values that a preview is written with: a person of the warehouse, or one who does not exist. Nothing here prints."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from content.made_up import made_up_values
from content.tokens import ROUTING, Campaign
from content.values import Shop

_PERSON = """
select distinct profiles.profile_id from profiles.profiles as profiles
left join identity.profile_ids as profile_ids on profiles.profile_id = profile_ids.current_profile_id
where ? in (profiles.profile_id, profile_ids.profile_id, profiles.phone) or lower(?) = lower(profiles.email)
"""


def values_for(connection: duckdb.DuckDBPyConnection, campaign: Campaign, shop: Shop, person: str) -> tuple[dict[str, dict[str, Any]], str]:
    """The values of a campaign's message to a person, and in words where they are from.

    person: a profile_id, one that was merged into it, an e-mail address or a telephone number. What the trigger would tell is taken from
    its last row for the person, made up where it has none. Raises LookupError where nobody or several are found.
    """
    found = [row[0] for row in connection.execute(_PERSON, [person, person]).fetchall()]
    if len(found) != 1:
        raise LookupError("there is no such person" if not found else f"{len(found)} people have that address: name one by profile_id")
    values = made_up_values(campaign) | shop.values("preview")
    values["person"] = _row(connection, "first_name, last_name, country_code, orders_count", "profiles.profiles", "profile_id", found[0])
    shelves = connection.execute(
        "select shelf, list(product_name order by place) from scores.recommended_products"
        " where profile_id = ? and product_name is not null group by shelf",
        [found[0]],
    ).fetchall()
    values["recommendations"] = dict(shelves)
    happened = _row(connection, "*", f'triggers."{campaign.name}"', "profile_id", found[0], "order by occurred_at desc")
    if not happened:
        return values, f"person {found[0]}; it did not happen to them, so what the trigger and the product would say is made up"
    values["event"] = {name: _plain(value) for name, value in happened.items() if name not in ROUTING and value is not None}
    if product_id := happened.get("product_id"):
        values["product"] = {"id": product_id, "url": shop.product_link(product_id)} | _row(
            connection, "name, category, price_amount as price, currency", "staging.stg_all__products", "product_id", product_id
        )
    return values, f"person {found[0]}, about what happened at {happened['occurred_at']:%Y-%m-%d %H:%M} UTC"


def _row(connection: duckdb.DuckDBPyConnection, columns: str, table: str, key: str, value: str, order: str = "") -> dict[str, Any]:
    found = connection.execute(f"select {columns} from {table} where {key} = ? {order} limit 1", [value])
    names = [head[0] for head in found.description or ()]
    rows = found.fetchall()
    return {name: cell for name, cell in zip(names, rows[0], strict=True) if cell is not None} if rows else {}


def _plain(value: Any) -> Any:
    """A value as the JSON of decisions.candidates would have it."""
    if isinstance(value, datetime | date):
        return str(value)
    return value if isinstance(value, str | int | float | Decimal | bool | list) else str(value)
