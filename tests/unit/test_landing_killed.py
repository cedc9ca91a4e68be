"""kill -9 at points chosen at random, anywhere in a landing: the old state stays or the new one is whole, and one more run completes it.

The points are calls of functions, of the first import's and the driver's as of our own: a process counts them and kills itself at one.
"""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from landing_kit import AS_OF, fill, landed, order

from orchestration.landing import QUARANTINE, Landing, land_sql
from orchestration.sources import shop

POINTS = 4
LATER = AS_OF.replace(month=7)
#: Started once for all points of a source: it forks for each, so that what is imported is imported once. Prints the calls of a whole run.
LAND = """
import os, shutil, signal, sys
from datetime import datetime
from pathlib import Path
import orchestration.landing.rows as rows
from orchestration.landing import Landing, land_sql
from orchestration.sources import shop
from orchestration.sources.databases import postgres

url, base, folder, portable, as_of, seed, points = sys.argv[1:]
rows.BATCH_ROWS, postgres.BATCH_BYTES = 10, 2_000

def run(root, last):
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    land_sql(shop.ORDERS, url, Landing(root), datetime.fromisoformat(as_of), portable=bool(portable))
    sys.setprofile(None)
    Path(folder, "calls").write_text(str(calls))
    os._exit(0)

def forked(name, last):
    root = Path(folder, name)
    shutil.copytree(base, root)
    child = os.fork()
    if not child:
        try:
            run(root, last)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]

assert forked("whole", 0) == 0
calls = int(Path(folder, "calls").read_text())
import random
chosen = random.Random(seed)
for point in range(int(points)):
    print(forked(f"killed{point}", chosen.randrange(1, calls)))
"""


def source(kind: str, folder: Path, new_database: Callable[[], str]) -> str:
    return {"sqlite": f"sqlite:///{folder / 'shop.db'}", "csv": f"csv://{folder}"}.get(kind) or new_database()


def put(url: str, folder: Path, rows: dict[str, dict[str, object]]) -> None:
    """The source has these rows now, and no other."""
    if url.startswith("csv"):
        names = shop.ORDERS.column_names
        lines = [",".join("" if row.get(name) is None else str(row[name]) for name in names) for row in rows.values()]
        (folder / "orders.csv").write_text("\n".join([",".join(names), *lines, "o100,torn\n" if len(rows) > 60 else ""]))
        return
    fill(url, shop.ORDERS, [])
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("delete from orders"))
    engine.dispose()
    fill(url, shop.ORDERS, rows.values())


def everything(landing: Landing) -> list[object]:
    columns = "* exclude (detail)"
    return [*landed(landing, shop.ORDERS, "*", "order by all"), *landed(landing, QUARANTINE, columns, "order by all")]


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "portable", "csv"])
def test_killed_anywhere_nothing_is_lost_doubled_or_half_there(kind: str, tmp_path: Path, new_database: Callable[[], str]) -> None:
    url, base = source(kind, tmp_path, new_database), Landing(tmp_path / "base")
    rows = {f"o{number}": order(number) for number in range(60)}
    put(url, tmp_path, rows)
    assert land_sql(shop.ORDERS, url, base, AS_OF).rows == 60
    old = everything(base)
    for number in range(5):
        rows.pop(f"o{number}")
        rows[f"o{10 + number}"] = order(10 + number, status="shipped", updated_at="2026-06-20 10:00:00")
    rows |= {f"o{number}": order(number, updated_at="2026-06-20 10:00:00") for number in range(60, 90)}
    rows["o99"] = order(99, status="lost", updated_at="2026-06-20 10:00:00")
    rows["o98"] = order(98, updated_at="2024-01-01 10:00:00", ordered_at="2024-01-01 10:00:00")
    put(url, tmp_path, rows)

    seed = random.randrange(10**6)
    arguments = [url, str(base.root), str(tmp_path), "yes" * (kind == "portable"), LATER.isoformat(), str(seed), str(POINTS)]
    done = subprocess.run([sys.executable, "-c", LAND, *arguments], check=True, timeout=300, capture_output=True, text=True)
    assert done.stdout.split() == ["9"] * POINTS, f"seed {seed}: {done.stdout} {done.stderr}"
    whole = everything(Landing(tmp_path / "whole"))
    assert len(whole) > len(old)
    states = [landed(Landing(tmp_path / name), shop.ORDERS, "*", "order by all") for name in ("base", "whole")]
    for point in range(POINTS):
        landing = Landing(tmp_path / f"killed{point}")
        assert landed(landing, shop.ORDERS, "*", "order by all") in states, f"seed {seed}, point {point}"
        land_sql(shop.ORDERS, url, landing, LATER, portable=kind == "portable")
        assert everything(landing) == whole, f"seed {seed}, point {point}"
        assert not list(landing.root.rglob("*.unfinished"))
        shutil.rmtree(landing.root)
