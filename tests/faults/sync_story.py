"""Audiences that change between two syncs: people join, change, leave, come back, take another's address; drawn by a seed."""

import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa

PEOPLE = 14
_BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def members(tag: int, seed: int, turn: int) -> pa.Table:
    """The audience wished for at this turn (0, 1, …): one row per profile_id, as `sync` takes it."""
    chance = random.Random(seed)
    inside: set[int] = set()
    who, mail, tier = [0] * PEOPLE, [0] * PEOPLE, [0] * PEOPLE
    for now in range(turn + 1):
        for person in range(PEOPLE):
            draw = chance.random()
            if person not in inside:
                if draw < (0.6 if now == 0 else 0.35):
                    inside.add(person)
            elif draw < 0.20:
                inside.remove(person)
            elif draw < 0.30:
                who[person] += 1  # another profile with this one's address
            elif draw < 0.40:
                mail[person] += 1
            elif draw < 0.60:
                tier[person] += 1
    rows = [
        {
            "profile_id": f"{tag}-{person}.{who[person]}",
            "email": f"s{tag}.{person}.{mail[person]}@example.com",
            "tier": tier[person],
            "row_hash": f"{mail[person]} {tier[person]}",
        }
        for person in sorted(inside)
    ]
    schema = pa.schema([("profile_id", pa.string()), ("email", pa.string()), ("tier", pa.int64()), ("row_hash", pa.string())])
    return pa.Table.from_pylist(rows, schema)


def happenings(tag: int, turn: int) -> pa.Table:
    """What happened up to this turn, four things a turn, the oldest two turns back."""
    first, end = max(0, 4 * (turn - 1)), 4 * (turn + 1)
    rows = [
        {
            "row_id": f"{tag}-e{number}",
            "event": "visited",
            "occurred_at": _BEGIN + timedelta(hours=number),
            "profile_id": f"{tag}-{number % PEOPLE}",
            "email": f"h{tag}.{number % PEOPLE}@example.com",
            "phone": None,
        }
        for number in range(first, end)
    ]
    return pa.Table.from_pylist(rows)
