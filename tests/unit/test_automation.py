"""What the deployment is made of, and when it runs: definitions, jobs, the schedule."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.automation import daily_schedule
from orchestration.definitions import defs

#: Of the flow, and the constants that its stages read.
STAGES = set("raw feedback seeds staging identity profiles marts features scores audiences triggers decisions".split())  # noqa: SIM905
STAGES |= {"proof", "delivery", "reports"}
#: The models that dbt adds to the schema scores, whose other tables Python lands.
JUDGED = {path.stem for path in (Path(__file__).parents[2] / "dbt_project/models/scores").glob("*.sql")}


def selected(job: str) -> set[str]:
    return {key.to_user_string() for key in defs.resolve_job_def(job).asset_layer.selected_asset_keys}


def everything() -> set[str]:
    return {
        key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys() if defs.resolve_asset_graph().get(key).is_executable
    }


def test_the_definitions_are_valid_and_need_no_environment_to_load(environment: None) -> None:
    dg.Definitions.validate_loadable(defs)


def test_every_asset_says_what_it_is_and_to_which_stage_it_belongs() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description and len(node.description) > 20, key
        assert node.group_name in STAGES, key


def test_every_table_that_python_writes_has_a_gate_that_blocks() -> None:
    gates = {spec.asset_key: spec for check in defs.asset_checks or () for spec in check.check_specs if spec.name == "gate"}
    graph = defs.resolve_asset_graph()
    written = {key for key in graph.get_all_asset_keys() if graph.get(key).group_name in ("raw", "feedback", "scores")}
    written -= {dg.AssetKey(["scores", model]) for model in JUDGED}
    assert len(written) >= 19
    assert set(gates) == written
    assert all(spec.blocking and spec.description for spec in gates.values())


def test_daily_is_everything() -> None:
    assert selected("daily") == everything() - {"reports/review"}, "a review is made once a quarter"


def test_reactive_goes_from_events_to_messages_past_what_takes_its_time() -> None:
    reactive = selected("reactive")
    assert {
        "raw/ga4_events",
        "raw/shop_orders",
        "raw/crm_consents",
        "raw/feedback_deliveries",
        "raw/feedback_engagement",
        "raw/feedback_suppressions",
        "raw/feedback_webhook_events",
        "raw/operator_approvals",
        "decisions/campaign_limits",
        "decisions/spikes",
        "decisions/assignments",
        "decisions/decision_history",
        "raw/shop_products",
        "staging/stg_ga4__events",
        "identity/profile_ids",
        "profiles/consents",
        "profiles/suppressions",
        "triggers/cart_abandoned",
        "triggers/welcome",
        "decisions/candidates",
        "decisions/decisions",
        "decisions/outbox",
        "delivery/messages",
        "proof/alert_measures",
        "alerts/incidents",
    } <= reactive
    assert not {key for key in reactive if key.startswith(("features/", "scores/"))}
    assert not {"delivery/audiences", "decisions/memberships", "raw/shop_order_lines", "marts/cohorts", "marts/funnels"} & reactive


def test_a_rehearsal_ends_at_the_outbox() -> None:
    left_out = {key for key in everything() if key.startswith(("delivery/", "raw/feedback_", "proof/", "experiments/", "alerts/"))}
    assert len(left_out) > 8
    # what the next run compares with, what is kept of messages that went, and what is read of both
    remembered = ("assignments", "decision_history", "explanations", "campaign_history", "listed_members", "messages_audited")
    assert selected("rehearsal") == everything() - left_out - {f"decisions/{name}" for name in remembered} - {"reports/review"}


def test_the_jobs_run_the_gates_of_what_they_fetch() -> None:
    for job in ("daily", "reactive", "rehearsal"):
        gates = {node.name for node in defs.resolve_job_def(job).nodes if node.name.endswith("_gate")}
        landed = selected(job) - {f"scores/{model}" for model in JUDGED}
        assert gates == {key.replace("/", "__") + "_gate" for key in landed if key.startswith(("raw/", "scores/"))}, job


def test_the_schedule_starts_daily_every_morning() -> None:
    assert [schedule.name for schedule in defs.schedules or ()] == ["daily_schedule", "due_messages", "quarterly_review"]
    assert [sensor.name for sensor in defs.sensors or ()] == ["new_events"]
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 6, 30, 6, tzinfo=UTC))
    tick = daily_schedule.evaluate_tick(context)
    assert len(tick.run_requests or ()) == 1
    assert (daily_schedule.job_name, daily_schedule.cron_schedule, daily_schedule.execution_timezone) == ("daily", "0 6 * * *", "UTC")


def test_a_score_in_doubt_is_a_check_that_stops_nothing_and_says_what_it_means() -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["scores", "drift"]), "no_score_is_in_doubt")
    spec = defs.resolve_asset_graph().get_check_spec(key)
    assert not spec.blocking
    assert "keep their last state" in (spec.description or "")
