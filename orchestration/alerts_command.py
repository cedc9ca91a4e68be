"""The command `regulars alerts`: what is unlike its own history, since when, why, and what to do."""

from __future__ import annotations

import click

from orchestration.environment import data_folder, prepare
from orchestration.landing import Landing


@click.command("alerts")
@click.option("--all", "shows_all", is_flag=True, help="Those that are over, too.")
def alerts(shows_all: bool) -> None:
    """Alerts that are open: what, since when, probably why, and what to do."""
    from orchestration.alerts.book import Book

    prepare()
    known = Book(Landing(data_folder() / "landing")).incidents()
    shown = [one for one in known if shows_all or one.closed_at is None]
    for one in shown:
        until = f" until {one.closed_at:%Y-%m-%d %H:%M}" if one.closed_at else ""
        finding = one.finding
        click.echo(f"{one.alert_id}  {finding.severity}  {finding.step} {finding.name}, since {one.opened_at:%Y-%m-%d %H:%M}{until} UTC")
        click.echo(f"          {finding.sentence}")
        for line in finding.evidence[1:]:
            click.echo(f"          also: {line}")
        click.echo(f"          {finding.what_next}")
    click.echo(f"{len([one for one in known if one.closed_at is None]):,} open, {len(known):,} ever")
