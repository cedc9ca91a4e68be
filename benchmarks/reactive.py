"""From an order in the shop to the confirmation that a provider took, while `daily` runs: `python -m benchmarks.reactive [--json]`.

A demo shop in a folder of its own; its clock is set going, so that its day passes as fast as ours. The warm worker (`regulars
react`) and `daily` run as processes of their own, one daily after the other for as long as it takes; then orders come, one every so many
seconds, each of another customer, and the time until the ledger has their confirmation as accepted is taken for each. Beside it, in the
same way and also while `daily` runs, the path that the worker replaces: the order, then a run of `reactive`. One file, for it is one story.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from demo.provider.options import Options
from demo.provider.server import running
from orchestration.environment import elsewhere

ROOT = Path(__file__).resolve().parent.parent
REGULARS = Path(sys.executable).parent / "regulars"
CAMPAIGN = "order_confirmed"


class Shop:
    """A demo shop and what runs on it. folder: gets all of it."""

    def __init__(self, folder: Path, provider: str) -> None:
        self.data, self.world = folder / "data", folder / "data" / "demo"
        self.environment = {
            **elsewhere(self.data),
            "PYTHONPATH": str(ROOT),
            "REGULARS_CLOCK": str(self.world / "clock.json"),
            "SHOP_URL": f"sqlite:///{self.world / 'shop.db'}",
            "CRM_URL": f"sqlite:///{self.world / 'crm.db'}",
            "SERVICE_URL": f"sqlite:///{self.world / 'service.db'}",
            "GA4_FOLDER": str(self.world / "ga4"),
            "KLAVIYO_URL": provider,
            "KLAVIYO_API_KEY": "pk_demo",
            "TWILIO_URL": provider,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "demo",
            "TWILIO_SENDER": "+15005550006",
        }

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command of the product, with what it says in a log beside the data."""
        with (self.data.parent / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen([str(REGULARS), *arguments], env=self.environment, stdout=log, stderr=log, cwd=ROOT)

    def customers(self, count: int) -> list[tuple[str, str]]:
        """Customers who may be written to about their orders, with their profile."""
        query = """
            select min(given.identifier_value), given.profile_id from identity.identifiers as given
            inner join profiles.profiles as people on given.profile_id = people.profile_id
            where given.identifier_type = 'shop_customer_id' and people.email is not null and not people.is_email_suppressed
                and given.profile_id not in (select profile_id from profiles.consents where purpose = 'transactional' and not is_granted)
                and people.email in (select email from profiles.profiles group by email having count(*) = 1)
            group by given.profile_id order by md5(given.profile_id) limit ?"""
        with duckdb.connect(str(self.data / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query, [count]).fetchall()

    def order(self, number: int, customer_id: str) -> None:
        """Somebody orders something, now by the shop's clock."""
        at = datetime.fromisoformat(json.loads((self.world / "clock.json").read_text())["as_of"]).replace(tzinfo=None)
        with sqlite3.connect(self.world / "shop.db", timeout=30) as connection:
            connection.row_factory = sqlite3.Row
            order = dict(connection.execute("select * from orders where status = 'paid' limit 1").fetchone())
            line = dict(connection.execute("select * from order_lines where order_id = ? limit 1", [order["order_id"]]).fetchone())
            order |= {"order_id": f"bench{number}", "customer_id": customer_id, "ordered_at": str(at), "updated_at": str(at)}
            order |= {name: None for name in ("email", "phone", "first_name", "last_name") if name in order}
            line |= {"order_line_id": f"bench{number}", "order_id": f"bench{number}", "updated_at": str(at)}
            for table, row in (("orders", order), ("order_lines", line)):
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))

    def confirmed(self) -> dict[str, str]:
        """What the ledger has of the campaign: status by profile."""
        if not (self.data / "ledger.db").exists():
            return {}
        with contextlib.closing(sqlite3.connect(self.data / "ledger.db", timeout=30)) as connection:
            query = "select profile_id, status from deliveries where campaign = ? and claimed_at > ?"
            return dict(connection.execute(query, [CAMPAIGN, self.begun]).fetchall())

    begun = ""


@contextlib.contextmanager
def clock_going(shop: Shop) -> Iterator[None]:
    """The shop's clock goes as ours does, from where it stood."""
    place, ended = shop.world / "clock.json", threading.Event()
    told = json.loads(place.read_text())
    since, from_where = time.monotonic(), datetime.fromisoformat(told["as_of"]).astimezone(UTC)
    shop.begun = str((from_where + timedelta(seconds=1)).replace(tzinfo=None))

    def go() -> None:
        while not ended.wait(0.25):
            at = (from_where + timedelta(seconds=time.monotonic() - since)).replace(microsecond=0)
            unfinished = place.with_suffix(".new")
            unfinished.write_text(json.dumps({**told, "as_of": at.isoformat()}))
            unfinished.replace(place)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def daily_running(shop: Shop, used: list[float]) -> Iterator[None]:
    """One daily run after the other. used: gets the seconds of processor time of each that ended."""
    ended, now = threading.Event(), list[subprocess.Popen[bytes]]()

    def go() -> None:
        while not ended.is_set():
            process = shop.start("run", "--job", "daily")
            now[:] = [process]
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
            used.append(usage.ru_utime + usage.ru_stime)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        for process in now:
            process.terminate()
        thread.join()


