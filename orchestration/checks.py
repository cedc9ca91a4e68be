"""The gates: every suite of expectations/ as a blocking check of the asset with the same key.

A gate that does not pass stops everything to its right; its result says which rows and why.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import dagster as dg

import expectations.raw
import expectations.scores
from expectations.docs import Judged
from expectations.gate import GateResult, together, validate
from expectations.probability import SHIFT_KEY, shift_suite
from orchestration.assets.landed import LANDED
from orchestration.data_docs import write_docs
from orchestration.landing import landed_frame, quarantine_frame, scores_frame, shift_frame
from orchestration.resources import Clock, Folders
from orchestration.sources.catalogue import TABLES
from orchestration.systems import systems


def gate_check(schema: str, table: str, module: ModuleType) -> dg.AssetChecksDefinition:
    """The suite of expectations/<schema>/<table>.py as a blocking check of the asset <schema>/<table>."""

    @dg.asset_check(
        asset=dg.AssetKey([schema, table]),
        name="gate",
        blocking=True,
        description=(module.__doc__ or "").strip(),
    )
    def gate(context: dg.AssetCheckExecutionContext, folders: Folders, clock: Clock) -> dg.AssetCheckResult:
        landing, as_of, columns = folders.landing, clock.as_of(context), dict.fromkeys((*module.COLUMNS, module.KEY))
        if (schema, table) == ("raw", "quarantine"):
            result = validate(quarantine_frame(landing, TABLES), module.suite(), module.KEY)
        elif schema == "scores":
            scores = validate(scores_frame(landing, LANDED[schema, table], columns, as_of), module.suite(), module.KEY)
            result = scores
            if "score" in columns:
                shift = validate(shift_frame(landing, LANDED[schema, table], as_of), shift_suite(f"scores.{table}"), SHIFT_KEY)
                result = together([scores, shift])
        else:
            result = validate(landed_frame(landing, LANDED[schema, table], columns), module.suite(), module.KEY)
        if result.failures:
            context.log.warning(result.sentence)
        judged = Judged(result, (module.__doc__ or "").strip(), context.run.run_id, as_of)
        return as_check_result(result, write_docs(folders.data / "data_docs", judged))

    return gate


def as_check_result(result: GateResult, page: Path) -> dg.AssetCheckResult:
    """What the UI shows of a gate: the rows judged, of each failure the rows and what to do, and where its page is."""
    failures = "\n".join(f"- **{failure.severity}**: {failure.sentence}" for failure in result.failures)
    return dg.AssetCheckResult(
        # a warning is shown as a check that did not pass, but blocks nothing: only severity ERROR does
        passed=not result.failures,
        severity=dg.AssetCheckSeverity.WARN if result.passed else dg.AssetCheckSeverity.ERROR,
        description=result.sentence,
        metadata={
            "rows_judged": result.rows,
            "failures": dg.MetadataValue.md(failures or "none"),
            "data_docs": dg.MetadataValue.path(page),
        },
    )


def _gates() -> list[dg.AssetChecksDefinition]:
    unused = {table.raw_name for table in TABLES if table.source not in ("feedback", *systems())}
    return [
        gate_check(schema, found.name, importlib.import_module(f"expectations.{schema}.{found.name}"))
        for schema, package in (("raw", expectations.raw), ("scores", expectations.scores))
        for found in pkgutil.iter_modules(package.__path__)
        if not (schema == "raw" and found.name in unused)
    ]


CHECKS = _gates()
