"""Make a world: databases, export and truth as they stand on the fixed day, chunk by chunk in bounded memory."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from demo.provider.past import remember
from demo.provider.state import ProviderState
from demo.shop.clock import DAY, FIXED_DAY, START, TODAY, WEB_DAYS, Clock, clock_file, moment, web_start, write_clock
from demo.shop.databases import Rows, opened, remake, write
from demo.shop.events import find_events
from demo.shop.export import DayFiles
from demo.shop.ga4 import ga4_table
from demo.shop.newsletters import mailed
from demo.shop.people import chunk_sizes
from demo.shop.plan import Plan, make_plan
from demo.shop.shop_rows import product_rows
from demo.shop.spoiled import spoil_dates, spoiled_event, spoiled_rows
from demo.shop.tables import CRM, SERVICE, SHOP
from demo.shop.trials import TrialFiles
from demo.shop.truth import TruthFiles

Progress = Callable[[str], None]
BEFORE = START - 5 * 365 * DAY  # everything is newer than this


def silent(_: str) -> None:
    """No progress lines."""


def create(
    folder: Path,
    *,
    shop_url: str,
    crm_url: str,
    customers: int = 5000,
    seed: int = 7,
    web_days: int = WEB_DAYS,
    progress: Progress = silent,
) -> None:
    """Make a world in `folder` and in two databases, replacing what was there.

    The shop and the CRM are SQLAlchemy URLs; their tables of the world's names are dropped and made anew. What customers say
    to the shop lies in service.db, the export in ga4/, the logs of past experiments in experiments/, the truth in truth/, what its provider
    did before in provider.db (which no running provider may hold meanwhile), and clock.json is written last.
    ValueError when `customers` is below 1.
    web_days: the export begins so many days before the fixed day's end.
    """
    sizes = chunk_sizes(customers)
    folder.mkdir(parents=True, exist_ok=True)
    clock_file(folder).unlink(missing_ok=True)
    for stale in (folder / "ga4").glob("events_*.parquet*"):
        stale.unlink()
    for stale in folder.glob("provider.db*"):
        stale.unlink()
    with (
        opened(shop_url) as shop,
        opened(crm_url) as crm,
        opened(service_url(folder)) as service,
        closing(ProviderState(folder / "provider.db")) as provider,
        TruthFiles(folder, keep=False) as truth,
        TrialFiles(folder) as trials,
        DayFiles(folder, web_start(web_days) // DAY, TODAY // DAY) as files,
    ):
        remake(shop, SHOP)
        remake(crm, CRM)
        remake(service, SERVICE)
        write(shop, SHOP, {"products": product_rows(BEFORE, TODAY)}, replace=False)
        for plan in plans(seed, sizes, web_days, progress):
            shop_rows, crm_rows = plan.shop(BEFORE, TODAY), plan.crm(BEFORE, TODAY)
            truth.add(plan, shop_rows, crm_rows, TODAY)
            trials.add(plan.people, plan.addresses, plan.orders.person, plan.orders.at)
            write(shop, SHOP, merged(shop_rows, spoiled_rows(plan.people, BEFORE, TODAY)), replace=False)
            write(crm, CRM, crm_rows, replace=False)
            write(service, SERVICE, plan.service(BEFORE, TODAY), replace=False)
            add_events(files, plan, TODAY)
            remember(provider, mailed(plan, BEFORE, TODAY))
        spoil_dates(shop)
    write_clock(folder, Clock(FIXED_DAY, seed, customers, web_days))
    progress(f"demo shop ready: {customers:,} customers, {files.rows:,} events, today is {FIXED_DAY:%Y-%m-%d %H:%M} UTC")


def service_url(folder: Path) -> str:
    """The database of the customer service, which lies in the world's folder."""
    return f"sqlite:///{folder / 'service.db'}"


def plans(seed: int, sizes: list[int], web_days: int, progress: Progress) -> Iterator[Plan]:
    """The plan of every chunk, one at a time."""
    for chunk, size in enumerate(sizes):
        progress(f"demo shop: customers {chunk * sizes[0] + 1:,} to {chunk * sizes[0] + size:,} of {sum(sizes):,}")
        yield make_plan(seed, chunk, size, web_days)


def merged(*parts: Rows) -> Rows:
    """Rows of several origins, by table."""
    tables = dict.fromkeys(name for part in parts for name in part)
    return {name: [row for part in parts for row in part.get(name, [])] for name in tables}


def add_events(files: DayFiles, plan: Plan, now: int) -> None:
    """Put a chunk's events that the export shows at `now` into the files of their days."""
    first, last = files.days.start * DAY, min(files.days.stop * DAY, now + 1)
    events = find_events(plan.people, plan.orders, plan.visits, first, last, now)
    files.add(ga4_table(plan.people, plan.orders, plan.visits, events))
    for day in files.days:
        if (spoiled := spoiled_event(plan.people.chunk, moment(day * DAY))) is not None:
            files.add_to(day, spoiled)
