"""A bounce, a complaint and an unsubscribe come in by webhook: one reactive run later nobody writes to these people, and a forged one does
nothing."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import requests
import webhook_kit
from command import REGULARS, environment, regulars
from webhook_kit import SENDGRID_KEY, public_text

pytestmark = pytest.mark.slow
AT = datetime(2026, 6, 30, 8, 30, tzinfo=UTC)
REACHABLE = """
    select email, profile_id from profiles.profiles where is_email_reachable and profile_id in
        (select profile_id from profiles.addresses where channel = 'email' group by all having count(*) = 1)
    order by profile_id limit 4
"""
MESSAGE = """
    select message_id, profiles.profile_id from staging.stg_feedback__deliveries as deliveries
    inner join identity.profile_ids as ids using (profile_id)
    inner join profiles.profiles as profiles on ids.current_profile_id = profiles.profile_id
    where deliveries.channel = 'email' and is_email_reachable and profiles.profile_id not in ({others}) order by message_id limit 1
"""


@contextmanager
def collecting(data: Path) -> Iterator[str]:
    """`regulars collect`, which takes SendGrid's webhooks and nothing else; its address."""
    secret = {"SENDGRID_WEBHOOK_SECRET": public_text(SENDGRID_KEY), "COLLECTOR_TOKEN": ""}
    command = [str(REGULARS), "collect", "--port", "0"]
    process = subprocess.Popen(command, env=environment(data, **secret), stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = next(line for line in process.stderr if "/webhooks/sendgrid" in line)
        yield said.split("POST ")[1].strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def rows(data: Path, sql: str) -> list[tuple[str, ...]]:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def test_what_providers_say_holds_within_one_reactive_run(tmp_path: Path) -> None:
    data = tmp_path / "data"
    done = regulars(data, "run", "--customers", "400")
    assert done.returncode == 0, done.stderr[-3000:]
    (bounced, complained, unsubscribed, other) = rows(data, REACHABLE)
    ((message_id, by_message),) = rows(data, MESSAGE.format(others=", ".join(f"'{one}'" for _, one in rows(data, REACHABLE))))
    common = {"timestamp": int(AT.timestamp()), "sg_message_id": "m.recvd-0"}
    told = [
        {**common, "event": "bounce", "type": "bounce", "email": bounced[0], "sg_event_id": "1", "reason": "550 5.1.1"},
        {**common, "event": "spamreport", "email": complained[0], "sg_event_id": "2"},
        {**common, "event": "unsubscribe", "email": unsubscribed[0], "sg_event_id": "3"},
        {**common, "event": "unsubscribe", "message_key": message_id, "email": "relay@example.net", "sg_event_id": "4"},
        {**common, "event": "bounce", "type": "blocked", "email": other[0], "sg_event_id": "5"},
    ]
    with collecting(data) as url:
        body, headers = webhook_kit.sendgrid("", time.time(), "", json.dumps(told).encode())
        for _ in range(2):
            assert requests.post(url, data=body, headers=headers, timeout=30).status_code == 200
        forged = json.dumps([{**common, "event": "unsubscribe", "email": other[0], "sg_event_id": "6"}])
        assert requests.post(url, data=forged, headers=headers, timeout=30).status_code == 401
    ran = regulars(data, "run", "--job", "reactive")
    assert ran.returncode == 0, ran.stderr[-3000:]
    people = (bounced[1], complained[1], unsubscribed[1], by_message)
    listed = ", ".join(f"'{one}'" for one in people)
    found = rows(data, f"select profile_id, reason from profiles.suppressions where channel = 'email' and profile_id in ({listed})")
    assert set(zip(people, ("bounced", "complained", "unsubscribed", "unsubscribed"), strict=True)) <= set(found)
    assert rows(data, f"select count(*) from profiles.profiles where profile_id in ({listed}) and is_email_reachable") == [(0,)]
    assert rows(data, f"select is_email_reachable from profiles.profiles where profile_id = '{other[1]}'") == [(True,)]
    assert rows(data, f"select count(*) from decisions.outbox where channel = 'email' and profile_id in ({listed})") == [(0,)]
    assert not list((data / "collected" / "webhooks").iterdir())
