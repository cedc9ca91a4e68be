"""A provider that is down leaves the outbox as it was and says so; when it is back everything goes out, once."""

import sqlite3
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from provider_kit import set_clock
from shell_kit import Deployment, checks, failures, metadata

from demo.provider.server import running
from demo.provider.state import ProviderState
from orchestration.assets.delivery import messages

OUTBOX = """
    create schema decisions; create schema identity; create schema profiles;
    create table decisions.outbox (
        message_id varchar, campaign varchar, profile_id varchar, channel varchar, destination varchar, address varchar, message varchar,
        purpose varchar, subject varchar, body varchar, first_name varchar, occurred_at timestamp, occasion varchar,
        decided_at timestamp, priority integer, html_body varchar,
        is_void_after_order boolean, is_void_after_return boolean, is_void_while_ticket boolean, reader_ids varchar, counted_ids varchar
    );
    insert into decisions.outbox select
        'm' || n, 'cart_abandoned', 'p' || n, if(n <= 3, 'email', 'sms'), if(n <= 3, 'klaviyo', 'twilio'),
        if(n <= 3, 'ann' || n || '@example.com', '+4917012345' || n), 'cart_abandoned', 'transactional', 'Your cart',
        'Your cart waits, ' || n,
        'Ann', timestamp '2026-06-30 08:00:00', 'c' || n, timestamp '2026-06-30 09:00:00', 1, if(n <= 3, '<p>Your cart waits</p>', null),
        false, false, false, null, ''
        from range(1, 6) as rows (n);
    create table identity.profile_ids as select 'p' || n as profile_id, 'p' || n as current_profile_id from range(1, 6) as rows (n);
    create table profiles.profiles as
        select profile_id, true as is_email_reachable, true as is_sms_reachable from identity.profile_ids;
"""
OUTBOX_SIZE = 5


@pytest.fixture
def deployed(tmp_path: Path) -> Deployment:
    """No world but a provider's clock, and a warehouse with three e-mails and two SMS in the outbox."""
    deployed = Deployment(tmp_path)
    set_clock(deployed.world)
    deployed.data.mkdir()
    with duckdb.connect(str(deployed.data / "warehouse.duckdb")) as warehouse:
        warehouse.execute(OUTBOX)
    return deployed


def ledger(deployed: Deployment) -> dict[str, str]:
    with sqlite3.connect(deployed.data / "ledger.db") as connection:
        return dict(connection.execute("select message_id, status from deliveries").fetchall())


def test_down_then_back_then_nothing_left(deployed: Deployment) -> None:
    down = deployed.materialize(messages)
    assert down.success, failures(down)
    shown, answered = metadata(down, "delivery/messages"), checks(down)["delivery/messages:every_provider_answered"]
    assert (shown["accepted"], shown["left_in_outbox"], shown["unknown"]) == ({}, OUTBOX_SIZE, 0)
    assert "klaviyo cannot be used now" in shown["what_happened"] and "3 messages left in the outbox" in shown["what_happened"]
    assert (answered.passed, answered.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert set(answered.metadata["providers"].value) == {"klaviyo", "twilio"}
    assert checks(down)["delivery/messages:no_answer_was_lost"].passed
    assert set(ledger(deployed).values()) <= {"pending"}

    with running(deployed.world) as provider:
        back = deployed.materialize(messages, KLAVIYO_URL=provider.url, TWILIO_URL=provider.url)
        again = deployed.materialize(messages, KLAVIYO_URL=provider.url, TWILIO_URL=provider.url)

    assert metadata(back, "delivery/messages")["accepted"] == {"klaviyo": 3, "twilio": 2}
    assert metadata(back, "delivery/messages")["left_in_outbox"] == 0
    # there is no world to be asked once more before sending: marketing would wait, messages about orders go
    assert {name for name, check in checks(back).items() if not check.passed} == {"delivery/messages:sources_were_asked_once_more"}
    assert metadata(again, "delivery/messages")["accepted"] == {}
    assert "3 accepted before" in metadata(again, "delivery/messages")["what_happened"]
    assert ledger(deployed) == {f"m{number}": "accepted" for number in range(1, OUTBOX_SIZE + 1)}
    state = ProviderState(deployed.world / "provider.db")
    inbox = [(message.provider, message.address) for message in state.messages()]
    state.close()
    emails = [("klaviyo", f"ann{number}@example.com") for number in (1, 2, 3)]
    assert sorted(inbox) == [*emails, ("twilio", "+49170123454"), ("twilio", "+49170123455")]
    assert deployed.leaks() == []
    assert not [number for number in ("+49170123454", "+49170123455") if number in deployed.said()]


def test_one_provider_that_is_down_does_not_hold_up_the_other(deployed: Deployment) -> None:
    with running(deployed.world) as provider:
        run = deployed.materialize(messages, KLAVIYO_URL=provider.url)
    assert run.success
    assert metadata(run, "delivery/messages")["accepted"] == {"klaviyo": 3}
    assert metadata(run, "delivery/messages")["left_in_outbox"] == 2
    answered = checks(run)["delivery/messages:every_provider_answered"]
    assert not answered.passed and set(answered.metadata["providers"].value) == {"twilio"}


def test_without_a_warehouse_the_asset_says_what_to_do_first(tmp_path: Path) -> None:
    empty = Deployment(tmp_path)
    set_clock(empty.world)
    (said,) = failures(empty.materialize(messages)).values()
    assert "does not exist yet: materialise the warehouse first (make run)" in said
