"""How fast rows reach a provider: `python -m benchmarks.delivery [--rows 100000]`.

Starts the demo provider (which checks each request and keeps each row) in a process of its own, without limits, and sends to it from
another, timed whole from start to end: messages to Klaviyo (bulk events) and Twilio, an audience to Klaviyo (imports). Then the same
messages and members to a destination that takes everything at once, which shows what the engine itself costs a row, ledger and all; and
the same rows by drt-core, as far as it goes (`delivery_drt`). Calls are what the provider counted. One file, longer than most, so that all
contenders stand side by side.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from activations.destination import Ability, Limits, Request, Work
from activations.destinations import Klaviyo, Twilio
from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.messages.outbox import read_messages
from activations.model import Accepted, Message, Outcome
from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from benchmarks import delivery_drt
from benchmarks.house.figures import Figure, as_json

if TYPE_CHECKING:
    from activations.destination import Destination

AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)
SLOW_ROWS = 2_000  # where each row is a call
OUTBOX = """
    select 'm' || i as message_id, 'win_back' as campaign, 'p' || i as profile_id, channel, destination,
        case channel when 'sms' then '+4917' || lpad(i::varchar, 8, '0') else 'ann' || i || '@example.com' end as address,
        'win_back' as message, 'marketing' as purpose, 'We miss you' as subject, 'Hello Ann, here is something for you: ' || i as body,
        'Ann' as first_name, timestamp '2026-06-29 12:00' as occurred_at, '1' as occasion, null::varchar as html_body
    from range({rows}) as r(i)
"""
AUDIENCE = """
    select 'p' || i as profile_id, 'ann' || i || '@example.com' as email, null::varchar as phone, 'Ann' as first_name, 'Lee' as last_name,
        'gold' as tier, i % 100 as churn_pct, round(i * 1.7, 2)::double as lifetime_amount, md5(i::varchar) as row_hash
    from range({rows}) as r(i)
"""


class TakesAll:
    """Takes every row at once: what is left is the engine."""

    name = "klaviyo"
    abilities: Mapping[Work, Ability] = {
        Work.MESSAGE: Ability(Limits(1_000, 5_000_000), is_repeatable=True),
        Work.UPSERT: Ability(Limits(1_000, 5_000_000), is_repeatable=True),
    }

    def encode(self, work: Work, row: Message | Mapping[str, Any]) -> bytes:
        return (row.message_id if isinstance(row, Message) else str(row["profile_id"])).encode()

    def send(self, request: Request) -> list[Outcome]:
        return [Accepted()] * len(request.rows)


def klaviyo(url: str) -> Klaviyo:
    return Klaviyo("pk_x", base_url=url)


def twilio(url: str) -> Twilio:
    return Twilio("AC" + "a" * 32, "t", from_number="+491700000000", base_url=url)


def send_messages(folder: Path, file: str, destination: Destination, name: str) -> int:
    """Delivers an outbox with a new ledger; how many were accepted."""
    book = Ledger(f"sqlite:///{folder}/{name}.db")
    report = deliver(read_messages(pq.ParquetFile(folder / file).iter_batches()), {destination.name: destination}, book, lambda: AS_OF)
    book.close()
    return report.accepted


def sync_audience(folder: Path, destination: Destination, name: str) -> int:
    """A first sync; how many were accepted."""
    desired: pa.Table = pq.read_table(folder / "audience.parquet")
    return sync("everybody", desired, destination, Snapshots(folder / name), lambda: AS_OF).accepted


def one(name: str, folder: Path, url: str) -> None:
    """One of ours, in a process of its own; prints what the engine's part of it took."""
    started = time.process_time()
    match name:
        case "messages":
            rows = send_messages(folder, "outbox.parquet", klaviyo(url), name)
        case "sms":
            rows = send_messages(folder, "sms.parquet", twilio(url), name)
        case "messages_engine":
            rows = send_messages(folder, "outbox.parquet", TakesAll(), name)
        case "members":
            rows = sync_audience(folder, klaviyo(url), name)
        case _:
            rows = sync_audience(folder, TakesAll(), name)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"rows": rows, "engine_us": (time.process_time() - started) / rows * 1e6, "peak_gib": peak}))


