"""Progress for people at a terminal: one line for what a step has to say, nothing of what only machines read."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import TextIO

import dagster as dg

#: What dagster-dbt says of what it selects, and what Dagster says of each step behind a failed one, is for the log.
_FOR_THE_LOG = re.compile(r"dbt subsetted execution|^Dependencies for step")
#: Where progress goes; kept apart from standard output, which tools below write to.
_terminal: TextIO = sys.stderr


#: Dagster's name for Ctrl-C and SIGTERM.
INTERRUPTED = "DagsterExecutionInterruptedError"


def why(event: dg.DagsterEvent) -> str:
    """What made a step fail: the sentence meant for people where there is one, else the error at the bottom of it."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error is not None and error.cause is not None and error.cls_name != INTERRUPTED:
        error = error.cause
    if error is not None and error.cls_name == INTERRUPTED:
        return "it was stopped from outside; the next run makes good what it left, and sends nothing twice"
    return error.message.strip() if error is not None else "no reason was given"


def is_gate_shut(event: dg.DagsterEvent) -> bool:
    """Whether a step failed because its blocking check did not pass: the check itself says why."""
    error = event.step_failure_data.error
    return error is not None and error.cls_name == "DagsterAssetCheckFailedError"


def now_and_then(say: Callable[[str], None], prefix: str, stopwatch: Callable[[], float], every: float = 10.0) -> Callable[[str], None]:
    """Passes on a line when `every` seconds have gone since the last one, or since now: what is quickly done says nothing on its way."""
    last = stopwatch()

    def line(words: str) -> None:
        nonlocal last
        if stopwatch() - last >= every:
            last = stopwatch()
            say(prefix + words)

    return line


class _Lines(logging.Handler):
    """Prints what assets say themselves, and failures; Dagster's own events stay in its log."""

    def emit(self, record: logging.LogRecord) -> None:
        metadata = getattr(record, "dagster_meta", {})
        event = metadata.get("dagster_event")
        words = str(metadata.get("orig_message") or record.getMessage())
        if _FOR_THE_LOG.search(words):
            return
        if event is not None:
            if event.event_type != dg.DagsterEventType.STEP_FAILURE or is_gate_shut(event):
                return
            words = f"{event.step_key} failed: {why(event)}"
        sign = "!" if record.levelno >= logging.WARNING else " "
        print(f"{sign} {words}", file=_terminal, flush=True)


@dg.logger(config_schema={}, description="One line for what each step says, for a person at a terminal.")
def progress(_: dg.InitLoggerContext) -> logging.Logger:
    """The logger that `regulars run` uses instead of Dagster's."""
    logger = logging.Logger("regulars.progress", level=logging.INFO)
    logger.addHandler(_Lines())
    return logger
