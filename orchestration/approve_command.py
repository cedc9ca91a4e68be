"""The commands `regulars campaigns held` and `approve`: what waits for a person, and the person's word."""

from __future__ import annotations

import getpass

import click

from orchestration.approvals import approve, held
from orchestration.environment import data_folder, prepare
from orchestration.landing import Landing
from orchestration.systems import policy
from orchestration.warehouse import Warehouse


@click.command("held")
def held_campaigns() -> None:
    """Campaigns that wait for a person, because they would send or change far more than ever."""
    prepare()
    try:
        waiting = held(Warehouse(data=str(data_folder())))
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    for row in waiting.itertuples():
        click.echo(f"{row.campaign}  {row.kind}  {row.held_count:,}  since {row.decided_at} UTC\n          {row.words}")
    click.echo(f"{len(waiting):,} wait" + (", see regulars campaigns approve --help" if len(waiting) else ""))


@click.command("approve")
@click.argument("name")
@click.option("--by", default=getpass.getuser, help="Who says so; you, where nobody is named.")
@click.option("--up-to", type=click.IntRange(min=1), help="Messages, or changes of the list; what waits and a tenth, where not said.")
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="How long it holds; vars.spike.approval_hours where not said.")
def approve_campaign(name: str, by: str, up_to: int | None, hours: float | None) -> None:
    """Let a campaign that waits go: up to a count, for some hours. The next run sends."""
    from orchestration.resources import now

    prepare()
    data, holds = data_folder(), hours or float(policy("spike")["approval_hours"])
    try:
        count = approve(Warehouse(data=str(data)), Landing(data / "landing"), name, by, now(), holds, up_to)
    except (ValueError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} may go up to {count:,}, approved by {by}, for {holds:g} hours; the next run sends")
