"""Runs a suite over a frame and says in plain words what failed, where, and which rows: by their keys alone, never by their values.

One file: a run, its words and its rows are one thought.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    import great_expectations as gx
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.datasource.fluent.interfaces import Batch

SHOWN_KEYS = 5
_GRAVITY = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met.

    expectation: its name in Great Expectations. column: what it looked at ("" for the table). severity: critical, warning or info.
    unexpected_count, unexpected_share: rows that broke it, 0 and 0.0 where it judges the table as a whole. keys: of the first such rows.
    sentence: what is wrong and what to do.
    """

    expectation: str
    column: str
    severity: str
    unexpected_count: int
    unexpected_share: float
    keys: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Outcome:
    """One expectation, met or not. rule: what is expected, in words; where: of which rows ("": all). said: what was found; "" where it was
    as expected."""

    column: str
    rule: str
    where: str
    severity: str
    passed: bool
    said: str
    todo: str


@dataclass(frozen=True)
class GateResult:
    """passed: no critical expectation failed. failures: all that failed, critical ones first. rows: how many were judged. outcomes: of all
    expectations, in the order of the suite."""

    suite: str
    passed: bool
    rows: int
    failures: tuple[Failure, ...]
    outcomes: tuple[Outcome, ...] = ()

    @property
    def severity(self) -> str | None:
        """The gravest among the failures; `None`: everything was as expected."""
        return self.failures[0].severity if self.failures else None

    @property
    def sentence(self) -> str:
        """The outcome for a person."""
        if not self.failures:
            return f"{self.suite}: all as expected in {self.rows:,} rows."
        return " ".join(failure.sentence for failure in self.failures)


def together(results: Sequence[GateResult]) -> GateResult:
    """Several results as one, by the name and the rows of the first."""
    first = results[0]
    failures = sorted((failure for result in results for failure in result.failures), key=lambda failure: _GRAVITY[failure.severity])
    outcomes = tuple(outcome for result in results for outcome in result.outcomes)
    return GateResult(first.suite, all(result.passed for result in results), first.rows, tuple(failures), outcomes)


def validate(frame: pd.DataFrame, suite: gx.ExpectationSuite, key: str) -> GateResult:
    """Judges the frame. It must hold the suite's columns and `key`; a missing column is a critical failure, not an exception.

    Each expectation's meta may hold `todo`, what to do when it fails. Nothing is written, nothing leaves the process.
    """
    batch = _definition().get_batch({"dataframe": frame})
    try:
        return _judged(batch, frame, suite, key)
    finally:  # which would hold the frame until the next one
        loaded = batch.datasource.get_execution_engine().batch_manager
        loaded.reset_batch_cache()
        loaded.batch_data_cache.clear()


@cache
def _definition() -> BatchDefinition[Any]:
    """What frames are judged through, made once: it costs more than judging a small one."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.execution_engine import pandas_execution_engine

    # It fingerprints each frame that is not larger than this; nobody reads the fingerprint, and it costs as much as all the rest.
    pandas_execution_engine.HASH_THRESHOLD = 0
    # Its progress bars and notices belong to notebooks.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context.data_sources.add_pandas("frame").add_dataframe_asset("table").add_batch_definition_whole_dataframe("whole")


def _judged(batch: Batch, frame: pd.DataFrame, suite: gx.ExpectationSuite, key: str) -> GateResult:
    outcome = batch.validate(suite, result_format="BASIC")
    # To name rows, each row that is not as expected is looked up, met or not: only where it is not met, and SUMMARY gives the first few of
    # them (COMPLETE would list all). Their values come along, and are dropped in _keys.
    named = {"result_format": "SUMMARY", **({"unexpected_index_column_names": [key]} if key in frame.columns else {})}
    results = [
        batch.validate(result.expectation_config.to_domain_obj(), result_format=named)
        if result.expectation_config and not result.success
        else result
        for result in outcome.results
    ]
    judged = [(result, None if result.success else _failure(result, suite.name, key, frame)) for result in results]
    failures = sorted((failure for _, failure in judged if failure), key=lambda failure: _GRAVITY[failure.severity])
    passed = all(failure.severity != "critical" for failure in failures)
    return GateResult(suite.name, passed, len(frame), tuple(failures), tuple(_outcome(*each) for each in judged))


def _outcome(result: Any, failure: Failure | None) -> Outcome:
    config = result.expectation_config
    column = "+".join([config.kwargs["column"]] if "column" in config.kwargs else config.kwargs.get("column_list", ()))
    severity = failure.severity if failure else str(getattr(config.severity, "value", config.severity))
    said = failure.sentence if failure else ""
    where = ", ".join(_conditions(config.kwargs.get("row_condition")))
    return Outcome(column, _rule(config), where, severity, failure is None, said, (config.meta or {}).get("todo", ""))


def _conditions(condition: Any) -> list[str]:
    """A condition on rows in words, part by part: `usual_value >= 20`."""
    if not isinstance(condition, dict):
        return []
    if "conditions" in condition:
        return [words for part in condition["conditions"] for words in _conditions(part)]
    name = (condition.get("column") or {}).get("name", "")
    if condition.get("type") == "nullity":
        return [f"{name} {'is missing' if condition.get('is_null') else 'is there'}"]
    return [f"{name} {condition.get('operator', '')} {condition.get('parameter', '')}".strip()]


def _failure(result: Any, suite: str, key: str, frame: pd.DataFrame) -> Failure:
    config = result.expectation_config
    arguments = config.kwargs
    columns = [arguments["column"]] if "column" in arguments else list(arguments.get("column_list", ()))
    absent = [column for column in columns if column not in frame.columns]
    count = int(result.result.get("unexpected_count") or 0)
    elements = int(result.result.get("element_count") or 0)
    keys = _keys(result.result, key)
    what = f"{suite}.{'+'.join(columns)}" if columns else suite
    todo = (config.meta or {}).get("todo", "Look at the rows, and mend them where they come from.")
    if absent:
        said = f"column {', '.join(absent)} is missing"
    elif not result.result:
        said = "it could not be judged (its values are of another type)"
    elif count:
        said = f"{count:,} of {elements:,} rows are not as expected ({_rule(config)})"
    else:
        said = f"found {_rounded(result.result.get('observed_value'))}, expected {_rule(config)}"
    shown = f", the first: {', '.join(keys)}" if keys else ""
    return Failure(
        expectation=config.type,
        column="+".join(columns),
        severity="critical" if absent or not result.result else str(getattr(config.severity, "value", config.severity)),
        unexpected_count=count,
        unexpected_share=count / elements if elements else 0.0,
        keys=keys,
        sentence=f"{what}: {said}{shown}. {todo}",
    )


def _rule(config: Any) -> str:
    """The expectation in words, with its bounds: `values to be between, min_value 0, max_value 1`."""
    name = config.type.removeprefix("expect_").removeprefix("column_").removeprefix("table_").replace("_", " ")
    bounds = [f"{bound} {config.kwargs[bound]}" for bound in ("min_value", "max_value", "mostly") if config.kwargs.get(bound) is not None]
    return ", ".join([name, *bounds])


def _keys(result: dict[str, Any], key: str) -> tuple[str, ...]:
    rows = result.get("partial_unexpected_index_list") or []
    return tuple(dict.fromkeys(str(row[key]) for row in rows if isinstance(row, dict) and key in row))[:SHOWN_KEYS]


def _rounded(observed: Any) -> str:
    return f"{observed:.4g}" if isinstance(observed, float) else str(observed)
