"""Several workers share an outbox on a real PostgreSQL; some are killed, or halted for longer than their lease: each message once."""

import random
from collections.abc import Callable, Iterator

import pytest
from delivery_process import NOW, messages
from kill_mother import Life
from kill_world import World, at_any_instant, settled, steps, world

from activations.ledger import Ledger

SEEDS = 24


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request) as found:
        yield found


@pytest.fixture(scope="module")
def ledger(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture(scope="module")
def every_step(here: World, ledger: str) -> list[Life]:
    return steps(here.passed(worker(here, ledger, here.tag())), seed=7)


def worker(here: World, ledger: str, tag: int, **fate: object) -> Life:
    return here.life(what="deliver", size="middling", ledger=ledger, tag=tag, **fate)


def share(here: World, ledger: str, *fates: Life) -> list[int]:
    """One outbox, a worker per fate; then one more, who finds nothing left to do or does it."""
    tag = here.tag()
    codes = here.live(*(worker(here, ledger, tag, **fate) for fate in fates))
    settled(here, worker(here, ledger, tag))
    return codes


def doomed(chance: random.Random, every_step: list[Life], workers: int, deaths: int) -> list[Life]:
    """So many of them die, at a step or an instant."""
    fates: list[Life] = [chance.choice([chance.choice(every_step), at_any_instant(chance)]) for _ in range(deaths)]
    fates += [{} for _ in range(workers - deaths)]
    return chance.sample(fates, k=workers)


@pytest.mark.parametrize(("workers", "deaths"), [(2, 1), (4, 3)])
def test_some_are_killed(here: World, ledger: str, every_step: list[Life], workers: int, deaths: int) -> None:
    share(here, ledger, *doomed(random.Random(workers * 10 + deaths), every_step, workers, deaths))


@pytest.mark.parametrize("point", ["before ledger.start", "before twilio.send"])
def test_a_paused_worker_sends_nothing_that_another_has(here: World, ledger: str, point: str) -> None:
    """The second worker waits for the first one's lease to end, and takes over; then the first one wakes up."""
    codes = share(here, ledger, {"point": point, "nth": 1, "how": "STOP"}, {"later": True})
    assert codes == [-19, 0]


def test_a_worker_paused_in_the_middle_of_a_statement_holds_up_nobody(ledger: str) -> None:
    """Half of a batch of statements has reached the server, which waits for the rest, with the rows locked."""
    paused, other = Ledger(ledger, lease_seconds=0.2), Ledger(ledger, lease_seconds=0.2)
    message = next(messages(999_999))
    with paused.database.engine.connect() as connection:
        session = connection.connection.driver_connection.pgconn
        if session.server_version < 170000:
            pytest.skip("PostgreSQL ends long transactions from 17 on")
        session.enter_pipeline_mode()
        session.send_query_params(b"begin", None)
        columns = b"message_id, campaign, profile_id, channel, destination, status, attempts, updated_at"
        row = f"'{message.message_id}', 'c', 'p', 'email', 'klaviyo', 'pending', 0, now()".encode()
        session.send_query_params(b"insert into deliveries (%b) values (%b)" % (columns, row), None)
        session.send_flush_request()
        session.flush()
        with other.delivering():
            assert set(other.claim([message], NOW)) == {message.message_id}
        connection.invalidate()
    paused.close()
    other.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_many_are_killed(here: World, ledger: str, every_step: list[Life], seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        workers = chance.choice([2, 4])
        share(here, ledger, *doomed(chance, every_step, workers, chance.randint(1, workers)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEEDS))
def test_many_are_halted(here: World, ledger: str, every_step: list[Life], seed: int) -> None:
    """At any step, longer than the lease."""
    chance = random.Random(seed)
    for _ in range(2):
        share(here, ledger, {**chance.choice(every_step), "how": "STOP"}, {"later": True})
