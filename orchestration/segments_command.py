"""The command `regulars segments`: what a change of the project does to who is in, before it is merged."""

from __future__ import annotations

import click

from orchestration.environment import ROOT, data_folder, memory_limit, prepare


@click.group("segments")
def segments() -> None:
    """Who is in which audience and campaign."""


@segments.command("diff")
@click.argument("base")
@click.option("--samples", default=5, show_default=True, help="So many of those who move are shown, addresses masked.")
@click.option("--as-of", default=None, help="The instant (ISO 8601, UTC); the last run by default.")
def diff(base: str, samples: int, as_of: str | None) -> None:
    """Who enters and leaves each audience and campaign, between BASE (a git ref) and the files that are here, as Markdown."""
    from orchestration.campaigns_command import utc
    from orchestration.replay.checkout import checked_out
    from orchestration.replay.difference import difference, markdown
    from orchestration.replay.opening import last_instant, project_of
    from orchestration.warehouse import Warehouse

    prepare()
    reader = Warehouse(data=str(data_folder()))
    try:
        instant = utc(as_of) if as_of else last_instant(reader)
        click.echo(f"reading {base} and what is here", err=True)
        with (
            checked_out(ROOT, base) as folder,
            project_of(folder / "dbt_project") as before,
            project_of(ROOT / "dbt_project") as here,
        ):
            click.echo(f"deciding twice as of {instant:%Y-%m-%d %H:%M}", err=True)
            found = difference(before, here, reader, instant, samples, memory_limit())
    except (LookupError, ValueError, FileNotFoundError, RuntimeError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None
    click.echo(markdown(found, base))
