"""Makes the shop, and its next day: one table after the other, one day of events after the other."""

import contextlib
import math
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb

from demo.shop.clock import DAY, FIXED_DAY, SECOND, Clock, moment, write_clock
from demo.shop.large.dictionaries import teach
from demo.shop.large.size import Size, read_size, write_size

Progress = Callable[[str], None]

#: The tables by the system that has them; its SQL file says how they stand by now.
TABLES = {
    "shop": ("customers", "products", "orders", "order_lines", "refunds", "refund_lines", "shipments"),
    "crm": ("contacts", "consents"),
    "service": ("tickets", "reviews", "surveys"),
}
_SQL = Path(__file__).parent
_MORE = 100  # a new day has a hundredth of the customers, the orders and the events
_STEPS_OF_A_VISIT, _STEPS_OF_A_PURCHASE = 3.8, 7  # on average, as events.sql draws them
_TRACKED, _BUYING = 0.6, 0.3  # of the orders the web saw at most so many, and at most so many events are of such visits
_REWRITTEN = 3  # days of the export that a new day rewrites, late events in them


def silent(_: str) -> None:
    """Progress that nobody listens to."""


def make(folder: Path, size: Size, *, memory: str = "2GB", progress: Progress = silent) -> None:
    """A shop on its fixed day: FOLDER/tables/<system>/<table>.parquet, FOLDER/ga4/events_YYYYMMDD.parquet, FOLDER/clock.json, which is
    written last. What was in these folders is gone."""
    _write(folder, size, folder, 0, memory, progress)
    write_size(folder, size)
    write_clock(folder, Clock(FIXED_DAY, size.seed, size.customers, size.days))


def pass_a_day(folder: Path, *, memory: str = "2GB", progress: Progress = silent) -> None:
    """One day more of the shop in a folder, into FOLDER/tomorrow: in its tables the rows that are new or changed, to be put in the place of
    those of the same key; in its ga4 the days that are new or were rewritten. The shop itself stays. FileNotFoundError without one."""
    size = read_size(folder)
    _write(folder / "tomorrow", size, folder, 1, memory, progress)
    write_clock(folder / "tomorrow", Clock(FIXED_DAY + timedelta(days=1), size.seed, size.customers, size.days))


def _write(target: Path, size: Size, folder: Path, passed: int, memory: str, progress: Progress) -> None:
    for part in ("tables", "ga4"):
        shutil.rmtree(target / part, ignore_errors=True)
        (target / part).mkdir(parents=True)
    with _scratch(folder, size, passed, memory) as connection:
        progress("orders")
        connection.execute((_SQL / "orders.sql").read_text())
        for system, tables in TABLES.items():
            connection.execute((_SQL / f"{system}.sql").read_text())
            (target / "tables" / system).mkdir()
            for table in tables:
                file = target / "tables" / system / f"{table}.parquet"
                rows = _copied(connection, f"from {system}_{table} where touched > getvariable('since')", file, "exclude (touched)")
                progress(f"{system}/{table}: {rows:,}")
        _events(connection, target / "ga4", size, passed, progress)


def _events(connection: duckdb.DuckDBPyConnection, folder: Path, size: Size, passed: int, progress: Progress) -> None:
    (recent,) = connection.execute(
        "select count(*) from orders where placed_at between getvariable('web_start') and getvariable('today')"
    ).fetchall()[0]
    tracked = min(_TRACKED, _BUYING * size.events / _STEPS_OF_A_PURCHASE / max(recent, 1))
    connection.execute(f"set variable tracked = {tracked}")
    connection.execute((_SQL / "visits.sql").read_text())
    events = (_SQL / "events.sql").read_text()
    today = int(FIXED_DAY.timestamp()) // 86_400
    first, last = today - size.days + 1, today + passed
    purchases = connection.execute("select count(*) from bought where placed_at < getvariable('today')").fetchall()[0][0]
    others = max(size.events - _STEPS_OF_A_PURCHASE * purchases, 0) / _STEPS_OF_A_VISIT
    rows, number = 0, 0
    for day in range(first, last + 1):
        visits = round(others * _weight(day, first, today) / sum(_weight(one, first, today) for one in range(first, today + 1)))
        if not passed or day > last - _REWRITTEN:
            hours = 9 if day == last else 24
            connection.execute(f"""
                set variable day = {day}; set variable first_visit = {number}; set variable after_visit = {number + visits * hours // 24};
                set variable hours = {hours}; set variable is_late_out = {not passed and day > today - 2}""")
            rows += _copied(connection, events, folder / f"events_{moment(day * DAY):%Y%m%d}.parquet")
            if day % 10 == 0 or day == last:
                progress(f"ga4 up to {moment(day * DAY):%Y-%m-%d}: {rows:,}")
        number += visits


def _weight(day: int, first: int, today: int) -> float:
    """How many visits a day has beside others: growth, and fewer on Fridays and Saturdays; the days after the fixed one are like it."""
    return (1 + min(day, today) / 40_000 - first / 40_000) * (1 + 0.15 * math.cos((day % 7) / 7 * 2 * math.pi))


def _copied(connection: duckdb.DuckDBPyConnection, relation: str, file: Path, columns: str = "") -> int:
    query = f"select * {columns} {relation}" if columns else relation
    row = connection.execute(f"copy ({query}) to '{file}' (format parquet, compression zstd, row_group_size 100000)").fetchall()[0]
    return int(row[0])


@contextlib.contextmanager
def _scratch(folder: Path, size: Size, passed: int, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of its own beside the shop, gone at the end."""
    place = folder / "scratch"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(place / "spill"),
        "preserve_insertion_order": False,
    }
    today = int(FIXED_DAY.timestamp())
    variables = {
        "seed": size.seed,
        "customers": size.customers,
        "new_customers": passed * (size.customers // _MORE),
        "orders": size.orders,
        "new_orders": passed * (size.orders // _MORE),
        "products": size.products,
        "today": today,
        "now": today + passed * DAY // SECOND,
        "since": today if passed else 0,
        "web_start": (today // 86_400 - size.days + 1) * 86_400,
    }
    try:
        with duckdb.connect(str(place / "scratch.duckdb"), config=settings) as connection:
            connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
            for name, value in variables.items():
                connection.execute(f"set variable {name} = {value}")
            teach(connection)
            connection.execute((_SQL / "people.sql").read_text())
            yield connection
    finally:
        shutil.rmtree(place, ignore_errors=True)
