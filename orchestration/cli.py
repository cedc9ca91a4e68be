"""The command `regulars`: a thin face over the functions that the assets call. The make targets call it.
Longer than most files: a command is some lines, and all commands stand in one place.

With SHOP_URL set (in the environment or in .env) it works on your systems; without, on the demo shop, in `data/`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path

import click

from orchestration.alerts_command import alerts
from orchestration.approve_command import approve_campaign, held_campaigns
from orchestration.backtest_command import backtest_models
from orchestration.campaigns_command import campaigns
from orchestration.collector.command import collect
from orchestration.deliver_command import deliver
from orchestration.environment import INBOX_PORT, ROOT, data_folder, demo_provider, prepare, use_world
from orchestration.experiments_command import experiments
from orchestration.experiments_import_command import import_past
from orchestration.experiments_verdicts_command import resume, show, status, stop, verdicts
from orchestration.explain_command import explain_person
from orchestration.export_command import export
from orchestration.hold_command import hold
from orchestration.identity_command import identity
from orchestration.messages_command import messages
from orchestration.plainly import Plain
from orchestration.quarantine_command import quarantine
from orchestration.reactive.command import react
from orchestration.review_command import review_quarter
from orchestration.segments_command import segments
from orchestration.simulate_command import simulate
from orchestration.syncs_command import syncs

UI = "http://127.0.0.1:3000"
REPORT = Path("reports", "overview.html")
PAGES = (REPORT, Path("reports", "campaigns.html"))


def say(text: str) -> None:
    """A line for the person at the terminal, at once."""
    click.echo(text, err=True)
    sys.stderr.flush()


def demo_world(folder: Path, customers: int) -> float:
    """Makes the demo shop where there is none yet, and brings in the experiments of its past; returns the seconds it took."""
    from demo import shop
    from orchestration.demo_trials import bring_in

    started = time.monotonic()
    if not (folder / "clock.json").exists():
        say(f"making the demo shop: {customers:,} customers, 18 months of orders, four months of events")
        shop.create(folder, shop_url=os.environ["SHOP_URL"], crm_url=os.environ["CRM_URL"], customers=customers, progress=say)
        bring_in(folder, data_folder())
    return round(time.monotonic() - started, 1)


def run_and_report(job: str, as_of: datetime | None, extra_seconds: dict[str, float] | None = None) -> bool:
    """Runs a job, prints what happened and writes run_summary.json; returns whether all went well."""
    from orchestration.resources import moment
    from orchestration.runs import run_job
    from orchestration.summary import lines, summarise, write

    started = time.monotonic()
    ran = run_job(job, as_of)
    ran.seconds = {**(extra_seconds or {}), **ran.seconds, "total": round(time.monotonic() - started, 1)}
    data = data_folder()
    summary = summarise(data, moment(ran.as_of), ran)
    write(summary, data)
    click.echo("\n".join(lines(summary)))
    return ran.success


@click.group(cls=Plain)
def main() -> None:
    """Regulars: the right message to the right customer, or rightly none."""


@main.command()
@click.option("--job", default="daily", show_default=True, type=click.Choice(["daily", "reactive", "rehearsal"]))
@click.option("--as-of", default=None, help="With --job rehearsal: see the world from this instant (ISO 8601, UTC).")
@click.option("--customers", default=5000, show_default=True, help="Size of the demo shop when it is made.")
def run(job: str, as_of: str | None, customers: int) -> None:
    """Fetch, unify, estimate, decide and deliver; print what happened."""
    from orchestration.resources import moment

    if as_of and job != "rehearsal":
        raise click.UsageError("a run as of another time must not send: add --job rehearsal, which ends at the outbox.")
    demo = prepare()
    instant = moment(as_of) if as_of else None
    with contextlib.ExitStack() as stack:
        extra = {}
        if demo is not None:
            extra = {"demo": demo_world(demo, customers)}
            stack.enter_context(demo_provider(demo))
        success = run_and_report(job, instant, extra)
    if success and job != "reactive":
        say(f"the report: {data_folder() / REPORT}")
    say(f"the UI: make dev, then {UI} (assets and runs)" + (f" and http://127.0.0.1:{INBOX_PORT} (the inbox)" if demo else ""))
    sys.exit(0 if success else 1)


@main.command()
@click.option("--days", default=1, show_default=True, type=click.IntRange(1))
@click.option("--once", is_flag=True, help="Run only when all of them have passed; nobody is written to in between.")
def tomorrow(days: int, once: bool) -> None:
    """Let a day pass in the demo shop and run `daily` on it. `--days 31 --once` shows what the first run's campaigns brought."""
    demo = prepare()
    if demo is None:
        raise click.ClickException("SHOP_URL names a real shop, whose days pass by themselves; unset it to use the demo shop.")
    if not (demo / "clock.json").exists():
        raise click.ClickException("there is no demo shop yet: make run makes it.")
    from demo import shop

    success = True
    with demo_provider(demo):
        for day in range(1, days + 1):
            shop.advance(demo, shop_url=os.environ["SHOP_URL"], crm_url=os.environ["CRM_URL"], progress=say)
            if day == days or not once:
                success = run_and_report("daily", None) and success
    sys.exit(0 if success else 1)


