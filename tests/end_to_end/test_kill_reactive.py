"""kill -9 of the warm worker in the middle of its ticks, again and again: each order is confirmed once, and none is forgotten."""

import json
import os
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest
from command import regulars

from benchmarks.reactive import CAMPAIGN, Shop
from demo import shop
from demo.provider.options import Options
from demo.provider.server import Running, running

#: One whole run before it, and a start of the worker for each kill.
pytestmark = pytest.mark.slow
ORDERS, LIVES = 6, 3


@pytest.fixture
def sold(tmp_path: Path) -> tuple[Shop, Running]:
    """A shop that has run, an hour later."""
    world = tmp_path / "data" / "demo"
    urls = {"shop_url": f"sqlite:///{world / 'shop.db'}", "crm_url": f"sqlite:///{world / 'crm.db'}"}
    shop.create(world, customers=700, **urls)
    with running(world, options=Options(limits="off")) as provider:
        one = Shop(tmp_path, provider.url)
        settings = {name: value for name, value in one.environment.items() if name not in os.environ}
        done = regulars(one.data, "run", **settings)
        assert done.returncode == 0, done.stderr[-3000:]
        told = json.loads((world / "clock.json").read_text())
        one.begun = told["as_of"].replace("T", " ")[:19]
        (world / "clock.json").write_text(json.dumps({**told, "as_of": told["as_of"].replace("T09:", "T10:")}))
        yield one, provider


def test_a_worker_that_is_killed_again_and_again_confirms_each_order_once(sold: tuple[Shop, Running]) -> None:
    one, provider = sold
    people = one.customers(ORDERS * LIVES)
    for life in range(LIVES):
        for number in range(ORDERS * life, ORDERS * (life + 1)):
            one.order(number, people[number][0])
        begun, is_last = sent(provider).total(), life == LIVES - 1
        worker = one.start("react")
        deadline = time.monotonic() + 600
        # killed as soon as it sent the first of this life; the last one may finish
        while len(confirmed(one)) < len(people) if is_last else sent(provider).total() == begun:
            assert worker.poll() is None and time.monotonic() < deadline, (one.data.parent / "react.log").read_text()[-3000:]
            time.sleep(0.005)
        os.kill(worker.pid, signal.SIGTERM if is_last else signal.SIGKILL)
        worker.wait()
    assert worker.returncode == 0, "told to end, it ends by itself"
    assert max(sent(provider).values()) == 1
    assert confirmed(one) >= {profile_id for _, profile_id in people}
    with sqlite3.connect(one.data / "ledger.db") as connection:
        assert connection.execute("select count(*) from deliveries where status in ('sending', 'pending')").fetchone() == (0,)


def confirmed(one: Shop) -> set[str]:
    return {profile_id for profile_id, status in one.confirmed().items() if status == "accepted"}


def sent(provider: Running) -> Counter[str]:
    """How often the provider has each message of the campaign."""
    return Counter(str(message.message_key) for message in provider.state.messages() if message.campaign == CAMPAIGN)
