"""Where HubSpot's API has what, by the version that an account is spoken to in.

Versions with numbers are what most accounts, guides and clients speak, and are supported until September 2027; those that follow are
named by the month they came in, such as 2026-09 (developers.hubspot.com/docs/api-reference/legacy/migration-guide). What is sent and
answered is the same.
"""

import re
from dataclasses import dataclass

NUMBERED = "v3"


@dataclass(frozen=True, slots=True)
class Paths:
    """`new_list`: where lists are made."""

    contacts: str
    properties: str
    lists: str
    new_list: str
    events: str


def paths(version: str) -> Paths:
    """Of `v3`, or of a month such as `2026-09`. Raises ValueError for anything else."""
    if version == NUMBERED:
        return Paths("/crm/v3/objects/contacts", "/crm/v3/properties/contacts", "/crm/v3/lists", "/crm/v3/lists/", "/events/v3")
    if not re.fullmatch(r"20\d\d-\d\d", version):
        raise ValueError(f"HubSpot's API has no version {version!r}; write v3, or a month as 2026-09")
    lists = f"/crm/lists/{version}"
    return Paths(f"/crm/objects/{version}/contacts", f"/crm/properties/{version}/contacts", lists, lists, f"/events/{version}")
