"""kill -9 in the middle of a delivery, then the run again: each message once, and what cannot be known is held and said."""

import os
import signal
import subprocess
import time
from collections import Counter

import dagster as dg
import pytest
import sqlalchemy as sa
from command import REGULARS, environment, regulars, run_summary

from activations.ledger.tables import deliveries
from demo import shop
from demo.provider.server import running

#: Two whole runs; the default run kills deliveries and syncs by themselves (tests/faults).
pytestmark = pytest.mark.slow


def test_a_run_that_is_killed_while_sending_is_made_good_by_the_next(tmp_path):
    data, world = tmp_path / "data", tmp_path / "world"
    urls = {"shop_url": f"sqlite:///{world / 'shop.db'}", "crm_url": f"sqlite:///{world / 'crm.db'}"}
    shop.create(world, customers=700, **urls)
    with running(world) as provider:
        settings = {
            "SHOP_URL": urls["shop_url"],
            "CRM_URL": urls["crm_url"],
            "GA4_FOLDER": str(world / "ga4"),
            "SERVICE_URL": f"sqlite:///{world / 'service.db'}",
            "REGULARS_CLOCK": str(world / "clock.json"),
            "KLAVIYO_URL": provider.url,
            "KLAVIYO_API_KEY": "pk_test",
            "TWILIO_URL": provider.url,
            "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
            "TWILIO_AUTH_TOKEN": "secret",
            "TWILIO_SENDER": "+15005550006",
        }
        command = [str(REGULARS), "run"]
        with (tmp_path / "killed.log").open("w") as log:
            killed = subprocess.Popen(command, env=environment(data, **settings), stdout=log, stderr=log, start_new_session=True)
            deadline = time.monotonic() + 600
            while not provider.state.messages():  # the first message is in: more are on their way
                assert killed.poll() is None, (tmp_path / "killed.log").read_text()[-3000:]
                assert time.monotonic() < deadline, "nothing was sent in ten minutes"
                time.sleep(0.002)
            os.killpg(killed.pid, signal.SIGKILL)
            killed.wait()

        done = regulars(data, "run", **settings)
        assert done.returncode == 0, done.stderr[-3000:]
        messages = provider.state.messages()

    with sa.create_engine(f"sqlite:///{data / 'ledger.db'}").connect() as connection:
        rows = connection.execute(sa.select(deliveries.c.message_id, deliveries.c.destination, deliveries.c.status)).all()
    emails = Counter(message.message_key for message in messages if message.provider == "klaviyo")
    texts = Counter((message.address, message.body) for message in messages if message.provider == "twilio")
    assert emails
    assert max(emails.values()) == 1
    assert not texts or max(texts.values()) == 1
    # nothing is lost: what the ledger calls accepted is what the provider has, and what is in doubt is held and said
    assert {row.message_id for row in rows if row.destination == "klaviyo" and row.status == "accepted"} == set(emails)
    assert {row.status for row in rows} <= {"accepted", "unknown"}
    unknown = sum(row.status == "unknown" for row in rows)
    accepted_texts = sum(row.destination == "twilio" and row.status == "accepted" for row in rows)
    assert accepted_texts <= texts.total() <= accepted_texts + unknown
    with dg.DagsterInstance.from_config(str(data / "dagster_home")) as instance:
        assert Counter(run.status for run in instance.get_runs()) == {dg.DagsterRunStatus.FAILURE: 1, dg.DagsterRunStatus.SUCCESS: 1}
    summary = run_summary(data)
    assert summary["messages"]["held"].get("unknown_outcome", 0) == unknown
