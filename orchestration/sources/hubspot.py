"""HubSpot's contacts and companies, from its CRM API (developers.hubspot.com: "Contacts", "Companies", "Search the CRM").

All values of properties are text. A merged record is gone without a trace but for `hs_merged_object_ids` of the one it became part of.
"""

from __future__ import annotations

from datetime import timedelta

from orchestration.sources.hubspot_search import companies_of, lists, spoken
from orchestration.sources.rest import OTHER, Vendor, Via, bearer
from orchestration.sources.rest.fields import Json
from orchestration.sources.table import EACH_WEEK, Column, Table, moment, text

CONTACTS = Table(
    "hubspot",
    "contacts",
    deletes=EACH_WEEK,
    key=("contact_id",),
    event_time="created_at",
    description="Contacts of HubSpot that changed or were archived since the last run.",
    columns=(
        text("contact_id", required=True),
        text("email", personal=True),
        text("phone", personal=True),
        text("first_name", personal=True),
        text("last_name", personal=True),
        text("birth_date", personal=True),  # free text in HubSpot
        text("street", personal=True),
        text("postal_code"),
        text("city"),
        text("country_code", optional=True),
        text("company_name"),
        text("company_ids"),
        text("merged_ids"),
        Column("is_opted_out", "BOOLEAN"),
        text("legal_basis", optional=True),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)

COMPANIES = Table(
    "hubspot",
    "companies",
    deletes=EACH_WEEK,
    key=("company_id",),
    event_time="created_at",
    description="Companies of HubSpot that changed or were archived since the last run.",
    columns=(
        text("company_id", required=True),
        text("name"),
        text("domain"),
        text("merged_ids"),
        moment("created_at", required=True),
        moment("updated_at", required=True),
        OTHER,
    ),
)


def _reachable(properties: Json) -> object:
    return properties.get("mobilephone") or properties.get("phone")


HUBSPOT = Vendor(
    "hubspot",
    "https://api.hubapi.com",
    bearer,
    pace=timedelta(milliseconds=250),  # a search may be asked 4 times a second
    spoken=spoken,
    endpoints=(
        *lists(
            CONTACTS,
            "lastmodifieddate",
            {
                "contact_id": "id",
                "email": "properties.email",
                "phone": Via("properties", _reachable, ("an object",)),
                "first_name": "properties.firstname",
                "last_name": "properties.lastname",
                "birth_date": "properties.date_of_birth",
                "street": "properties.address",
                "postal_code": "properties.zip",
                "city": "properties.city",
                "country_code": "properties.hs_country_region_code",
                "company_name": "properties.company",
                "company_ids": Via("companies", ";".join),
                "merged_ids": "properties.hs_merged_object_ids",
                "is_opted_out": "properties.hs_email_optout",
                "legal_basis": "properties.hs_legal_basis",
                "created_at": "properties.createdate",
            },
            companies_of,
        ),
        *lists(
            COMPANIES,
            "hs_lastmodifieddate",
            {
                "company_id": "id",
                "name": "properties.name",
                "domain": "properties.domain",
                "merged_ids": "properties.hs_merged_object_ids",
                "created_at": "properties.createdate",
            },
        ),
    ),
)