@contextmanager
def provider(folder: Path) -> Iterator[str]:
    """The demo provider's address."""
    command = [sys.executable, "-m", "demo.provider", "--folder", str(folder / "provider"), "--port", "0", "--limits", "off"]
    (folder / "provider").mkdir()
    (folder / "provider" / "clock.json").write_text(json.dumps({"as_of": AS_OF.isoformat()}))
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def timed(label: str, command: list[str], url: str, rows: int, **options: Any) -> tuple[str, dict[str, float]]:
    """Runs a contender and says what it took; returns its last line, and the figures a row or a million."""
    before, used = calls(url), resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    told = subprocess.run(command, capture_output=True, text=True, **options)
    seconds, now = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if told.returncode:
        raise RuntimeError(f"{label}: {told.stderr[-2000:]} {told.stdout[-2000:]}")
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    asked = (calls(url) - before) / rows * 1e6
    figures = f"{rows:>9,} rows in {seconds:7.2f} s {rows / seconds:>10,.0f} rows/s {cpu / rows * 1e6:>8.1f} us CPU a row"
    print(f"{label:58}{figures} {asked:>12,.0f} calls a million", flush=True)
    return told.stdout.strip().rpartition("\n")[2], {"rows/s": rows / seconds, "CPU us a row": cpu / rows * 1e6, "calls a million": asked}


def calls(url: str) -> int:
    """Requests that the provider has had."""
    with urlopen(f"{url}/_stats") as answer:  # noqa: S310 (this machine's own)
        return sum(count for name, count in json.load(answer)["requests"].items() if "/_" not in name)


def main() -> None:
    """Make the rows, then each contender in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        one(given.only, given.folder, given.url)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        tables = {
            "outbox": OUTBOX.replace("channel, destination,", "'email' as channel, 'klaviyo' as destination,").format(rows=given.rows),
            "sms": OUTBOX.replace("channel, destination,", "'sms' as channel, 'twilio' as destination,").format(rows=SLOW_ROWS),
            "audience": AUDIENCE.format(rows=given.rows),
        }
        with duckdb.connect(str(folder / "rows.duckdb")) as connection:
            for name, query in tables.items():
                connection.execute(f"create table {name} as {query}")
                connection.execute(f"copy {name} to '{folder / name}.parquet' (format parquet)")
        ours = {
            "messages": ("messages to Klaviyo, bulk events", given.rows),
            "members": ("audience to Klaviyo, imports", given.rows),
            "sms": ("SMS to Twilio, one a call", SLOW_ROWS),
            "messages_engine": ("the engine alone, messages (ledger and all)", given.rows),
            "members_engine": ("the engine alone, audience", given.rows),
        }
        found: dict[str, dict[str, float]] = {}
        for name, (label, rows) in ours.items():
            with tempfile.TemporaryDirectory() as away, provider(Path(away)) as url:
                command = [sys.executable, "-m", "benchmarks.delivery", "--only", name, "--folder", place, "--url", url]
                last, found[name] = timed(label, command, url, rows)
            said = json.loads(last)
            found[name] |= said
            assert said["rows"] == rows, f"{label}: {said['rows']} of {rows} were accepted"
            print(f"{'':58}from the first row to the last {said['engine_us']:.1f} us CPU a row; peak {said['peak_gib']:.2f} GiB")
        drt = delivery_drt.install(folder)
        for name, label, command in delivery_drt.contenders(drt) if drt else ():
            with tempfile.TemporaryDirectory() as away, provider(Path(away)) as url:
                home = delivery_drt.project(folder, url, given.rows, SLOW_ROWS)
                rows = SLOW_ROWS if name in ("event", "sms") else given.rows
                _, found[f"drt {name}"] = timed(label, command, url, rows, cwd=home, env={"HOME": str(home), "DO_NOT_TRACK": "1"})
    if given.json:
        print(as_json(figures(found)))


def figures(found: dict[str, dict[str, float]]) -> list[Figure]:
    """What the house wants to know: ours beside the same sync by drt-core, where it could be had."""
    beside = {"messages": "drt events", "members": "drt imports", "sms": "drt sms"}
    labels = {"messages": "messages to Klaviyo", "members": "audience to Klaviyo", "sms": "SMS, one a call"}
    given = []
    for unit in ("rows/s", "calls a million", "CPU us a row"):
        for name, label in labels.items():
            other = found.get(beside[name])
            anchor = (f"drt-core {delivery_drt.VERSION}", other[unit]) if other else (f"drt-core {delivery_drt.VERSION} could not be had",)
            given.append(Figure(f"{label}: {unit}", found[name][unit], unit, *anchor))
    for name, label in (("messages_engine", "engine alone, messages and ledger"), ("members_engine", "engine alone, audience")):
        given.append(Figure(label, found[name]["engine_us"], "CPU us a row"))
    return [*given, Figure("peak memory", max(one.get("peak_gib", 0) for one in found.values()), "GiB")]


if __name__ == "__main__":
    main()
