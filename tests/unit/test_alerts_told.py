"""Alerts reach the log, the UI and a webhook that listens: a provider that is down, a run that stops, a campaign that waits. One file."""

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import dagster as dg
import duckdb
import pytest
from alerts_kit import incidents, open_now, receiving
from click.testing import CliRunner
from provider_kit import AS_OF, set_clock
from shell_kit import QUIET, Deployment, checks, metadata

from alerts.incidents import Finding, Incident
from orchestration.alerts.book import Book
from orchestration.alerts.failing import finding_of_failure, tell_what_failed
from orchestration.alerts.telling import LONGEST_WAIT, Webhook, tell_all
from orchestration.assets.alerts import incidents as alerts_asset
from orchestration.assets.delivery import messages
from orchestration.landing import Landing
from orchestration.resources import resources
from orchestration.sources.errors import SourceError

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
SECRET = "whisper-it-softly"
TABLES = """
    create schema decisions; create schema identity; create schema profiles; create schema proof;
    create table decisions.outbox (
        message_id varchar, campaign varchar, profile_id varchar, channel varchar, destination varchar, address varchar, message varchar,
        purpose varchar, subject varchar, body varchar, first_name varchar, occurred_at timestamp, occasion varchar,
        decided_at timestamp, priority integer, html_body varchar, variant varchar,
        is_void_after_order boolean, is_void_after_return boolean, is_void_while_ticket boolean, reader_ids varchar, counted_ids varchar
    );
    insert into decisions.outbox by name select 'm1' as message_id, 'cart_abandoned' as campaign, 'p1' as profile_id, 'email' as channel,
        'klaviyo' as destination, 'ann@example.com' as address, 'cart_abandoned' as message, 'transactional' as purpose, 'Cart' as subject,
        'It waits' as body, timestamp '2026-06-30 08:00:00' as occurred_at, 'c1' as occasion, timestamp '2026-06-30 09:00:00' as decided_at,
        1 as priority, false as is_void_after_order, false as is_void_after_return, false as is_void_while_ticket;
    create table identity.profile_ids as select 'p1' as profile_id, 'p1' as current_profile_id;
    create table profiles.profiles as select 'p1' as profile_id, true as is_email_reachable, true as is_sms_reachable;
    create table decisions.spikes (campaign varchar, kind varchar, held_count bigint, words varchar, decided_at timestamp);
    create table decisions.decision_history (kind varchar, campaign varchar, rule_version varchar, decided_at timestamp);
    create table proof.alert_measures (step varchar, dimension varchar, name varchar, window_hours integer, is_share boolean,
        day_lag bigint, cases bigint, hits bigint);
"""


@pytest.fixture
def deployed(tmp_path: Path) -> Deployment:
    """A warehouse with one message in the outbox, whose providers are nowhere."""
    deployed = Deployment(tmp_path)
    set_clock(deployed.world)
    deployed.data.mkdir()
    with duckdb.connect(str(deployed.data / "warehouse.duckdb")) as warehouse:
        warehouse.execute(TABLES)
    return deployed


