"""A backtest as lines of text."""

from __future__ import annotations

from orchestration.replay.backtest import Backtest


def lines(found: Backtest) -> list[str]:
    """For the terminal: the figures first, then examples, then what to keep in mind. Addresses are masked."""
    first, last = found.instants[0], found.instants[-1]
    what = "requests" if found.kind == "message" else "people asked for"
    said = [
        f"{found.campaign}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, decided {len(found.instants)} times",
        f"  {'who qualified':<34}{found.asked:>9,} {what} of {found.people:,} people",
    ]
    said += [f"  {'- ' + reason.replace('_', ' '):<34}{taken:>9,}{'':4}{left:>9,} left" for reason, taken, left in found.rules]
    said.append(f"  {'sent' if found.kind == 'message' else 'in at the end':<34}{found.sent:>9,} to {found.reached:,} people")
    if found.waited:
        said.append("  of these waited first: " + ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in found.waited))
    if found.weeks:
        said += ["", f"  {'week from':<12}{'asked':>9}{'sent':>9}"]
        said += [f"  {week:%Y-%m-%d}  {asked:>9,}{sent:>9,}" for week, asked, sent in found.weeks]
    if found.members:
        said += ["", f"  {'at':<18}{'in':>9}{'allowed':>9}"]
        step = max(1, len(found.members) // 13)
        said += [f"  {at:%Y-%m-%d %H:%M}  {members:>9,}{allowed:>9,}" for at, members, allowed in found.members[::-1][::step][::-1]]
    if found.examples:
        said += ["", "  examples"]
        said += [
            f"  {outcome.replace('_', ' '):<22}{address:<28}{person:<24}{happened:<18}{words}".rstrip()
            for outcome, address, person, happened, words in found.examples
        ]
    return [*said, "", *(f"  note: {note}" for note in found.notes)]
