"""A person's word about an experiment: a verdict like any other, with who said it."""

from __future__ import annotations

from datetime import datetime, timedelta

from experiments.records import Verdict
from orchestration.judging import history, land_verdicts, rows_of, trial_of
from orchestration.landing import Landing
from orchestration.landing.zone import naive, quoted
from orchestration.warehouse import Warehouse

RUNNING = ("test", "watch")


def say(warehouse: Warehouse, landing: Landing, experiment: str, decision: str, by: str, because: str, at: datetime) -> Verdict:
    """Stops a running experiment (`stop`), or lets one go on that was stopped while it was tested (`continue`). at: aware.

    Raises LookupError where there is no such experiment, ValueError where it does not run, was not stopped, or nobody is named.
    """
    if not by.strip():
        raise ValueError("a verdict names who gives it.")
    with warehouse.open() as connection:
        declared = rows_of(connection, f"select * from decisions.experiments where experiment = {quoted(experiment)}")
    if not declared:
        raise LookupError(f"there is no experiment {experiment}; see regulars experiments status.")
    trial = trial_of(declared)
    if not trial.is_judged:
        raise ValueError(f"{experiment} is a control group, which never ends; its share is holdout_pct in the campaign's own file.")
    own = [verdict for verdict in history(landing) if verdict.experiment == experiment]
    latest = max(own, key=lambda verdict: verdict.decided_at, default=None)
    phase = latest.next_phase if latest else "test"
    if decision == "stop" and phase not in RUNNING:
        raise ValueError(f"{experiment} does not run: it is {phase}.")
    if decision == "continue" and (phase != "stopped" or latest is None or latest.phase != "test"):
        raise ValueError(f"{experiment} cannot go on: it is {phase}, and only a test that was stopped can.")
    instant = naive(at)
    if latest is not None:  # the last word holds, also of two at one instant
        instant = max(instant, latest.decided_at + timedelta(seconds=1))
    verdict = Verdict(
        verdict_id=f"{experiment}:{phase}:{decision}:{instant:%Y%m%dT%H%M%S}",
        experiment=experiment,
        phase="test" if decision == "continue" else phase,
        decided_at=instant,
        decision=decision,
        next_phase="stopped" if decision == "stop" else "test",
        reason=because,
        winner=trial.control if decision == "stop" else None,
        decided_by=by.strip(),
        metric=trial.metric,
    )
    land_verdicts(landing, [verdict])
    return verdict
