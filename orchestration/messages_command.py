"""The command `regulars messages`: the templates checked, looked at and audited before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from content.checks import check, needed
from content.templates import Templates, load

if TYPE_CHECKING:
    from content.tokens import Campaign


@click.group("messages")
def messages() -> None:
    """What the messages say."""


@messages.command("check")
@click.argument("name", required=False)
def check_templates(name: str | None) -> None:
    """Check all templates as every build does, without a warehouse; say of each message (or of NAME's) what tokens it has."""
    templates, campaigns = _read(name)
    problems = check(templates, campaigns)
    for campaign in campaigns:
        if name not in (None, campaign.name):
            continue
        click.echo(f"{campaign.name} ({campaign.purpose}, {' or '.join(campaign.channels)})")
        if name:
            click.echo(f"  tokens: {', '.join(campaign.tokens)}")
        if not problems and (lacking := needed(templates, campaign)):
            click.echo(f"  held where one of these is missing, having no default: {', '.join(lacking)}")
    if problems:
        raise click.ClickException("\n".join([f"{len(problems)} problems", *map(str, problems)]))
    click.echo(f"all templates of {len(campaigns)} triggers are good")


@messages.command("preview")
@click.argument("name")
@click.option("--person", default=None, help="A profile_id, e-mail address or telephone number; without one somebody is made up.")
def preview(name: str, person: str | None) -> None:
    """Write a page that shows trigger NAME's message as its reader would see it: HTML, text and SMS. Prints no personal data."""
    from content.made_up import made_up_values
    from content.preview import page
    from orchestration.environment import data_folder, prepare
    from orchestration.messages_preview import values_for
    from orchestration.programme import shop
    from orchestration.warehouse import Warehouse

    templates, campaigns = _read(name)
    if problems := check(templates, campaigns):
        raise click.ClickException("\n".join([f"{len(problems)} problems", *map(str, problems)]))
    (campaign,) = (campaign for campaign in campaigns if campaign.name == name)
    values, whom = made_up_values(campaign) | shop().values("preview"), "somebody made up"
    prepare()
    if person:
        try:
            with Warehouse(data=str(data_folder())).open() as connection:
                values, whom = values_for(connection, campaign, shop(), person)
        except (LookupError, FileNotFoundError) as error:
            raise click.ClickException(str(error)) from None
    target = data_folder() / "previews" / f"{name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)  # it may show a person's data
    target.write_text(page(templates, campaign, values, whom), encoding="utf-8")
    click.echo(target)


@messages.command("audit")
def audit() -> None:
    """Print as Markdown which personal data each message uses, and what of it a customer may not expect."""
    from orchestration.environment import data_folder, prepare
    from orchestration.messages_audit import audited
    from orchestration.warehouse import Warehouse

    prepare()
    try:
        with Warehouse(data=str(data_folder())).open() as connection:
            click.echo(audited(connection))
    except FileNotFoundError:
        click.echo(audited(None))


def _read(name: str | None) -> tuple[Templates, list[Campaign]]:
    from orchestration.programme import declared, messages_folder

    campaigns = declared()
    if name is not None and name not in {campaign.name for campaign in campaigns}:
        raise click.UsageError(f"there is no trigger {name}; there are: {', '.join(campaign.name for campaign in campaigns)}")
    return load(messages_folder()), campaigns
