"""What came of it: after the warehouse has counted, what each experiment brings, and what is decided by that. The next run acts on it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import dagster as dg
import pandas as pd

from experiments import states
from experiments.judge import judge
from experiments.records import Finding, Verdict
from experiments.trial import EVERYBODY
from orchestration.assets.pictures import intervals
from orchestration.assets.samples import sample
from orchestration.judging import history, land_findings, land_verdicts, read, rules_of
from orchestration.landing.zone import naive
from orchestration.resources import Clock, Folders
from orchestration.warehouse import Warehouse

EFFECTS_KEY, VERDICTS_KEY = dg.AssetKey(["experiments", "effects"]), dg.AssetKey(["experiments", "verdicts"])
COUNTED = [dg.AssetKey(["proof", "arms"]), dg.AssetKey(["decisions", "experiments"])]
#: So many verdicts are shown, the latest first.
SHOWN = 20


@dg.multi_asset(
    name="proof",
    specs=[
        dg.AssetSpec(
            EFFECTS_KEY,
            deps=COUNTED,
            group_name="proof",
            kinds={"python", "parquet"},
            description="What each experiment and control group brings against its control, by metric and segment, with intervals.",
        ),
        dg.AssetSpec(
            VERDICTS_KEY,
            deps=COUNTED,
            group_name="proof",
            kinds={"python", "parquet"},
            description="What is decided about experiments, each look once and with its reason; the next run gives people what won.",
        ),
    ],
)
def proof(context: dg.AssetExecutionContext, folders: Folders, clock: Clock, warehouse_reader: Warehouse) -> Iterator[dg.MaterializeResult]:
    """One reading of what was counted, for both."""
    as_of = naive(clock.as_of(context))
    trials, tallies = read(warehouse_reader, folders.landing)
    before = history(folders.landing)
    found, decided = judge(trials, tallies, before, rules_of(), as_of)
    rows = land_findings(folders.landing, found, as_of)
    new = land_verdicts(folders.landing, decided)
    primary = [one for one in found if one.is_primary and one.segment_type == EVERYBODY]
    for one in primary:
        if one.is_ratio_alarm:
            context.log.warning(f"{one.experiment}: {one.sentence}")
    for verdict in new:
        context.log.info(f"{verdict.experiment}: {verdict.decision}, {verdict.reason}")
    context.log.info(f"experiments: {len(trials):,} of {len(tallies):,} sums, {rows:,} effects, {len(new):,} new verdicts")
    yield dg.MaterializeResult(asset_key=EFFECTS_KEY, metadata=_effects(rows, primary))
    yield dg.MaterializeResult(asset_key=VERDICTS_KEY, metadata=_verdicts([*before, *new], new, as_of))


def _effects(rows: int, primary: Sequence[Finding]) -> dict[str, dg.MetadataValue | int]:
    shown = pd.DataFrame(
        [
            {"experiment": one.experiment, "phase": one.phase, "arm": one.arm, "state": one.state, "what there is to say": one.sentence}
            for one in primary
        ]
    )
    told: dict[str, dg.MetadataValue | int] = {
        "dagster/row_count": rows,
        "experiments": _table(shown, "no experiment yet"),
        "alarms": sum(one.state == states.ALARM for one in primary),
    }
    lifts = [
        (f"{one.experiment} {one.arm} ({one.metric})", one.lift, one.lift_low, one.lift_high)
        for one in primary
        if one.lift is not None and one.lift_low is not None and one.lift_high is not None
    ]
    return {**told, "lifts": intervals("Lift against the control, with its interval", lifts)} if lifts else told


def _verdicts(every: Sequence[Verdict], new: Sequence[Verdict], as_of: datetime) -> dict[str, dg.MetadataValue | int]:
    latest = sorted(every, key=lambda verdict: verdict.decided_at, reverse=True)[:SHOWN]
    shown = pd.DataFrame(
        [
            {
                "decided": f"{one.decided_at:%Y-%m-%d}",
                "experiment": one.experiment,
                "decision": one.decision,
                "by": one.decided_by,
                "why": one.reason,
            }
            for one in latest
        ]
    )
    return {
        "dagster/row_count": len(every),
        "new": len(new),
        "as_of": dg.MetadataValue.text(str(as_of)),
        "verdicts": _table(shown, "none yet"),
    }


def _table(shown: pd.DataFrame, nothing: str) -> dg.MetadataValue:
    """Sentences whole: they name nobody."""
    return sample(shown, rows=len(shown), width=600, is_masked=True) if len(shown) else dg.MetadataValue.md(nothing)
