"""All tables that can land, in the order of the flow: the table of contents of the sources."""

from __future__ import annotations

from orchestration.sources import crm, engagement, ga4, ledger, shop
from orchestration.sources.table import Table

TABLES: tuple[Table, ...] = (*shop.TABLES, *crm.TABLES, *ga4.TABLES, *ledger.TABLES, *engagement.TABLES)
