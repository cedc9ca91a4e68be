"""The command `regulars simulate`: the whole programme on made-up people or on the warehouse's own, before anything is sent."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from orchestration.environment import ROOT, data_folder, memory_limit, prepare


@click.command("simulate")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A rule of dbt_project.yml, changed: cooldown_hours=24.")
@click.option("--against", metavar="BASE", help="Another git ref: its models and its policy, beside those that are here.")
@click.option("--days", default=7, show_default=True, help="Without a file: so many days of the warehouse, up to its last run.")
@click.option(
    "--hour", "hours", multiple=True, type=click.IntRange(0, 23), default=(9, 15), show_default=True, help="At these hours (UTC)."
)
def simulate(file: Path | None, settings: tuple[str, ...], against: str | None, days: int, hours: tuple[int, ...]) -> None:
    """Play FILE, made-up people and what happens to them (journeys/example.yml), or the people of the warehouse. Nothing is sent.

    Says what each person gets and why not, whether every rule that must never be broken held, and whether what the file expects came true.
    A rule that is changed by --set is compared with today's, what is here with another git ref by --against.
    """
    from orchestration.identity_preview import changed

    prepare()
    project = ROOT / "dbt_project"
    given = [setting.partition("=") for setting in settings]
    if any(not sign for _, sign, _ in given):
        raise click.UsageError("a setting is NAME=VALUE")
    if settings and against:
        raise click.UsageError("--set or --against: one comparison at a time")
    try:
        variables = changed(project, {name.strip(): value for name, _, value in given}) if given else {}
        with _variants(project, variables, ", ".join(settings), against) as variants:
            well = _journeys(file, variants) if file else _warehouse(variants, days, hours)
    except (LookupError, ValueError, FileNotFoundError, RuntimeError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None
    sys.exit(0 if well else 1)


Variant = tuple[str, Path, dict[str, Any]]


@contextlib.contextmanager
def _variants(project: Path, variables: dict[str, Any], named: str, against: str | None) -> Iterator[list[Variant]]:
    """What is played: a name, a project and changed variables each. The last is the one that is judged."""
    if against:
        from orchestration.replay.checkout import checked_out

        with checked_out(ROOT, against) as base:
            yield [(against, base / "dbt_project", {}), ("here", project, {})]
    else:
        yield [("today", project, {}), *([(named, project, variables)] if variables else [])]


def _journeys(file: Path, variants: list[Variant]) -> bool:
    from orchestration.replay.journeys import read
    from orchestration.replay.simulation import World
    from orchestration.replay.timelines import compared, lines

    journeys = read(file)
    with tempfile.TemporaryDirectory(prefix="regulars_journeys_") as name:
        _, project, variables = variants[-1]
        world = World(journeys, project, Path(name), variables)
        found = {}
        for number, (label, folder, changes) in enumerate(variants):
            click.echo(f"playing {file.name}: {label}", err=True)
            with world.scratch(folder, changes, world.manifest if number == len(variants) - 1 else None) as scratch:
                found[label] = world.play(scratch)
    (label, last), *others = reversed(found.items())
    click.echo("\n".join(lines(last)))
    for name, other in others:
        click.echo("\n".join(["", f"{label} beside {name}", *compared(other, last)]))
    return not last.unmet and not last.broken


def _warehouse(variants: list[Variant], days: int, hours: tuple[int, ...]) -> bool:
    from orchestration.campaigns_command import deciding
    from orchestration.replay.opening import last_instant, project_of, scratch_of
    from orchestration.replay.played import daily
    from orchestration.replay.programme import beside, lines, played
    from orchestration.warehouse import Warehouse

    reader = Warehouse(data=str(data_folder()))
    instants = daily(last_instant(reader), days, hours)
    found = {}
    for label, folder, changes in variants:
        click.echo(f"playing {len(instants)} instants: {label}", err=True)
        with (
            project_of(folder, json.dumps(changes)) as project,
            scratch_of(project, reader, project.campaigns("message"), memory=memory_limit()) as scratch,
        ):
            found[label] = played(scratch, instants, deciding)
        click.echo("", err=True)
    (label, last), *others = reversed(found.items())
    click.echo("\n".join(lines(last)))
    for name, other in others:
        click.echo("\n".join(["", f"{label} beside {name}", *beside(other, last)]))
    return not last.broken
