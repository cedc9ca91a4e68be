"""What customers say to the shop: support tickets, reviews and surveys. Any database that SQLAlchemy speaks, or a folder of CSV files.

A row names its person by an account, a contact, an address, or all of them; whose ids these are is said by `customer_ids_of` and
`contact_ids_of` in dbt_project.yml.
"""

from __future__ import annotations

from orchestration.sources.table import Column, Table, moment, text

#: Who it was, as far as the system knows.
_PERSON = (
    text("customer_id", optional=True),
    text("contact_id", optional=True),
    text("email", personal=True, optional=True),
    text("country_code", optional=True),
    text("brand", optional=True),
)

TICKETS = Table(
    "service",
    "tickets",
    description="Support tickets that came or moved since the last run.",
    key=("ticket_id",),
    event_time="opened_at",
    columns=(
        text("ticket_id", required=True),
        *_PERSON,
        text("phone", personal=True, optional=True),
        text("channel", optional=True),
        text("subject", personal=True, optional=True),
        text("category", optional=True),
        text("priority", optional=True),
        text("status", required=True, values=("open", "pending", "solved", "closed")),
        Column("is_complaint", "BOOLEAN", optional=True),
        text("order_id", optional=True),
        moment("opened_at", required=True),
        moment("solved_at"),
        moment("updated_at", required=True),
    ),
)

REVIEWS = Table(
    "service",
    "reviews",
    description="Reviews of products that came or changed since the last run.",
    key=("review_id",),
    event_time="created_at",
    columns=(
        text("review_id", required=True),
        *_PERSON,
        text("product_id"),
        text("order_id", optional=True),
        Column("rating", "BIGINT", required=True, minimum=1, maximum=5),
        text("text", personal=True, optional=True),
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)

SURVEYS = Table(
    "service",
    "surveys",
    description="Answers to surveys (NPS, CSAT) that came since the last run.",
    key=("survey_id",),
    event_time="answered_at",
    columns=(
        text("survey_id", required=True),
        *_PERSON,
        text("kind", required=True, values=("nps", "csat")),
        Column("score", "BIGINT", required=True, minimum=0, maximum=10),
        text("comment", personal=True, optional=True),
        moment("answered_at", required=True),
        moment("updated_at", required=True),
    ),
)

TABLES = (TICKETS, REVIEWS, SURVEYS)
