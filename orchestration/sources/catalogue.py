"""The table of contents of the sources: every system that can be used, with its tables. All of them can be read, landed or not."""

from __future__ import annotations

from orchestration.sources import (
    collector,
    crm,
    engagement,
    ga4,
    hubspot,
    keycrm,
    ledger,
    pipedrive,
    service,
    shop,
    shopify,
    suppressions,
    sync_rows,
    woocommerce,
)
from orchestration.sources.rest import Vendor
from orchestration.sources.table import Table

#: The systems that are APIs.
VENDORS: dict[str, Vendor] = {
    vendor.name: vendor for vendor in (hubspot.HUBSPOT, pipedrive.PIPEDRIVE, keycrm.KEYCRM, shopify.SHOPIFY, woocommerce.WOOCOMMERCE)
}

SYSTEMS: dict[str, tuple[Table, ...]] = {
    "shop": shop.TABLES,
    "crm": crm.TABLES,
    "ga4": ga4.TABLES,
    "collector": collector.TABLES,
    "service": service.TABLES,
    **{name: vendor.tables for name, vendor in VENDORS.items()},
}

#: What was sent and what became of it: always there.
FEEDBACK: tuple[Table, ...] = (*ledger.TABLES, *engagement.TABLES, *suppressions.TABLES, *sync_rows.TABLES)

TABLES: tuple[Table, ...] = (*(table for tables in SYSTEMS.values() for table in tables), *FEEDBACK)
