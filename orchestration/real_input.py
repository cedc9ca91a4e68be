"""The line on real data sets, up to the outbox: the same connectors, models and rules, and figures that are published to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

#: Figure -> query on the warehouse. Landed lines count what was refused too: no row is lost.
FIGURES = {
    "invoice_lines_landed": "select (select count(*) from raw.shop_order_lines)"
    " + (select count(distinct row_key) from raw.quarantine where source = 'shop' and table_name = 'order_lines')",
    "invoice_lines_good": "select count(*) from raw.shop_order_lines",
    "events": "select count(*) from raw.ga4_events",
    "purchase_events": "select count(*) from raw.ga4_events where event_name = 'purchase'",
    "purchases_with_id_not_set": "select count(*) from raw.ga4_events"
    " where event_name = 'purchase' and ecommerce.transaction_id = '(not set)'",
    "purchases_without_id": "select count(*) from raw.ga4_events where event_name = 'purchase' and ecommerce.transaction_id is null",
    "purchases_without_revenue": "select count(*) from raw.ga4_events where event_name = 'purchase' and ecommerce.purchase_revenue is null",
    "customers_with_a_paid_order": "select count(*) from profiles.profiles where orders_count > 0",
    "paid_orders": "select count(*) from profiles.profile_orders where is_paid and profile_id is not null",
    "revenue": "select cast(round(sum(total_amount), 2) as varchar) from profiles.profile_orders where is_paid and profile_id is not null",
    "contacts": "select count(*) from raw.crm_contacts",
    "people": "select count(*) from profiles.profiles",
    "messages_asked_for": "select count(*) from decisions.decisions where kind = 'message'",
    "outbox": "select count(*) from decisions.outbox",
    "memberships": "select count(*) from decisions.memberships",
}


def figures(data: Path) -> dict[str, Any]:
    """The figures of FIGURES, and `refused`: rows in quarantine by table and reason."""
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        found: dict[str, Any] = {name: connection.sql(query).fetchall()[0][0] for name, query in FIGURES.items()}
        refused = connection.sql(
            "select source || '.' || table_name || ': ' || reason, count(*) from raw.quarantine group by all order by 2 desc"
        ).fetchall()
    return {**found, "refused": {str(name): int(rows) for name, rows in refused}}


def lines(found: dict[str, Any]) -> list[str]:
    """The figures as a person reads them."""
    refused = ", ".join(f"{name} {rows:,}" for name, rows in found["refused"].items()) or "none"
    return [
        f"{found['invoice_lines_landed']:,} invoice lines landed, {found['invoice_lines_good']:,} of them good",
        f"refused, in quarantine: {refused}",
        f"{found['events']:,} events, {found['purchase_events']:,} of them purchases: {found['purchases_with_id_not_set']} with the id"
        f" '(not set)', {found['purchases_without_id']} with none, {found['purchases_without_revenue']} without revenue",
        f"{found['contacts']:,} contacts, {found['people']:,} people",
        f"{found['customers_with_a_paid_order']:,} customers with a paid order, {found['paid_orders']:,} orders,"
        f" {float(found['revenue']):,.2f} of revenue",
        f"{found['messages_asked_for']:,} messages asked for, {found['outbox']:,} in the outbox, {found['memberships']:,} memberships",
    ]
