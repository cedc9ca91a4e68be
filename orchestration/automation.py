"""When things run: the jobs, the daily schedule, and the sensor that answers to new events.

One file, a little long: what each selects is read beside the others.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from orchestration.alerts.failing import tell_what_failed
from orchestration.assets.days import seen_days
from orchestration.landing.collected import waiting_files
from orchestration.reactive import presence
from orchestration.resources import Folders, Outside
from orchestration.sources.catalogue import FEEDBACK, SYSTEMS
from orchestration.sources.errors import SourceError
from orchestration.systems import systems

#: What a message in the reactive path is made of: what happened on the web and in the shop, what is in stock, what was sent, who agreed.
URGENT = {"events", "customers", "buyers", "contacts", "persons", "consents", "orders", "refunds", "tickets", "deliveries", "engagement"}
URGENT |= {"products", "shipments", "suppressions", "webhook_events"}
FRESH = dg.AssetSelection.assets(
    *(
        dg.AssetKey(["raw", table.raw_name])
        for table in (*(table for name in systems() for table in SYSTEMS[name]), *FEEDBACK)
        if table.name in URGENT
    ),
    dg.AssetKey(["raw", "operator_approvals"]),
)
#: With what is written down before anything is sent: who is held out or drawn into what, and what waits for a person; and what was odd.
SENT = dg.AssetSelection.assets(
    dg.AssetKey(["delivery", "messages"]),
    *(dg.AssetKey(["decisions", name]) for name in ("spikes", "assignments", "decision_history")),
    dg.AssetKey(["alerts", "incidents"]),
)
#: Scores are a day's work, and lists at the provider are not in a hurry.
UNHURRIED = dg.AssetSelection.groups("features", "scores")

#: Those of whom the warm worker knows nothing yet have a run of their own so often at most.
UNKNOWN_WAIT_SECONDS = 300

#: What the next run compares with: only runs that send write it.
REMEMBERED = dg.AssetSelection.assets(
    *(
        dg.AssetKey(["decisions", name])
        for name in ("assignments", "decision_history", "explanations", "campaign_history", "listed_members", "messages_audited")
    )
)

REVIEW = dg.AssetSelection.assets(dg.AssetKey(["reports", "review"]))

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all() - REVIEW,
    description="Everything, once: fetch, unify, estimate, decide, deliver.",
    executor_def=dg.in_process_executor,
    hooks={tell_what_failed},
)

rehearsal = dg.define_asset_job(
    "rehearsal",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("delivery", "feedback", "proof") - REMEMBERED - REVIEW,
    description="Everything up to the outbox, once; asks no provider, sends nothing, and leaves no trace in the history of decisions.",
    executor_def=dg.in_process_executor,
)

reactive = dg.define_asset_job(
    "reactive",
    selection=(FRESH | (FRESH.downstream() & SENT.upstream())) - UNHURRIED,
    description="From new events to sent messages: only what they touch, on the scores of the last daily run.",
    executor_def=dg.in_process_executor,
    hooks={tell_what_failed},
)

report = dg.define_asset_job(
    "report",
    selection=dg.AssetSelection.groups("reports") - REVIEW,
    description="The pages of the report alone, of the warehouse as it is.",
    executor_def=dg.in_process_executor,
)

review = dg.define_asset_job(
    "review", selection=REVIEW, description="The review of a quarter, by default of the last.", executor_def=dg.in_process_executor
)

quarantine_replay = dg.define_asset_job(
    "quarantine_replay",
    selection=dg.AssetSelection.assets(dg.AssetKey(["raw", "quarantine"])),
    description="Mends refused rows and lands them again: in the launchpad, choose table, reason or ids, and give the fixes.",
    executor_def=dg.in_process_executor,
)

approve_campaign = dg.define_asset_job(
    "approve_campaign",
    selection=dg.AssetSelection.assets(dg.AssetKey(["raw", "operator_approvals"])),
    description="Lets a campaign go that waits because it is far more than usual: in the launchpad, name it, and who says so.",
    executor_def=dg.in_process_executor,
)

daily_schedule = dg.ScheduleDefinition(
    name="daily_schedule",
    job=daily,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    description="Every morning at six (UTC).",
)

quarterly_review = dg.ScheduleDefinition(
    name="quarterly_review",
    job=review,
    cron_schedule="0 9 2 1,4,7,10 *",
    execution_timezone="UTC",
    description="On the second day of each quarter at nine (UTC): the review of the quarter before.",
)

due_messages = dg.ScheduleDefinition(
    name="due_messages",
    job=reactive,
    cron_schedule="5 * * * *",
    execution_timezone="UTC",
    description="Every hour: what waited for the morning or for its person's best hour goes in that hour, events or none.",
)


@dg.sensor(job=reactive, minimum_interval_seconds=30, description="Starts `reactive` when a day's file of events is new or has grown.")
def new_events(context: dg.SensorEvaluationContext, outside: Outside) -> dg.SensorResult | dg.SkipReason:
    """Compares the export's days with those of the last tick: files by size and time of change, tables by what BigQuery says of them."""
    try:
        seen = seen_days(outside)
    except SourceError as error:
        return dg.SkipReason(str(error))
    return _answered(context, seen, "days")


@dg.sensor(job=reactive, minimum_interval_seconds=30, description="Starts `reactive` when events or webhooks came, or a file was dropped.")
def new_collected_events(context: dg.SensorEvaluationContext, outside: Outside, folders: Folders) -> dg.SensorResult | dg.SkipReason:
    """Compares the files of the collector, of its webhooks and of EVENTS_FOLDER with those of the last tick, by size and time of change.
    They come all the time: while a run is under way, what comes waits for the next one. While the warm worker lives it answers, and a run
    starts only for whom it does not know yet, now and then. Once it has ended or died, a run takes up what it may have landed last."""
    if context.instance.get_runs(dg.RunsFilter(job_name=reactive.name, statuses=[*IN_PROGRESS_RUN_STATUSES]), limit=1):
        return dg.SkipReason("a run is under way")
    worker = presence.said(folders.data)
    if worker.get("is_able"):
        if not worker.get("unknown"):
            return dg.SkipReason("the worker answers")
        # who is new is made a person by a run alone; in the meantime the worker answers for all others
        slot = int(time.time() // UNKNOWN_WAIT_SECONDS)
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"unknown:{slot}")], cursor=context.cursor)
    waiting = waiting_files(outside.dropped_events, folders.collected_events, folders.collected_webhooks)
    return _answered(context, waiting | presence.left(folders.data), "files")


def _answered(context: dg.SensorEvaluationContext, seen: Mapping[str, Sequence[Any]], what: str) -> dg.SensorResult | dg.SkipReason:
    cursor = json.dumps(seen, sort_keys=True)
    before = json.loads(context.cursor or "{}")
    if not context.cursor:
        # the first tick only takes note: what is there already is the daily run's work
        return dg.SensorResult(skip_reason=f"took note of {len(seen)} {what}", cursor=cursor)
    changed = [name for name, state in seen.items() if before.get(name) != state]
    if not changed:
        return dg.SkipReason("no new events")
    newest = max(seen[name][1] for name in changed)
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"{changed[-1]}:{newest}", tags={"regulars/days": ",".join(changed)[:200]})],
        cursor=cursor,
    )