def test_a_provider_that_is_down_is_alerted_in_the_run_in_which_it_is_and_told_once(deployed: Deployment) -> None:
    with receiving() as receiver:
        hook = {"ALERT_WEBHOOK_URL": receiver.url, "ALERT_WEBHOOK_SECRET": SECRET}
        down = deployed.materialize(messages, alerts_asset, **hook)
        still = deployed.materialize(messages, alerts_asset, **hook)
    assert down.success and still.success
    assert open_now(deployed.data) == {("sent", "klaviyo", "drop"): "provider"}
    check = checks(down)["alerts/incidents:everything_is_as_usual"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "klaviyo took 0 of 1 messages" in str(check.description) and "no connection" in str(check.description)
    assert (metadata(down, "alerts/incidents")["opened"], metadata(still, "alerts/incidents")["opened"]) == (1, 0)
    ((headers, body),) = receiver.heard
    told = json.loads(body)
    assert told["text"].startswith("ERROR: klaviyo took 0 of 1 messages in this run. Probably the provider")
    assert (told["event"], told["alert"]["step"], told["alert"]["name"]) == ("opened", "sent", "klaviyo")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert deployed.leaks() == [] and "unspeakable-path" not in deployed.said() and SECRET not in deployed.said()
    assert "ann@" not in body.decode()


def test_what_a_dead_run_did_not_tell_is_told_by_the_next_and_a_receiver_that_is_away_fails_nothing(deployed: Deployment) -> None:
    away = deployed.materialize(messages, alerts_asset, ALERT_WEBHOOK_URL="no address")
    assert away.success and not incidents(deployed.data)[0].told_opened_at
    with receiving() as receiver:
        assert deployed.materialize(alerts_asset, ALERT_WEBHOOK_URL=receiver.url).success
    assert [body["event"] for body in receiver.bodies] == ["opened"]
    assert "webhook-signature" not in receiver.heard[0][0]


def test_a_campaign_that_waits_is_a_spike_and_is_over_when_it_does_not(deployed: Deployment) -> None:
    def put(query: str) -> None:
        with duckdb.connect(str(deployed.data / "warehouse.duckdb")) as warehouse:
            warehouse.execute(query)

    words = "would send 900 messages; usual are 12 a day, the median of 30 days; up to 50 go unasked"
    put(f"insert into decisions.spikes values ('welcome', 'message', 900, '{words}', timestamp '2026-06-30 09:00:00')")
    deployed.materialize(alerts_asset)
    (one,) = incidents(deployed.data)
    assert (one.finding.step, one.finding.name, one.finding.cause) == ("requested", "welcome", "held_for_approval")
    assert "welcome would send 900 messages; usual are 12 a day" in one.finding.sentence
    assert "regulars campaigns approve welcome" in one.finding.what_next
    put("delete from decisions.spikes")
    set_clock(deployed.world, "2026-06-30T10:00:00+00:00")
    assert checks(deployed.materialize(alerts_asset))["alerts/incidents:everything_is_as_usual"].passed
    assert incidents(deployed.data)[0].closed_at == NOW + timedelta(hours=1)
    with mock.patch.dict(os.environ, {"REGULARS_DATA": str(deployed.data), "SHOP_URL": deployed.settings["SHOP_URL"]}):
        from orchestration.alerts_command import alerts

        listed = CliRunner().invoke(alerts, ["--all"])
    assert "requested welcome, since 2026-06-30 09:00 until 2026-06-30 10:00 UTC" in listed.output, listed.output
    assert listed.output.endswith("0 open, 1 ever\n")


def test_alerts_that_cannot_be_judged_say_so_and_fail_no_run(deployed: Deployment) -> None:
    with duckdb.connect(str(deployed.data / "warehouse.duckdb")) as warehouse:
        warehouse.execute("drop table proof.alert_measures")
    run = deployed.materialize(alerts_asset)
    assert run.success
    assert "could not be judged" in str(checks(run)["alerts/incidents:everything_is_as_usual"].description)


def test_a_run_that_stops_before_it_sends_is_told_as_it_stops(deployed: Deployment) -> None:
    @dg.asset(key=["raw", "feedback_engagement"])
    def asked() -> None:
        try:
            raise SourceError("klaviyo", "events", "it answered 503 to ann@example.com.", "The next run asks again.")
        except SourceError as error:
            raise dg.Failure(str(error), allow_retries=False) from error

    job = dg.define_asset_job("told", dg.AssetSelection.all(), hooks={tell_what_failed}, executor_def=dg.in_process_executor)
    with receiving(503, 429) as receiver, mock.patch("time.sleep"):
        settings = deployed.settings | {"ALERT_WEBHOOK_URL": receiver.url}
        with mock.patch.dict(os.environ, settings):
            definitions = dg.Definitions(assets=[asked], jobs=[job], resources=resources())
            run = definitions.resolve_job_def("told").execute_in_process(
                instance=deployed.instance, raise_on_error=False, run_config=QUIET, tags={"regulars/as_of": AS_OF}
            )
    assert not run.success
    (one,) = incidents(deployed.data)
    assert one.finding.key == ("sent", "destination", "klaviyo", "drop") and one.finding.cause == "provider"
    assert "it answered 503" in one.finding.sentence and "ann@" not in one.finding.sentence
    assert len(receiver.heard) == 3 and one.told_opened_at is not None
    # and the next run that gets past it ends it
    deployed.materialize(messages, alerts_asset)
    assert incidents(deployed.data)[0].closed_at is None, "the provider is away still"


def test_what_stopped_a_run_is_named_by_its_error() -> None:
    def named(error: BaseException, step: str = "raw__shop_orders") -> tuple[str, str]:
        found = finding_of_failure(step, error, ["klaviyo"])
        return found.name, found.cause

    assert named(SourceError("klaviyo", "", "503.", "Wait.")) == ("klaviyo", "provider")
    assert named(SourceError("shop", "orders", "it is away.", "Wait.")) == ("all", "freshness")
    assert named(RuntimeError("disk full")) == ("all", "fault")


def test_a_gate_that_shuts_is_what_stopped_the_run(deployed: Deployment) -> None:
    @dg.asset(key=["raw", "shop_orders"])
    def orders() -> None: ...

    @dg.asset_check(asset=orders, name="gate", blocking=True)
    def gate() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False)

    job = dg.define_asset_job("told", dg.AssetSelection.all(), hooks={tell_what_failed}, executor_def=dg.in_process_executor)
    with mock.patch.dict(os.environ, deployed.settings):
        definitions = dg.Definitions(assets=[orders], asset_checks=[gate], jobs=[job], resources=resources())
        run = definitions.resolve_job_def("told").execute_in_process(instance=deployed.instance, raise_on_error=False, run_config=QUIET)
    assert not run.success
    assert open_now(deployed.data) == {("sent", "all", "drop"): "gate"}
    assert "the gate of raw/shop_orders" in incidents(deployed.data)[0].finding.sentence
    deployed.materialize(messages, alerts_asset)
    assert open_now(deployed.data) == {("sent", "klaviyo", "drop"): "provider"}, "a run that comes to its end ends it"


