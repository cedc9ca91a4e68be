"""A simulation of journeys as lines of text: the people are made up, so they are called by their names."""

from __future__ import annotations

from datetime import datetime

from orchestration.replay.simulation import Simulation

SIGNS = {"happens": " ", "sent": ">", "held": "-"}


def lines(found: Simulation) -> list[str]:
    """Each person's timeline (`>` what went out, `-` what was held), then what was not as it must be or as was expected."""
    said = []
    for name, timeline in found.timelines.items():
        said += [name, *(f"  {line.at:%a %Y-%m-%d %H:%M}  {SIGNS[line.what]} {line.said}" for line in timeline)]
        said += [] if timeline else ["  nothing happened, and nothing was sent"]
    sent = sum(map(len, found.sent.values()))
    said += ["", f"{sent} messages to {sum(bool(got) for got in found.sent.values())} of {len(found.timelines)} people, "
             f"decided {found.instants} times"]  # fmt: skip
    said += [f"BROKEN: {line}" for line in found.broken] or [
        "no cap, consent, quiet hour, cooldown or control group was broken, nothing went out twice"
    ]
    said += [f"NOT AS EXPECTED: {line}" for line in found.unmet] or ["all came as the file expects"]
    return said


def compared(before: Simulation, after: Simulation) -> list[str]:
    """Who gets what only by the one or only by the other: `+` by the later, `-` by the former."""
    said = []
    for name in after.timelines:
        old, new = before.sent.get(name, []), after.sent[name]
        moved = [*((one, "-") for one in old if one not in new), *((one, "+") for one in new if one not in old)]
        said += [
            f"  {name}: {sign} {campaign} by {channel} at {at:%Y-%m-%d %H:%M}" for (at, campaign, channel), sign in sorted(moved, key=_when)
        ]
    return said or ["  nobody gets anything else"]


def _when(moved: tuple[tuple[datetime, str, str], str]) -> datetime:
    return moved[0][0]
