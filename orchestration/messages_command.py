"""The command `regulars messages`: the templates checked, looked at and audited before anything is sent."""

from __future__ import annotations

import click

from content.checks import check, needed
from content.templates import load


@click.group("messages")
def messages() -> None:
    """What the messages say."""


@messages.command("check")
@click.argument("name", required=False)
def check_templates(name: str | None) -> None:
    """Check all templates as every build does, without a warehouse; say of each message (or of NAME's) what tokens it has."""
    from orchestration.programme import MESSAGES, declared

    templates, campaigns = load(MESSAGES), declared()
    problems = check(templates, campaigns)
    shown = [campaign for campaign in campaigns if name in (None, campaign.name)]
    if not shown:
        raise click.UsageError(f"there is no trigger {name}; there are: {', '.join(campaign.name for campaign in campaigns)}")
    for campaign in shown:
        click.echo(f"{campaign.name} ({campaign.purpose}, {' or '.join(campaign.channels)})")
        if name:
            click.echo(f"  tokens: {', '.join(campaign.tokens)}")
        if not problems and (lacking := needed(templates, campaign)):
            click.echo(f"  held where one of these is missing, having no default: {', '.join(lacking)}")
    if problems:
        raise click.ClickException("\n".join([f"{len(problems)} problems", *map(str, problems)]))
    click.echo(f"all templates of {len(campaigns)} triggers are good")