def wait_for(shop: Shop, wanted: dict[str, float], until: float, taken: dict[str, float]) -> None:
    """Notes when each wanted profile was confirmed, in seconds since its order, until all are or the time is over."""
    while len(taken) < len(wanted) and time.monotonic() < until:
        status = shop.confirmed()
        now = time.monotonic()
        taken |= {one: now - since for one, since in wanted.items() if one not in taken and status.get(one) == "accepted"}
        time.sleep(0.1)


def by_worker(shop: Shop, people: list[tuple[str, str]], every: float, patience: float) -> dict[str, Any]:
    """Orders at a steady trickle, answered by the warm worker."""
    worker = shop.start("react")
    try:
        word = shop.data / "reactive" / "worker.json"
        until = time.monotonic() + 900
        while not (word.exists() and json.loads(word.read_text()).get("is_able")):
            said = (shop.data.parent / "react.log").read_text()
            if worker.poll() is not None or time.monotonic() > until or said.count("this tick failed") > 3:
                raise RuntimeError(said[-2000:])
            time.sleep(0.5)
        dailies: list[float] = []
        wanted: dict[str, float] = {}
        taken: dict[str, float] = {}
        with daily_running(shop, dailies):
            time.sleep(5)
            waiting = threading.Thread(target=lambda: watch(shop, wanted, taken, len(people), patience), daemon=True)
            waiting.start()
            for number, (customer_id, profile_id) in enumerate(people):
                shop.order(number, customer_id)
                wanted[profile_id] = time.monotonic()
                time.sleep(every)
            waiting.join()
    finally:
        worker.terminate()
        _, _, usage = os.wait4(worker.pid, 0)
        worker.returncode = 0
    return {**spread(taken, len(people)), "worker_cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
            "worker_peak_mib": usage.ru_maxrss // 1024, "dailies_that_ended": len(dailies)}  # fmt: skip


def watch(shop: Shop, wanted: dict[str, float], taken: dict[str, float], count: int, patience: float) -> None:
    """`wait_for` while more are ordered."""
    last = time.monotonic()
    while len(taken) < count and time.monotonic() - last < patience:
        before = len(wanted)
        wait_for(shop, dict(wanted), time.monotonic() + 0.5, taken)
        if len(wanted) > before:
            last = time.monotonic()


def by_runs(shop: Shop, people: list[tuple[str, str]], patience: float) -> dict[str, Any]:
    """The path of before: an order, then a run of `reactive`, while daily runs."""
    taken: dict[str, float] = {}
    with daily_running(shop, []):
        time.sleep(5)
        for number, (customer_id, profile_id) in enumerate(people):
            shop.order(100_000 + number, customer_id)
            since = time.monotonic()
            run = shop.start("run", "--job", "reactive")
            wait_for(shop, {profile_id: since}, since + patience, one := dict[str, float]())
            taken |= one
            run.wait()
    return spread(taken, len(people))


def spread(taken: dict[str, float], count: int) -> dict[str, Any]:
    """Middle and tails of the seconds."""
    seconds = sorted(taken.values())
    if len(seconds) < 2:
        return {"orders": count, "confirmed": len(seconds), "seconds": [round(one, 1) for one in seconds]}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"orders": count, "confirmed": len(seconds), "p50": round(cuts[49], 2), "p95": round(cuts[94], 2), "p99": round(cuts[98], 2),
            "longest": round(seconds[-1], 2)}  # fmt: skip


def figures(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the table of all benchmarks shows (benchmarks/house)."""
    worker, runs = found["by_worker"], found.get("by_runs", {})
    beside = statistics.mean(runs["seconds"]) if runs.get("seconds") else runs.get("p50")
    missed = worker["orders"] - worker["confirmed"]
    note = f"{worker['confirmed']} of {worker['orders']} confirmed" + (", the others not within the patience" if missed else "")
    shown: list[dict[str, Any]] = [
        {"name": f"event to provider accepted, {name}", "value": None if missed else worker.get(name), "unit": "s", "note": note}
        for name in ("p50", "p95", "p99")
    ]
    shown[1] |= {"goal": "<= 10 s", "anchor": "a run of the job reactive", "anchor_value": beside}
    return [*shown, {"name": "the worker's memory", "value": round(worker["worker_peak_mib"] / 1024, 2), "unit": "GiB"}]


def main() -> None:
    """Takes the measure and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two orders")
    parser.add_argument("--runs", type=int, default=2, help="orders that runs of `reactive` answer to, beside it")
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--data", type=Path, help="a data folder of a demo shop that has run, to copy instead of making one")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds after which an order counts as unanswered")
    parser.add_argument("--json", action="store_true", help="one line more: the figures for the table of all benchmarks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regulars_reactive_") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        if given.data:
            shutil.copytree(given.data, folder / "data")
        else:
            made = {**elsewhere(folder / "data"), "PYTHONPATH": str(ROOT)}
            subprocess.run([str(REGULARS), "run", "--customers", str(given.customers)], env=made, check=True, cwd=ROOT)
        provider = stack.enter_context(running(folder / "data" / "demo", options=Options(limits="off")))
        shop = Shop(folder, provider.url)
        stack.enter_context(clock_going(shop))
        people = shop.customers(given.events + given.runs)
        found: dict[str, Any] = {"by_worker": by_worker(shop, people[: given.events], given.every, given.patience)}
        if given.runs:
            found["by_runs"] = by_runs(shop, people[given.events :], 4 * given.patience)
        log = (folder / "react.log").read_text().splitlines()
        found["worker_said_last"] = log[-5:]
    print(json.dumps(found, indent=2))
    if given.json:
        print(json.dumps({"figures": figures(found)}))


if __name__ == "__main__":
    main()
