"""Experiments between the warehouse and the rules: what was counted, as the rules take it; what they say, as it lands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from experiments.records import Finding, Verdict
from experiments.trial import Arm, Rules, Tally, Trial
from orchestration import past_sums
from orchestration.assets.score_tables import about, land
from orchestration.landing import Landing
from orchestration.landing.zone import connect
from orchestration.sources.experiments import EFFECTS, VERDICTS
from orchestration.systems import policy
from orchestration.warehouse import Warehouse

Row = Mapping[str, Any]
_DECLARED = (
    "experiment, kind, phase, status, arm, is_control, share, from_bucket, to_bucket, "
    "metric, outcome_days, plan, looks, minimum_effect, guardrails"
)
PAST = "past:"


def rules_of() -> Rules:
    """The rules of a verdict, as vars.experiments of dbt_project.yml has them."""
    told = policy("experiments")
    return Rules(**{field.name: told[field.name] for field in fields(Rules) if field.name in told})


def rows_of(connection: Any, query: str) -> list[dict[str, Any]]:
    """The answer to a query as dictionaries of plain Python values."""
    found = connection.execute(query)
    names = [head[0] for head in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def read(warehouse: Warehouse, landing: Landing) -> tuple[list[Trial], list[Tally]]:
    """The experiments that have begun, and what was counted of all: by the warehouse, and of imported ones whose files say what came of
    people by that alone, which knows more segments. Raises FileNotFoundError where there is no warehouse yet."""
    counted = ", ".join(field.name for field in fields(Tally))
    with warehouse.open() as connection:
        declared = rows_of(connection, f"select {_DECLARED} from decisions.experiments order by experiment, from_bucket, arm")
        tallies = [Tally(**row) for row in rows_of(connection, f"select {counted} from proof.arms")]
    told = past_sums.tallies(landing)
    by_file = {tally.experiment for tally in told}
    tallies = [tally for tally in tallies if tally.experiment not in by_file] + told
    trials = [trial_of(list(rows)) for _, rows in groupby(declared, key=lambda row: row["experiment"])]
    begun = {tally.experiment for tally in tallies}
    return [trial for trial in trials if trial.experiment in begun] + past(tallies), tallies


def trial_of(rows: Sequence[Row]) -> Trial:
    """An experiment of its rows in decisions.experiments, one for each arm."""
    first = rows[0]
    return Trial(
        experiment=first["experiment"],
        kind=first["kind"],
        # an arm that was retired draws nobody, and keeps the share that it was planned with
        arms=tuple(Arm(row["arm"], row["is_control"], row["share"] or row["to_bucket"] - row["from_bucket"]) for row in rows),
        phase=first["phase"],
        metric=first["metric"],
        outcome_days=int(first["outcome_days"] or 0),
        plan=first["plan"] or "fixed",
        looks=int(first["looks"] or 1),
        minimum_effect=first["minimum_effect"],
        guardrails=tuple(name.strip() for name in (first["guardrails"] or "").split(",") if name.strip()),
    )


def past(tallies: Iterable[Tally]) -> list[Trial]:
    """The experiments of the past among what was counted: their arms are what their files say, and every metric counts."""
    arms: dict[str, dict[str, bool]] = {}
    for tally in tallies:
        if tally.experiment.startswith(PAST):
            arms.setdefault(tally.experiment, {})[tally.arm] = tally.is_control
    return [
        Trial(name, "past", tuple(Arm(arm, is_control) for arm, is_control in sorted(own.items())), plan="fixed", looks=1)
        for name, own in sorted(arms.items())
        if any(own.values())
    ]


def history(landing: Landing) -> list[Verdict]:
    """Everything that was decided so far."""
    landing.declare(VERDICTS)
    names = ", ".join(field.name for field in fields(Verdict))
    with connect() as connection:
        return [Verdict(**row) for row in rows_of(connection, f"select {names} from {landing.scan(VERDICTS)} order by decided_at")]


def land_verdicts(landing: Landing, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Appends verdicts, each once for ever; gives those that were new."""
    new = []
    with landing.alone(VERDICTS):
        for verdict in verdicts:
            name = f"{_file_name(verdict.verdict_id)}.parquet"
            if not (landing.folder(VERDICTS) / name).exists():
                land(VERDICTS, name, [about(VERDICTS, [asdict(verdict)])], landing)
                new.append(verdict)
    return new


def land_findings(landing: Landing, findings: Sequence[Finding], as_of: datetime) -> int:
    """Hands over what was found as of an instant; the same instant again replaces it. as_of: naive UTC. Gives the rows."""
    return land(EFFECTS, f"as_of_{as_of:%Y%m%dT%H%M%S}.parquet", [_table(findings)], landing)


def _table(findings: Sequence[Finding]) -> pa.Table:
    return about(EFFECTS, [asdict(finding) for finding in findings])


def _file_name(text: str) -> str:
    """A name for a file that no other text has."""
    return f"{re.sub(r'[^a-z0-9]+', '_', text.lower())[:80]}_{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8]}"