@main.command()
def report() -> None:
    """Make the report of the warehouse as it is; print where its pages are."""
    from orchestration.runs import run_job

    prepare()
    if not (data_folder() / "warehouse.duckdb").exists():
        raise click.ClickException("there is no warehouse to report on yet: make run makes one.")
    ran = run_job("report")
    if not ran.success:
        raise click.ClickException("; ".join(ran.failures))
    for page in PAGES:
        click.echo(data_folder() / page)


@main.command()
def real() -> None:
    """The same line on real data sets, up to the outbox; nothing is sent."""
    from orchestration.real_input import figures, lines
    from orchestration.runs import run_job

    sets = ROOT.parent / "shared" / "data"
    if not sets.is_dir():
        say(f"skipped: {sets} with the real data sets (Online Retail, a GA4 export, CRM records) is not here")
        return
    from demo.real import prepare as prepare_real

    folder = (Path(os.environ.get("REGULARS_DATA") or ROOT / "data") / "real").resolve()
    shop_url, crm_url = (f"sqlite:///{folder / 'world' / name}.db" for name in ("shop", "crm"))
    world = prepare_real(sets, folder / "world", shop_url=shop_url, crm_url=crm_url, progress=say)
    use_world(folder / "world", shop_url, crm_url, currency="GBP")
    prepare(folder)
    found = {}
    # everything has landed by the web's time; the shop's own last days are then seen again, as they were
    for name, as_of in (("web", world.web_as_of), ("shop", world.shop_as_of)):
        ran = run_job("rehearsal", as_of)
        if not ran.success:
            raise click.ClickException("; ".join(ran.failures))
        found[name] = {"as_of": as_of.isoformat(), **figures(folder)}
        click.echo("\n".join([f"as of {as_of:%Y-%m-%d} (the {name}'s time)", *(f"  {line}" for line in lines(found[name]))]))
    (folder / "real_summary.json").write_text(json.dumps(found, indent=2) + "\n")


@main.command()
@click.option("--port", default=3000, show_default=True)
def dev(port: int) -> None:
    """The Dagster UI, with schedules and sensors, and the receiver of events and webhooks; on the demo shop its provider's inbox too."""
    demo = prepare()
    from orchestration.serve import serve

    if demo is not None:
        demo_world(demo, 5000)
    serve(port, demo, say)


main.add_command(collect)
main.add_command(react)
main.add_command(quarantine)
main.add_command(deliver)
main.add_command(syncs)
main.add_command(hold)
main.add_command(alerts)
main.add_command(identity)
main.add_command(export)
main.add_command(explain_person)
main.add_command(messages)
main.add_command(backtest_models)
campaigns.add_command(held_campaigns)
campaigns.add_command(approve_campaign)
main.add_command(campaigns)
main.add_command(simulate)
main.add_command(segments)
for command in (import_past, status, show, verdicts, stop, resume):
    experiments.add_command(command)
main.add_command(experiments)
main.add_command(review_quarter)

if __name__ == "__main__":
    main()
