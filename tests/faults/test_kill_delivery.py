"""kill -9 in the middle of a delivery, then a rerun: each message once, and what cannot be known is held and reported."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_process import KLAVIYO_MESSAGES, NOW, POINTS, TWILIO_MESSAGES, messages, run

from activations.ledger.tables import deliveries
from demo.provider.options import Options
from demo.provider.server import Running, running

CLAIMS, REQUESTS = 10, 36
SCRIPT = Path(__file__).with_name("delivery_process.py")


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(limits="off")) as provider:
        yield provider


def draws(seed: int, per_point: int, by_the_clock: int) -> list[dict[str, object]]:
    chance = random.Random(seed)
    by_name = [
        {"point": point, "nth": chance.randint(1, CLAIMS if "claim" in point else REQUESTS)} for point in POINTS for _ in range(per_point)
    ]
    return [*by_name, *({"after_seconds": round(chance.uniform(0.01, 0.35), 3)} for _ in range(by_the_clock))]


Kill = Callable[..., int]


@pytest.fixture(scope="module")
def killed() -> Iterator[Kill]:
    """Runs a delivery in a process that may be killed; gives its exit code: -9, or 0 if it was faster."""
    mother = subprocess.Popen([sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert mother.stdin is not None and mother.stdout is not None
    stdin, stdout = mother.stdin, mother.stdout

    def deliver_and_die(**settings: object) -> int:
        stdin.write(json.dumps(settings) + "\n")
        code = int(stdout.readline())
        assert code in (-9, 0)
        return code

    yield deliver_and_die
    stdin.close()
    assert mother.wait(30) == 0
    stdout.close()


def check(provider: Running, ledger: str, tag: int) -> None:
    report = run(provider.url, ledger, tag)
    inbox = [message for message in provider.state.messages() if (message.message_key or "").startswith(f"{tag}-")]
    copies = Counter(message.message_key for message in inbox)
    assert all(count == 1 for count in copies.values()), "sent twice"
    engine = sa.create_engine(ledger)
    with engine.connect() as connection:
        rows = {row.message_id: row for row in connection.execute(sa.select(deliveries)) if row.message_id.startswith(f"{tag}-")}
    engine.dispose()
    wanted = {message.message_id for message in messages(tag)}
    assert set(rows) == wanted and {row.status for row in rows.values()} <= {"accepted", "unknown"}, "something is forgotten"
    provider_ids = {message.message_key: message.message_id for message in inbox}
    for message_id, row in rows.items():
        if row.status == "accepted":
            assert copies[message_id] == 1
            assert row.destination == "klaviyo" or row.provider_ref == provider_ids[message_id]
    held = {message_id for message_id, row in rows.items() if row.status == "unknown"}
    assert held <= {message.message_id for message in report.held}, "what is held is listed"
    assert all(rows[message_id].destination == "twilio" for message_id in held) and len(held) <= 16
    assert report.left == 0
    again = run(provider.url, ledger, tag)
    assert (again.accepted, again.left) == (0, 0)


@pytest.mark.parametrize(("tag", "fate"), list(enumerate(draws(seed=7, per_point=2, by_the_clock=0), start=1)))
def test_killed_at_a_named_point(provider: Running, killed: Kill, tmp_path: Path, tag: int, fate: dict[str, object]) -> None:
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    assert killed(url=provider.url, ledger=ledger, tag=tag, **fate) == -9
    check(provider, ledger, tag)


@pytest.mark.parametrize(("tag", "fate"), list(enumerate(draws(seed=11, per_point=0, by_the_clock=3), start=101)))
def test_killed_at_any_instant_twice(provider: Running, killed: Kill, tmp_path: Path, tag: int, fate: dict[str, object]) -> None:
    """The second time while it settles what the first left behind."""
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    killed(url=provider.url, ledger=ledger, tag=tag, **fate)
    killed(url=provider.url, ledger=ledger, tag=tag, point="before_record", nth=1)
    check(provider, ledger, tag)


def test_killed_with_postgresql(provider: Running, killed: Kill, new_database: Callable[[], str]) -> None:
    ledger = new_database()
    for tag, point in ((201, "after_claim"), (202, "after_answer")):
        assert killed(url=provider.url, ledger=ledger, tag=tag, point=point, nth=8) == -9
        check(provider, ledger, tag)


@pytest.mark.slow
@pytest.mark.parametrize(("tag", "fate"), list(enumerate(draws(seed=13, per_point=12, by_the_clock=28), start=1001)))
def test_killed_a_hundred_times(provider: Running, killed: Kill, tmp_path: Path, tag: int, fate: dict[str, object]) -> None:
    ledger = f"sqlite:///{tmp_path}/ledger.db"
    killed(url=provider.url, ledger=ledger, tag=tag, **fate)
    check(provider, ledger, tag)


def test_the_counts_that_points_are_drawn_from() -> None:
    assert REQUESTS == KLAVIYO_MESSAGES // 10 + TWILIO_MESSAGES
