"""The table of contents: what the deployment is made of."""

import dagster as dg

from orchestration.assets.alerts import incidents
from orchestration.assets.approvals import approvals, nobody_waits
from orchestration.assets.arrivals import arrivals
from orchestration.assets.audiences import audiences
from orchestration.assets.campaign_reports import campaigns
from orchestration.assets.delivery import messages
from orchestration.assets.feedback import FEEDBACK
from orchestration.assets.proof import proof
from orchestration.assets.quarantine import quarantine
from orchestration.assets.raw import RAW
from orchestration.assets.reports import overview
from orchestration.assets.reviews import review as quarter_reviewed
from orchestration.assets.scores import SCORES
from orchestration.assets.taste import ASSETS as TASTE
from orchestration.assets.warehouse import decisions, warehouse
from orchestration.automation import (
    approve_campaign,
    daily,
    daily_schedule,
    due_messages,
    new_collected_events,
    new_events,
    quarantine_replay,
    quarterly_review,
    reactive,
    rehearsal,
    report,
    review,
)
from orchestration.checks import CHECKS
from orchestration.progress import progress
from orchestration.resources import resources
from orchestration.sources import alerts, experiments
from orchestration.sources import reactive as between_runs
from orchestration.sources.withheld import WITHHELD
from orchestration.systems import systems

#: Written by the delivery and by the warm worker as they go, read by the next run.
BETWEEN_RUNS = [
    dg.AssetSpec(["raw", table.raw_name], group_name="delivery", kinds={"parquet"}, description=table.description)
    for table in (WITHHELD, *between_runs.TABLES)
]
#: Written by imports and by the judging of experiments and alerts, read by the next run.
EXPERIMENTS = [
    dg.AssetSpec(["raw", f"{table.source}_{table.name}"], group_name="proof", kinds={"parquet"}, description=table.description)
    for table in (*experiments.TABLES, alerts.INCIDENTS)
]

defs = dg.Definitions(
    assets=[
        *RAW,
        *BETWEEN_RUNS,
        *EXPERIMENTS,
        approvals,
        quarantine,
        arrivals,
        *FEEDBACK,
        warehouse,
        *SCORES,
        *TASTE,
        decisions,
        proof,
        messages,
        incidents,
        audiences,
        overview,
        campaigns,
        quarter_reviewed,
    ],
    asset_checks=[*CHECKS, nobody_waits],
    jobs=[daily, reactive, rehearsal, quarantine_replay, approve_campaign, report, review],
    schedules=[daily_schedule, due_messages, quarterly_review],
    sensors=[new_events, *([new_collected_events] if "collector" in systems() else [])],
    resources=resources(),
    loggers={"console": dg.colored_console_logger, "progress": progress},
    executor=dg.in_process_executor,
)
