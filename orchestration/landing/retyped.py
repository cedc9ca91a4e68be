"""A column whose values as a whole are not what is declared any more stops its table, with the difference; a few bad rows do not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from orchestration.landing.result import Landed
from orchestration.sources.errors import SourceError, masked_person
from orchestration.sources.table import Column, Table

#: Fewer rows than this are a few, whatever share of the new ones they are.
MANY = 10


def stop_if_retyped(table: Table, landed: Landed, examples: Mapping[str, Sequence[str]]) -> None:
    """Raises SourceError where a rule about what a column holds refused many of the rows that are new in this landing, and more than
    `table.refused_at_most` of them. examples: of each rule some refused rows, as JSON."""
    new = landed.rows + sum(landed.quarantined.values())
    wrong: list[str] = []
    for column in table.columns:
        for end, was in (("invalid", column.type), ("unknown", f"one of {', '.join(column.values)}"), ("missing", "never empty")):
            reason = f"{column.name}_{end}"
            rows = landed.quarantined[reason]
            if rows >= MANY and rows > table.refused_at_most * new:
                wrong.append(f"{column.name} was {was}, is {_now(column, examples.get(reason, ()))} in {rows:,} of {new:,} new rows")
    if wrong:
        remedy = (
            f"Mend the source, or declare what it has now in orchestration/sources/{table.source}.py (refused_at_most there says how many "
            "may be refused). Nothing of the table was landed."
        )
        raise SourceError(table.source, table.name, f"a column is not what it was: {'; '.join(wrong)}.", remedy)


def _now(column: Column, payloads: Sequence[str]) -> str:
    values = [str(value) for payload in payloads if (value := json.loads(payload).get(column.name)) not in (None, "")]
    if not values:
        return "empty"
    kinds = sorted({_kind(value) for value in values})
    return f"{' and '.join(kinds)} (like {', '.join(str(masked_person(value)) for value in values)})"


def _kind(value: str) -> str:
    try:
        float(value)
    except ValueError:
        return "structures" if value.lstrip()[:1] in ("{", "[") else "text"
    return "numbers"
