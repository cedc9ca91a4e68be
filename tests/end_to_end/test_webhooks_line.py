"""What providers call back about reaches a receiver of its own process; the next reactive run lands it, and nobody writes to these people.

Slow: a daily run and two reactive ones.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import dagster as dg
import duckdb
import pytest
import requests
from carts_left import leave_a_cart
from provider_kit import SendGrid
from shell_kit import QUIET, SECRETS, Deployment, failures
from webhook_receiver import receiving

from activations.webhooks.registry import VENDORS
from demo.provider.options import Options
from demo.provider.server import running
from orchestration.definitions import defs
from orchestration.landing.webhooks import waiting_webhooks

MORNING = datetime(2026, 6, 30, 9, tzinfo=UTC)
SECRET = "klaviyo-secret-of-ours"
CAMPAIGN = "cart_abandoned"


def run(deployment: Deployment, job: str, at: datetime) -> None:
    (deployment.world / "clock.json").write_text(json.dumps({"as_of": at.isoformat()}))
    with mock.patch.dict(os.environ, deployment.settings):
        ran = defs.resolve_job_def(job).execute_in_process(instance=deployment.instance, raise_on_error=False, run_config=QUIET)
    assert isinstance(ran, dg.ExecuteInProcessResult) and ran.success, failures(ran)


def asked(deployment: Deployment, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(deployment.data / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(query, list(values)).fetchall()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


@pytest.mark.slow
def test_a_reactive_run_lands_what_was_called_back_and_writes_to_none_of_them_again(deployment: Deployment) -> None:
    with running(deployment.world) as provider:
        key = SendGrid(provider.url)("GET", "user/webhooks/event/settings/signed").json()["public_key"]
    secrets, tokens = {"klaviyo": SECRET, "sendgrid": key}, {"twilio": SECRETS["TWILIO_AUTH_TOKEN"]}
    with receiving(deployment.data / "collected", secrets, tokens=tokens) as receiver:
        hooks = {name: f"{receiver.url}/webhooks/{name}" for name in ("klaviyo", "sendgrid", "twilio")}
        options = Options(
            settle_seconds=0, klaviyo_webhook=hooks["klaviyo"], klaviyo_webhook_secret=SECRET, sendgrid_webhook=hooks["sendgrid"]
        )
        with running(deployment.world, options=options) as provider:
            deployment.settings |= {"KLAVIYO_URL": provider.url, "TWILIO_URL": provider.url, "TWILIO_STATUS_CALLBACK": hooks["twilio"]}
            run(deployment, "daily", MORNING)
            people = asked(
                deployment,
                "select profile_id, min(identifier_value), any_value(email) from profiles.profiles"
                " inner join identity.identifiers using (profile_id)"
                " where identifier_type = 'shop_customer_id' and is_email_reachable and not is_sms_reachable"
                " and profile_id not in (select profile_id from decisions.outbox)"
                " and email not in (select address from profiles.addresses where is_shared)"
                " group by profile_id order by profile_id",
            )
            ours = [one for one in provider.state.messages() if one.provider == "klaviyo" and one.accepted_at >= MORNING]
            assert len(people) >= 6 and len(ours) >= 3
            bounced, left, reader, *others = people
            by_sms = sum(one.provider == "twilio" and one.accepted_at >= MORNING for one in provider.state.messages())

            # another tool of the shop writes to three people by SendGrid, which we can learn of by webhook alone
            SendGrid(provider.url).mail(bounced[2], left[2], reader[2])
            theirs = {one.address: one for one in provider.state.messages() if one.provider == "sendgrid"}
            at = MORNING + timedelta(minutes=20)
            for person, status in ((bounced, "bounced"), (left, "unsubscribed"), (reader, "opened")):
                provider.state.react(theirs[person[2]].message_id, status, at)
            # of what we sent ourselves Klaviyo tells by webhook, and when it is asked
            provider.state.react(ours[0].message_id, "opened", at)
            provider.state.react(ours[1].message_id, "unsubscribed", at)

            told = lambda: requests.get(provider.url + "/_stats", timeout=30).json()["callbacks"]  # noqa: E731
            until(lambda: told()["waiting"] == 0 and told()["told"] >= len(ours) + 2 * by_sms + 9)
            assert told()["given up"] == 0 and len(receiver.kept()) > 0
            before = len(provider.state.messages())
            # now all of them leave a cart
            stopped = [bounced[0], left[0]]
            leave_a_cart(deployment.world, MORNING + timedelta(hours=1), [one[1] for one in people])
            waiting = {str(row["event_id"]) for row in waiting_webhooks(receiver.spool, VENDORS)}
            run(deployment, "reactive", MORNING + timedelta(hours=2))
            known = {row[0] for row in asked(deployment, "select event_id from raw.feedback_webhook_events")}
            assert waiting and waiting <= known, "all that was told before has landed, also from the file that is still written"
            new = provider.state.messages()[before:]
            reasons = dict(asked(deployment, "select profile_id, reason from decisions.decisions where campaign = ?", CAMPAIGN))
            run(deployment, "reactive", MORNING + timedelta(hours=3))
            everything = [(one.campaign, one.address, one.body) for one in provider.state.messages() if one.accepted_at >= MORNING]
            assert len(everything) == len(set(everything)), "an hour later goes what waited for its hour, and nothing twice"
    assert [reasons[one] for one in stopped] == ["suppressed", "suppressed"]
    assert reasons[reader[0]] != "suppressed" and "suppressed" not in [reasons[one[0]] for one in others]
    written = {one.address for one in new if one.campaign == CAMPAIGN}
    assert written and not written & {bounced[2], left[2], ours[1].address}
    since = dict(
        asked(deployment, "select reason, count(*) from profiles.suppressions where since_at = ? group by all", at.replace(tzinfo=None))
    )
    assert since == {"bounced": 1, "unsubscribed": 2}
    opened = asked(
        deployment,
        "select count(*) from staging.stg_feedback__engagements where status = 'opened' and message_id = ?",
        ours[0].message_key,
    )
    assert opened == [(1,)], "told by webhook and by listing, counted once"
    landed = asked(deployment, "select destination, count(*) from raw.feedback_webhook_events group by all order by all")
    assert {name for name, _ in landed} >= {"klaviyo", "sendgrid"}
    assert deployment.leaks() == []
