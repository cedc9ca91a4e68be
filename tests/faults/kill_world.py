"""The outside of a process that dies: two providers that live on, the mother of all processes, and the count of deaths."""

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from api_kit import Asked, Reply, serving
from delivery_process import NOW, SIZES, deliver_now, messages
from kill_mother import Life, Mother

from demo.provider.options import Options
from demo.provider.server import Running, running
from demo.provider.state import public_id

SCRIPT = Path(__file__).with_name("one_life.py")


class World:
    """`provider` is the demo's; `plain_rows` is what Plain's got, repeats and all."""

    def __init__(self, provider: Running, plain: str, plain_rows: list[str], mother: Mother, folder: Path) -> None:
        self.provider, self.plain, self.plain_rows, self.mother, self.folder = provider, plain, plain_rows, mother, folder
        self.kills: Counter[str] = Counter()
        self._tags = 0

    def tag(self) -> int:
        """A number that nothing had before."""
        self._tags += 1
        return self._tags

    def life(self, **more: object) -> Life:
        return {"url": self.provider.url, "plain": self.plain, **more}

    def live(self, *lives: Life) -> list[int]:
        """Lives side by side; counts those that were killed."""
        codes = self.mother.live(*lives)
        for life, code in zip(lives, codes, strict=True):
            if code:
                self.kills[f"{life.get('point', 'any instant')} ({code})"] += 1
        return codes

    def passed(self, life: Life) -> Counter[str]:
        """How often each point is passed in this life, which it survives."""
        tell = self.folder / "passed.json"
        assert self.mother.live({**life, "tell": str(tell)}) == [0]
        return Counter(json.loads(tell.read_text()))

    def messages(self, tag: int) -> tuple[Counter[str], dict[str, str]]:
        """What customers got of an outbox: copies by message_id, and the provider's own ids."""
        got = self.provider.state.read("select * from messages where direction = 'outbound' and message_key like ?", [f"{tag}-%"])
        plain = [row for row in self.plain_rows if row.startswith(f"{tag}-")]
        return Counter([*(row["message_key"] for row in got), *plain]), {row["message_key"]: public_id(row) for row in got}


@contextmanager
def memory() -> Iterator[Path]:
    """A folder that no disk slows down, where there is one: a killed process leaves all it wrote, synced or not."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@contextmanager
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Says at the end how many died where, and how long all of it took."""
    with memory() as folder:
        yield from _world(folder, request)


def _world(folder: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    rows: list[str] = []

    def take(asked: Asked) -> Reply:
        rows.extend(asked.body)
        return Reply({})

    started, mother = time.monotonic(), Mother(SCRIPT)
    try:
        with running(folder, options=Options(limits="off")) as provider, serving(take) as plain:
            here = World(provider, plain.url, rows, mother, folder)
            yield here
    finally:
        mother.close()
    seconds = time.monotonic() - started
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{Path(request.node.fspath).name}: {here.kills.total()} deaths in {seconds:.0f} s")
        for point, count in sorted(here.kills.items()):
            print(f"  {count:5} {point}")


def steps(passed: Counter[str], seed: int) -> list[Life]:
    """Every step of a life, in an order drawn by `seed`: first each point once, then all the rest."""
    chance = random.Random(seed)
    all_steps: list[Life] = [{"point": point, "nth": nth + 1} for point, count in sorted(passed.items()) for nth in range(count)]
    chance.shuffle(all_steps)
    seen: set[str] = set()
    first = [step for step in all_steps if not (step["point"] in seen or seen.add(step["point"]))]  # type: ignore[func-returns-value]
    return [*first, *(step for step in all_steps if step not in first)]


def at_any_instant(chance: random.Random, life_seconds: float = 0.3) -> Life:
    """Killed by its mother, wherever it is then."""
    return {"killed_after_seconds": round(chance.uniform(0.02, life_seconds), 3)}


def settled(here: World, life: Life) -> None:
    """A rerun settles everything: nothing twice, nothing lost, every unknown listed; and the run after it has nothing to do. It is this
    process that delivers here, and a busy machine may hold it up for longer than the lease of those that die."""
    life = {**life, "lease_seconds": max(3.0, life.get("lease_seconds", 0.0))}
    report, tag = deliver_now(life), life["tag"]
    copies, provider_ids = here.messages(tag)
    assert all(count == 1 for count in copies.values()), f"sent twice: {copies - Counter(set(copies))}"
    engine = sa.create_engine(life["ledger"])
    with engine.connect() as connection:
        query = sa.text("select message_id, destination, status, provider_ref from deliveries where message_id like :like")
        rows = {row.message_id: row for row in connection.execute(query, {"like": f"{tag}-%"})}
    engine.dispose()
    assert set(rows) == {message.message_id for message in messages(tag, SIZES[life.get("size", "small")])}, "forgotten"
    assert {row.status for row in rows.values()} <= {"accepted", "unknown"}, "not settled"
    for message_id, row in rows.items():
        if row.status == "accepted":
            assert copies[message_id] == 1, "lost"
            assert row.destination != "twilio" or row.provider_ref == provider_ids[message_id]
    held = {message_id for message_id, row in rows.items() if row.status == "unknown"}
    assert held <= {message.message_id for message in report.held}, "what is held is listed"
    assert all(rows[message_id].destination != "klaviyo" for message_id in held), "Klaviyo drops repeats: nothing need be held"
    assert report.left == 0
    again = deliver_now(life)
    assert (again.accepted, again.left) == (0, 0)
