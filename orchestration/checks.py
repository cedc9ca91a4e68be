"""The gates: every suite of expectations/ as a blocking check of the asset with the same key.

A gate that does not pass stops everything to its right; its result says which rows and why.
"""

import importlib
import pkgutil
from types import ModuleType

import dagster as dg

import expectations.raw
import expectations.scores
from expectations.gate import GateResult, validate
from orchestration.assets.landed import LANDED
from orchestration.landing import landed_frame, quarantine_frame
from orchestration.resources import Folders
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
    def gate(context: dg.AssetCheckExecutionContext, folders: Folders) -> dg.AssetCheckResult:
        landing = folders.landing
        if (schema, table) == ("raw", "quarantine"):
            frame = quarantine_frame(landing, TABLES)
        else:
            frame = landed_frame(landing, LANDED[schema, table], dict.fromkeys((*module.COLUMNS, module.KEY)))
        result = validate(frame, module.suite(), module.KEY)
        if result.failures:
            context.log.warning(result.sentence)
        return as_check_result(result)

    return gate


def as_check_result(result: GateResult) -> dg.AssetCheckResult:
    """What the UI shows of a gate: the rows judged, and of each failure the rows and what to do."""
    failures = "\n".join(f"- **{failure.severity}**: {failure.sentence}" for failure in result.failures)
    return dg.AssetCheckResult(
        # a warning is shown as a check that did not pass, but blocks nothing: only severity ERROR does
        passed=not result.failures,
        severity=dg.AssetCheckSeverity.WARN if result.passed else dg.AssetCheckSeverity.ERROR,
        description=result.sentence,
        metadata={"rows_judged": result.rows, "failures": dg.MetadataValue.md(failures or "none")},
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
