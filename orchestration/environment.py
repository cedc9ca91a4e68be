"""What the command line sets before anything runs: the product's own folders, and for the demo where its pretend world is.

Reads the environment, like resources.py and cli.py, and nothing else does; one file, a little long, so that it stays so.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from dotenv import load_dotenv

from orchestration.systems import systems

ROOT = Path(__file__).resolve().parent.parent
INBOX_PORT, RECEIVER_PORT = 8025, 8026


def data_folder() -> Path:
    """Where everything is written; REGULARS_DATA, else `data` in the clone."""
    return Path(os.environ["REGULARS_DATA"])


def ledger_url() -> str:
    """Where what was sent is written down, as SQLAlchemy names it."""
    return os.environ["LEDGER_URL"]


def memory_limit() -> str:
    """What the warehouse's engine may take, as the warehouse's own profile reads it."""
    return os.environ.get("REGULARS_MEMORY", "4GB")


def shows_tracebacks() -> bool:
    """Whether a command that fails is to show all of it (REGULARS_TRACEBACK), for whoever mends the code."""
    return bool(os.environ.get("REGULARS_TRACEBACK"))


def elsewhere(folder: Path) -> dict[str, str]:
    """The environment for a process whose data lies in another folder."""
    return {**os.environ, "REGULARS_DATA": str(folder)}


@contextlib.contextmanager
def dbt_sees(folder: Path, as_of: str, memory: str = "") -> Iterator[None]:
    """For dbt in this process: where its warehouse is, the instant that it sees the world from, and what memory its engine may take."""
    given = {"REGULARS_DATA": str(folder), "REGULARS_AS_OF": as_of, "DO_NOT_TRACK": "1"} | ({"REGULARS_MEMORY": memory} if memory else {})
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def collector_settings() -> tuple[str, Path]:
    """The token that senders of events must bear (`` where there is none), and the folder where the collector keeps them."""
    return os.environ.get("COLLECTOR_TOKEN", ""), data_folder() / "collected"


def variables(ending: str) -> dict[str, str]:
    """The variables of providers with this ending that hold something, by the name of the destination before it."""
    return {name.removesuffix(ending).lower(): value for name, value in os.environ.items() if name.endswith(ending) and value}


def webhook_settings() -> tuple[str, str]:
    """The receiver's address as providers write it (``: as a request says), and the seconds that a signature may be old (``: as usual)."""
    return os.environ.get("WEBHOOKS_URL", ""), os.environ.get("WEBHOOKS_TOLERANCE", "")


def dagster_home(home: Path) -> Path:
    """Makes the folder where Dagster keeps what happened, with its settings; returns it."""
    home.mkdir(parents=True, exist_ok=True)
    settings = Path(__file__).with_name("dagster.yaml").read_text().replace("$HOME_OF_DAGSTER", json.dumps(str(home)))
    unfinished = home / f".dagster.yaml.{os.getpid()}"  # another process may be reading it
    unfinished.write_text(settings)
    unfinished.replace(home / "dagster.yaml")
    return home


def prepare(data: Path | None = None) -> Path | None:
    """Sets what the resources read. Returns the demo's folder, or None where there is a real shop: SHOP_URL (in the
    environment or .env) names it, or the list of systems says that it is another one than a database."""
    load_dotenv(ROOT / ".env")
    place = (data or Path(os.environ.get("REGULARS_DATA") or ROOT / "data")).resolve()
    home = dagster_home(place / "dagster_home")
    os.environ["REGULARS_DATA"] = str(place)
    for name, value in {
        "DAGSTER_HOME": str(home),
        "LEDGER_URL": f"sqlite:///{place / 'ledger.db'}",
        **dict.fromkeys(("TWILIO_STATUS_CALLBACK", "EVENTS_FOLDER", "GA4_FOLDER"), ""),  # the last where the export is read from BigQuery
        "DO_NOT_TRACK": "1",
        "DAGSTER_EVENT_BATCH_SIZE": "500",  # what a run plans, some hundred events, is written at once
        "OMP_WAIT_POLICY": "passive",  # on a busy machine threads that spin cost forty times the fit
    }.items():
        os.environ.setdefault(name, value)
    if os.environ.get("SHOP_URL") or "shop" not in systems():
        os.environ.setdefault("REGULARS_CLOCK", "system")
        for unused in {"shop", "crm"}.difference(systems()):
            os.environ.setdefault(f"{unused.upper()}_URL", "")
        return None
    demo = place / "demo"
    use_world(demo)
    os.environ["REGULARS_CLOCK"] = str(demo / "clock.json")
    return demo


def use_world(folder: Path, shop_url: str | None = None, crm_url: str | None = None, currency: str = "") -> None:
    """Points the sources at a pretend world in a folder, the providers at the demo's. currency: the one to report in, where it is said."""
    if currency:
        os.environ["REPORTING_CURRENCY"] = currency
    os.environ.update(
        SHOP_URL=shop_url or f"sqlite:///{folder / 'shop.db'}",
        CRM_URL=crm_url or f"sqlite:///{folder / 'crm.db'}",
        GA4_FOLDER=str(folder / "ga4"),
        SERVICE_URL=f"sqlite:///{folder / 'service.db'}",
        KLAVIYO_URL=f"http://127.0.0.1:{INBOX_PORT}",
        KLAVIYO_API_KEY="pk_demo",
        KLAVIYO_WEBHOOK_SECRET="demo-klaviyo-webhooks",  # noqa: S106 (of the demo provider)
        TWILIO_URL=f"http://127.0.0.1:{INBOX_PORT}",
        TWILIO_ACCOUNT_SID="AC" + "0" * 32,
        TWILIO_AUTH_TOKEN="demo",  # noqa: S106 (the demo provider takes any)
        TWILIO_SENDER="+15005550006",
        TWILIO_STATUS_CALLBACK="https://shop.example/twilio",
    )


@contextlib.contextmanager
def demo_provider(folder: Path) -> Iterator[None]:
    """The demo's provider on a free port, for as long as the block runs."""
    from demo.provider.server import running

    with running(folder) as server:
        os.environ.update(KLAVIYO_URL=server.url, TWILIO_URL=server.url)
        yield


@contextlib.contextmanager
def inbox(folder: Path) -> Iterator[None]:
    """The demo's provider at its own address, for as long as the block runs; that of `regulars dev` where it runs. A plan that was made
    of a provider holds for the same address alone."""
    from demo.provider.server import running

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # its port is taken: it runs
            stack.enter_context(running(folder, port=INBOX_PORT))
        yield
