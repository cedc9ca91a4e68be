"""The command `regulars campaigns`: what a campaign would have done."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from orchestration.environment import ROOT, data_folder, memory_limit, prepare


@click.group("campaigns")
def campaigns() -> None:
    """The campaigns: audiences and triggers."""


@campaigns.command("backtest")
@click.argument("name")
@click.option("--days", default=90, show_default=True, help="So many days up to the end are played.")
@click.option("--until", default=None, help="The end (ISO 8601, UTC); the last run by default.")
@click.option("--hour", "hours", multiple=True, type=click.IntRange(0, 23), help="Decide at this hour (UTC) of each day; repeat it.")
@click.option("--among", multiple=True, help="Play these campaigns too, or all: who comes first, whose scenario is stronger.")
@click.option("--examples", default=3, show_default=True, help="So many of each outcome are shown, addresses masked.")
def backtest_campaign(name: str, days: int, until: str | None, hours: tuple[int, ...], among: tuple[str, ...], examples: int) -> None:
    """What a campaign would have done over a past period, and what each rule took away. Nothing is written or sent."""
    from orchestration.programme import variables
    from orchestration.replay.backtest import backtest
    from orchestration.replay.opening import last_instant, named, project_of, refuse_unlisted, scratch_of
    from orchestration.replay.played import daily
    from orchestration.replay.told import lines
    from orchestration.warehouse import Warehouse

    prepare()
    reader = Warehouse(data=str(data_folder()))
    try:
        refuse_unlisted([name, *among], variables())
        last = utc(until) if until else last_instant(reader)
        instants = daily(last, days, hours)
        click.echo("reading the project", err=True)
        with project_of(ROOT / "dbt_project") as project:
            others = named(among, project)
            named([name], project)
            with scratch_of(project, reader, [name, *others], memory=memory_limit()) as scratch:
                found = backtest(scratch, name, instants, others, examples, deciding)
    except (LookupError, ValueError, FileNotFoundError, RuntimeError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None
    click.echo("", err=True)
    click.echo("\n".join(lines(found)))


def deciding(instant: datetime) -> None:
    """Shows how far it is, on the line that is there."""
    click.echo(f"\rdeciding as of {instant:%Y-%m-%d %H:%M}", err=True, nl=False)


def utc(text: str) -> datetime:
    """An instant as it is stored: UTC without a zone. Raises ValueError."""
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read
