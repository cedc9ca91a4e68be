"""Raw events of any origin: files that anyone may drop, and what the HTTP collector kept. files/event_files.py reads both."""

from __future__ import annotations

from orchestration.sources.table import Column, Table, moment, money, text

EVENTS = Table(
    "collector",
    "events",
    key=("event_id",),
    event_time="event_at",
    watermark="event_at",
    changes=False,
    refused_at_most=1,  # anyone may send: one sender's mistake must not stop the others
    description="Events from dropped files and from the collector, each once.",
    columns=(
        text("event_id", required=True),
        text("event_name", required=True),
        moment("event_at", required=True),
        text("anonymous_id"),
        text("user_id"),
        text("email", personal=True),
        text("session_id"),
        text("page_url", personal=True),
        text("referrer", personal=True),
        text("source"),
        text("medium"),
        text("campaign"),
        text("item_id"),
        text("item_name"),
        text("item_category"),
        money("item_price"),
        Column("item_quantity", "BIGINT", minimum=0),
        money("value", minimum=None),
        text("currency"),
        text("order_id"),
        text("device_category"),
        text("brand"),
        Column("properties", personal=True),
        text("came_from"),
    ),
)
TABLES = (EVENTS,)
