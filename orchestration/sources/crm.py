"""The CRM's database: contacts, and what each of them allowed. Any database that SQLAlchemy speaks."""

from __future__ import annotations

from orchestration.sources.table import EACH_RUN, Column, Reference, Table, moment, text

CONTACTS = Table(
    "crm",
    "contacts",
    description="Contacts of the CRM that changed since the last run, duplicates included.",
    key=("contact_id",),
    event_time="created_at",
    deletes=EACH_RUN,
    columns=(
        text("contact_id", required=True),
        text("shop_customer_id"),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        Column("birth_date", "DATE", bounded=False, personal=True),
        text("street", personal=True, optional=True),
        text("postal_code", optional=True),
        text("city"),
        text("country_code"),
        text("company_name", optional=True),
        text("brand", optional=True),
        text("time_zone"),
        text("preferred_channel", values=("email", "sms")),
        moment("created_at", required=True),
        moment("updated_at", required=True),
    ),
)

CONSENTS = Table(
    "crm",
    "consents",
    description="Statements of consent and withdrawals that came since the last run.",
    key=("consent_id",),
    event_time="recorded_at",
    deletes=EACH_RUN,
    refers_to=(Reference("contact_id", "contacts"),),
    columns=(
        text("consent_id", required=True),
        text("contact_id", required=True),
        text("channel", required=True, values=("email", "sms")),
        text("purpose", required=True, values=("marketing", "transactional")),
        text("status", required=True, values=("granted", "withdrawn")),
        moment("recorded_at", required=True),
        moment("updated_at", required=True),
    ),
)

TABLES = (CONTACTS, CONSENTS)
