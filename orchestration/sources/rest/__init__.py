"""The kernel of the sources that are APIs: how a list is asked for, paged, tried again and read. A vendor's module only declares."""

from orchestration.sources.rest.endpoint import OTHER, Endpoint, Vendor, Via, bearer, keys, rows, timestamp

__all__ = ["OTHER", "Endpoint", "Vendor", "Via", "bearer", "keys", "rows", "timestamp"]
