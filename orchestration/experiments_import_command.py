"""The command `regulars experiments import`: an experiment of the past out of a CSV file."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import click

from orchestration.environment import data_folder, prepare
from orchestration.landing import Landing
from orchestration.past_declared import KINDS, ImportFault, Past


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What it is called from now on: past:NAME. Another file by that name takes its place.")
@click.option("--control", required=True, help="The arm of those who are compared with, as the file writes it.")
@click.option("--arm", default="arm", show_default=True, help="The column of the arm.")
@click.option("--unit", default="", help="The column that names each person, once; the place in the file where there is none.")
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="COLUMN=KIND", help="What came of people: visit=binary, spend=mean. Repeat it."
)
@click.option("--covariate", default="", help="A column that says what they did before, to see more (CUPED).")
@click.option("--segment", "segments", multiple=True, help="A column to tell people apart by. Repeat it.")
@click.option("--assigned-at", default="", help="The column of when each was assigned (assigned_at by default), or an instant for all.")
@click.option("--person", default="", metavar="COLUMN=TYPE", help="Who they are: mail=email, mail_hash=email_sha256, id=shop_customer_id.")
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1), help="With --person: so many days of the shop's orders count."
)
def import_past(
    file: Path,
    name: str,
    control: str,
    arm: str,
    unit: str,
    outcomes: tuple[str, ...],
    covariate: str,
    segments: tuple[str, ...],
    assigned_at: str,
    person: str,
    days: int,
) -> None:
    """Load who was in which arm of an experiment of the past, and say what it brought.

    Without --outcome the orders of the shop say it, by who the people are (--person), from the next run on.
    """
    from orchestration.past_effects import effects_of, lines
    from orchestration.past_file import load
    from orchestration.resources import now

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.UsageError(f"--name is {name!r}; write it in small letters, digits and _.")
    column, _, kind = person.partition("=")
    if bool(column) != bool(kind):
        raise click.UsageError("--person is COLUMN=TYPE, such as mail=email.")
    past = Past(
        name=name,
        control=control,
        arm=arm,
        unit=unit,
        outcomes=dict(_outcome(told) for told in outcomes),
        covariate=covariate,
        segments=segments,
        assigned_at=_instant(assigned_at),
        person=column,
        person_type=kind,
        days=days,
    )
    prepare()
    landing, as_of = Landing(data_folder() / "landing"), now()
    try:
        loaded = load(file, past, landing, as_of)
    except ImportFault as fault:
        raise click.ClickException(str(fault)) from None
    for arm_name, people in loaded.people.items():
        click.echo(f"{arm_name}: {people:,} people" + (" (the control)" if arm_name == control else ""))
    if loaded.refused:
        reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in loaded.refused.most_common())
        click.echo(f"refused: {reasons}; see regulars quarantine list --table experiments_past_{name}")
    if not outcomes:
        click.echo("the next run looks up what they ordered: regulars run, then regulars experiments show " + past.experiment)
        return
    shares = {column for column, what in past.outcomes.items() if what == "binary"}
    click.echo("\n".join(lines(effects_of(landing, past.experiment, as_of), shares)))


def _outcome(told: str) -> tuple[str, str]:
    column, _, kind = told.rpartition("=")
    if not column or kind not in KINDS:
        kinds = " or ".join(f"{name} ({words})" for name, words in KINDS.items())
        raise click.UsageError(f"--outcome {told}: write COLUMN=KIND, of the kind {kinds}.")
    return column, kind


def _instant(told: str) -> str | datetime:
    """An instant for all, else the column."""
    from orchestration.resources import moment

    try:
        return moment(told)
    except ValueError:
        return told or "assigned_at"
