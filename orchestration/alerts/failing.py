"""A run that fails before anything is sent is an incident too: told as it happens, for nothing behind it runs any more."""

from collections.abc import Iterable, Iterator

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster_dbt.errors import DagsterDbtError

from activations.masking import mask_text
from alerts.causes import REMEDIES
from alerts.incidents import Finding
from alerts.words import sentence
from orchestration.alerts.judging import STOPPED, stopped
from orchestration.alerts.telling import webhook_of
from orchestration.destinations import DestinationError, policy_of
from orchestration.resources import Clock, Folders, Outside
from orchestration.sources.errors import SourceError

#: Steps that messages wait for.
_BEFORE = ("raw__", "feedback__", "warehouse", "features__", "scores__", "decisions", "delivery__messages")


@dg.failure_hook(name="tell_what_failed", required_resource_keys={"folders", "clock", "outside"})
def tell_what_failed(context: dg.HookContext) -> None:
    """Opens an incident for what stopped the run. Says so in the log where even that fails; the run has failed already."""
    step, error = str(context.step_key), context.op_exception
    if error is None or not step.startswith(_BEFORE):
        return
    clock: Clock = context.resources.clock
    folders: Folders = context.resources.folders
    outside: Outside = context.resources.outside
    try:
        finding = finding_of_failure(step, error, policy_of().names)
        run = context.instance.get_run_by_id(context.run_id)
        if run is None:
            return
        as_of = clock.as_of_run(context.instance, run)
        alerted = stopped(finding, folders.landing, as_of, webhook_of(outside, clock))
    except Exception as fault:  # a hook that fails would hide what it is about
        context.log.error(f"alerts: what stopped the run could not be told: {type(fault).__name__}")
        return
    for one in alerted.opened:
        context.log.error(f"alert {one.alert_id}: {one.finding.sentence} {one.finding.what_next}")
    for why in alerted.untold:
        context.log.warning(f"alerts: the webhook was not told: {why}")


def finding_of_failure(step: str, error: BaseException, destinations: Iterable[str]) -> Finding:
    """What stopped the run, from the error that ended a step."""
    chain = list(_causes(error))
    place = step.replace("__", "/", 1)
    said = mask_text(str(chain[-1]).strip().splitlines()[0] if str(chain[-1]).strip() else type(chain[-1]).__name__)
    source = next((one for one in chain if isinstance(one, SourceError)), None)
    dimension, name = "all", "all"
    if source is not None and source.source in set(destinations):
        dimension, name, cause, said = "destination", source.source, "provider", mask_text(str(source))
    elif source is not None:
        cause, said = "freshness", mask_text(str(source))
    elif any(isinstance(one, DagsterAssetCheckFailedError) for one in chain):
        cause, said = "gate", f"the gate of {place} did not pass"
    elif any(isinstance(one, DagsterDbtError) for one in chain):
        cause, said = "gate", "a model could not be built, or a test of its data did not pass: its log names it"
    elif any(isinstance(one, DestinationError) for one in chain):
        cause = "provider"
    else:
        cause = "fault"
    words = f"Nothing was sent: the run stopped at {place}"
    finding = Finding("sent", dimension, name, "drop", "error", cause, sentence(words, cause, (said,)), (said,), REMEDIES[cause])
    assert dimension != "all" or finding.key == STOPPED  # it is looked for by this key when a run comes to its end again
    return finding


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__
