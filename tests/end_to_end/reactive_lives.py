"""A warm worker that is killed again and again, on one data folder, with a provider that lives on; and what must hold after each death.

One file: the deaths, and what is asked after each.
"""

import json
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from command import environment
from reactive_world import RUN, World

from demo.provider.options import Options
from demo.provider.server import Running, running
from orchestration.landing import Landing
from orchestration.reactive import presence
from orchestration.sources import shop
from orchestration.sources.reactive import ASSIGNMENTS, DECISIONS
from tests.faults.kill_mother import Life, Mother

SCRIPT = Path(__file__).parents[1] / "faults" / "worker_life.py"
KEYS = {
    "KLAVIYO_API_KEY": "pk_test",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_SENDER": "+15005550006",
}
CONFIRMED = "order_confirmed"
_PATIENCE_SECONDS = 600.0


class Lives:
    """`dies` and `lives` are lives of a worker; what happens in between is said by `at`, `buys` and `refuses`.

    data: the data folder. settings: the deployment's variables. clock: the file that REGULARS_CLOCK names.
    """

    def __init__(self, data: Path, settings: dict[str, str], clock: Path, provider: Running, mother: Mother) -> None:
        self.data, self.settings, self.clock, self.provider, self.mother = data, settings, clock, provider, mother
        self.landing = Landing(data / "landing")
        self.log = data.with_name("react.log")
        self.orders: set[str] = set()
        self.refused: dict[str, set[str]] = {}
        self.before = self.sent()

    def at(self, moment: datetime) -> None:
        """What the deployment's clock says from now on."""
        self.clock.write_text(json.dumps({"as_of": moment.replace(tzinfo=UTC).isoformat()}))

    def buys(self, order_id: str) -> None:
        """An order is in the shop, to be confirmed."""
        self.orders.add(order_id)

    def refuses(self, profile_id: str) -> None:
        """Somebody wants no marketing any more, as a source says from now on."""
        said = self.said()
        self.refused[profile_id] = {key for key in self.sent() - self.before if said[key]["profile_id"] == profile_id}

    def life(self, **more: object) -> Life:
        """What a life is told; `more`: see worker_life."""
        told = {"environment": environment(self.data, **self.settings), "log": str(self.log), "longest_seconds": _PATIENCE_SECONDS}
        return {**told, **more}

    def dies(self, point: str, nth: int = 1) -> None:
        """A worker is killed when it passes a point for the nth time; and all that was sent until then was written down before."""
        assert self.mother.live(self.life(point=point, nth=nth)) == [-signal.SIGKILL], self.told()
        self.check()

    def dies_after(self, seconds: float) -> None:
        """A worker is killed wherever it is then."""
        assert self.mother.live(self.life(killed_after_seconds=seconds)) == [-signal.SIGKILL], self.told()
        self.check()

    def lives(self, until: Callable[[], bool], **more: object) -> None:
        """A worker lives until something holds, and is told to end."""
        born = self.data.with_name("born")
        born.unlink(missing_ok=True)
        self.mother.start(self.life(born=str(born), **more))
        deadline = time.monotonic() + _PATIENCE_SECONDS
        try:
            while not (born.exists() and presence.is_there(self.data) and until()):
                assert time.monotonic() < deadline, f"{self.unsettled()}\n{self.told()}"
                time.sleep(0.05)
        except BaseException:  # a worker that lives on would keep the lock and the mother from every test that follows
            with suppress(OSError):
                os.kill(int(born.read_text()), signal.SIGKILL)
            with suppress(AssertionError):
                self.mother.ends()
            raise
        os.kill(int(born.read_text()), signal.SIGTERM)
        assert self.mother.ends() == [0], self.told()
        self.check()

    def told(self) -> str:
        """What the workers said last."""
        return self.log.read_text()[-3000:] if self.log.exists() else ""

    def gives_way(self) -> None:
        """A killed worker holds no lock: another takes it, as the next worker does. That one waits a moment too: who is killed while it
        starts a process (dbt asks `uname`) leaves one half born, which has the lock until it has become the other program."""
        try:
            with presence.alone(self.data):
                pass
        except presence.WorkerBusyError as busy:
            raise AssertionError(f"a killed worker holds no lock; its file is open in {self.holders()}") from busy

    def holders(self) -> list[str]:
        """The processes that have the worker's lock file open, with their command lines."""
        place, found = str(presence.folder_of(self.data) / "worker.lock"), []
        for one in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):  # one that has ended meanwhile
                if str(one.readlink()) == place:
                    words = (one.parents[1] / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found.append(f"{one.parts[2]} {words}".strip())
        return found

    def sent(self) -> Counter[str]:
        """What the provider has, by message_id. `before`: what it had when all of this began."""
        return Counter(str(message.message_key) for message in self.provider.state.messages())

    def statuses(self) -> dict[str, dict[str, str]]:
        """What the ledger has: status, profile and campaign by message_id."""
        if not (place := self.data / "ledger.db").exists():
            return {}
        with closing(sqlite3.connect(place, timeout=60)) as connection:
            connection.row_factory = sqlite3.Row
            if not connection.execute("select name from sqlite_master where name = 'deliveries'").fetchall():
                return {}  # a worker that makes it has come no further
            rows = connection.execute("select message_id, status, profile_id, campaign from deliveries").fetchall()
        return {row["message_id"]: dict(row) for row in rows}

    def said(self) -> dict[str, dict[str, Any]]:
        """What was written down last of each message before anything was sent, by message_id."""
        query = f"select message_id, outcome, campaign, occasion, profile_id from {self.landing.scan(DECISIONS)} order by decided_at"
        return {row["message_id"]: row for row in self._rows(query)}

    def is_settled(self) -> bool:
        """Whether all that was ordered is confirmed, and nothing is on its way."""
        return self.unsettled() == (set(), {})

    def unsettled(self) -> tuple[set[str], dict[str, str]]:
        """The orders that are not confirmed, and the status of each message that is on its way, by message_id."""
        ledger, said = self.statuses(), self.said()
        confirmed = {
            said[key]["occasion"]
            for key, row in ledger.items()
            if (row["campaign"], row["status"]) == (CONFIRMED, "accepted") and key in said
        }
        return self.orders - confirmed, {key: row["status"] for key, row in ledger.items() if row["status"] in ("pending", "sending")}

    def check(self) -> None:
        """What holds whenever a worker has died."""
        sent, said, ledger = self.sent() - self.before, self.said(), self.statuses()
        assert all(count == 1 for count in sent.values()), f"sent twice: {sent}"
        assert all(said[key]["outcome"] == "allowed" for key in sent), "sent, and not written down"
        drawn = {row["profile_id"] for row in self._rows(f"select distinct profile_id from {self.landing.scan(ASSIGNMENTS)}")}
        marketing = {key for key in sent if said[key]["campaign"] != CONFIRMED}
        assert {said[key]["profile_id"] for key in marketing} <= drawn, "sent, and the draw is not written down"
        assert set(sent) <= ledger.keys() and {ledger[key]["status"] for key in sent} <= {"accepted", "sending", "unknown"}
        for person, before in self.refused.items():
            assert {key for key in marketing if said[key]["profile_id"] == person} <= before, "written to after they withdrew consent"
        self.gives_way()
        same = f"select count(*) as rows, count(distinct (order_id, updated_at)) as orders from {self.landing.scan(shop.ORDERS)}"
        assert {row["rows"] - row["orders"] for row in self._rows(same)} == {0}, "an order has landed twice"

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with duckdb.connect() as connection:
            return connection.sql(query).to_arrow_table().to_pylist()


@contextmanager
def living(world: World) -> Iterator[Lives]:
    """Lives on this world's data folder."""
    mother, folder = Mother(SCRIPT), world.warehouse.folder.parent
    clock = folder / "clock.json"
    clock.write_text(json.dumps({"as_of": RUN.replace(tzinfo=UTC).isoformat()}))
    try:
        with running(folder, options=Options(limits="off")) as provider:
            settings = {f"{name.upper()}_URL": world.url(name) for name in ("shop", "crm", "service")}
            settings |= {"REGULARS_CLOCK": str(clock), "KLAVIYO_URL": provider.url, "TWILIO_URL": provider.url, **KEYS}
            yield Lives(world.warehouse.folder, settings, clock, provider, mother)
    finally:
        mother.close()
