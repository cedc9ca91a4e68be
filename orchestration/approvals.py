"""Campaigns that wait for a person, and a person's approval: what the command and the job of approvals both do."""

from __future__ import annotations

import math
import uuid
from datetime import datetime, timedelta

import pandas as pd

from orchestration.landing import Landing, land_rows
from orchestration.sources.approvals import APPROVALS
from orchestration.warehouse import Warehouse

HOW = "regulars campaigns approve NAME --by YOU, or the job approve_campaign"
#: By when the next run decides, a few more may have come than when somebody looked.
ROOM = 1.1


def held(warehouse: Warehouse) -> pd.DataFrame:
    """The campaigns that wait: campaign, kind, held_count, words, decided_at (naive UTC). Raises FileNotFoundError before the first run."""
    return warehouse.read("select campaign, kind, held_count, words, decided_at from decisions.spikes order by held_count desc, campaign")


def approve(warehouse: Warehouse, landing: Landing, campaign: str, by: str, at: datetime, hours: float, up_to: int | None = None) -> int:
    """Lets a campaign that waits go, up to a count: the given one, else what waits and a tenth. Holds for so many hours from `at` (aware).

    Gives the count. Raises ValueError where nobody is named, where the campaign does not wait, or where the count is none.
    """
    if not by.strip():
        raise ValueError("an approval names who gives it.")
    waiting = held(warehouse).set_index("campaign")["held_count"]
    if campaign not in waiting.index:
        raise ValueError(f"{campaign} does not wait for anybody; waiting are: {', '.join(waiting.index) or 'none'}.")
    count = up_to if up_to is not None else math.ceil(int(waiting[campaign]) * ROOM)
    if count <= 0 or hours <= 0:
        raise ValueError("an approval is up to a count above 0, and holds for some hours.")
    row = {"approval_id": uuid.uuid4().hex, "campaign": campaign, "approved_count": count, "approved_by": by.strip()}
    land_rows(APPROVALS, [{**row, "approved_at": at, "expires_at": at + timedelta(hours=hours)}], landing, at)
    return count
