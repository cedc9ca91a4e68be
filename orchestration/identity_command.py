"""The command `regulars identity`: what a changed rule would do, before it does."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from orchestration.environment import ROOT, data_folder, elsewhere, prepare


@click.group("identity")
def identity() -> None:
    """Who is the same person."""


@identity.command("preview")
@click.option(
    "--set", "settings", multiple=True, required=True, metavar="NAME=VALUE", help="A variable, e.g. identity_keys.email.max_people=2"
)
@click.option("--examples", default=5, show_default=True, help="How many merges and splits to show.")
def preview_settings(settings: tuple[str, ...], examples: int) -> None:
    """Who would merge and who would split under other settings. Nothing is written."""
    from orchestration.identity_preview import changed, preview
    from orchestration.warehouse import Warehouse

    prepare()
    project = ROOT / "dbt_project"
    given = [setting.partition("=") for setting in settings]
    if any(not sign for _, sign, _ in given):
        raise click.UsageError("a setting is NAME=VALUE")
    reader = Warehouse(data=str(data_folder()))
    try:
        wanted = changed(project, {name.strip(): value for name, _, value in given})
        last = reader.read("select max(as_of) as as_of from identity.changes").as_of[0]
        as_of = datetime.fromisoformat(str(last)).replace(tzinfo=UTC)
        found = preview(project, reader, wanted, as_of, elsewhere, lambda text: click.echo(text, err=True), examples)
    except (LookupError, ValueError, FileNotFoundError, RuntimeError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None
    click.echo("\n".join([f"with {', '.join(settings)}", *found.lines()]))