def test_incidents_are_read_as_they_were_written(tmp_path: Path) -> None:
    finding = Finding("clicked", "campaign", "cart", "drop", "warn", "link", "words", ("one", "two"), "look", 0.0, 0.14, 0.1, 0.2)
    bare = Finding("sent", "all", "all", "drop", "error", "gate", "words")
    written = [Incident.opened(finding, NOW), Incident.opened(bare, NOW + timedelta(hours=1))]
    book = Book(Landing(tmp_path))
    assert book.incidents() == []
    book.write(written)
    book.write(written[:1])
    assert book.incidents() == written


def test_a_receiver_that_limits_is_asked_again_after_its_wait_and_one_that_refuses_is_not() -> None:
    waits: list[float] = []
    one = Incident.opened(Finding("sent", "all", "all", "drop", "error", "gate", "words"), NOW)
    with receiving(503, 503, 503) as receiver:
        told, failed = tell_all(Webhook(receiver.url, "", lambda: NOW, waits.append), [one], NOW)
        assert told == [] and len(failed) == 1 and len(receiver.heard) == 3 and max(waits) <= LONGEST_WAIT
        assert "unspeakable-path" not in failed[0]
    with receiving(404) as receiver:
        assert tell_all(Webhook(receiver.url, "", lambda: NOW, waits.append), [one], NOW)[1] == ["it answered 404"]
        assert len(receiver.heard) == 1
