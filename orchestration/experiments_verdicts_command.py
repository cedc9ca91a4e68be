"""The commands `regulars experiments status | show | verdicts | stop | resume`: where they stand, what was decided, and a person's word."""

from __future__ import annotations

import getpass
from typing import Any

import click

from orchestration.environment import data_folder, prepare
from orchestration.landing import Landing
from orchestration.warehouse import Warehouse

_LATEST = "as_of = (select max(as_of) from proof.effects)"


def _rows(query: str, *values: Any) -> list[dict[str, Any]]:
    """What the warehouse answers; said in a sentence where there is none yet, or one without such tables."""
    import duckdb

    prepare()
    try:
        with Warehouse(data=str(data_folder())).open() as connection:
            found = connection.execute(query, list(values))
            names = [head[0] for head in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None
    except duckdb.CatalogException:
        raise click.ClickException("the warehouse knows no experiments yet: regulars run builds them.") from None


@click.command("status")
@click.option("--all", "everything", is_flag=True, help="The control groups of single campaigns too.")
def status(everything: bool) -> None:
    """Where every experiment stands: state, phase, effect with its interval."""
    rows = _rows(
        f"""
        select experiment, phase, arm, state, sentence from proof.effects
        where {_LATEST} and is_primary and segment_type = 'all' and (? or experiment not like 'holdout:%')
        order by experiment, phase, arm
        """,
        everything,
    )
    for row in rows:
        click.echo(f"{row['experiment']}  {row['phase']}  {row['arm']}  {row['state']}\n          {row['sentence']}")
    click.echo(f"{len(rows):,} compared" + ("" if everything else "; --all shows the control groups of campaigns too"))


@click.command("show")
@click.argument("experiment")
def show(experiment: str) -> None:
    """An experiment: its arms, what each brings in every metric and segment, and what was decided."""
    arms = _rows(
        "select arm, is_control, share, status, hypothesis, metric, outcome_days, plan, looks, minimum_effect from decisions.experiments"
        " where experiment = ? order by from_bucket, arm",
        experiment,
    )
    found = _rows(
        f"select phase, state, sentence from proof.effects where {_LATEST} and experiment = ?"
        " order by not is_primary, segment_type <> 'all', phase, segment_type, segment, metric, arm",
        experiment,
    )
    if not arms and not found:
        raise click.ClickException(f"there is no experiment {experiment}; see regulars experiments status --all.")
    if arms:
        first = arms[0]
        click.echo(f"{experiment}: {first['status']}; {first['metric']} within {first['outcome_days']} days, {first['plan']}")
        if first["hypothesis"]:
            click.echo(first["hypothesis"])
        for arm in arms:
            click.echo(f"  {arm['arm']}: {arm['share']:.1%}" + (", what the others are compared with" if arm["is_control"] else ""))
    for row in found:
        click.echo(f"{row['phase']}: {row['sentence']}")
    _told(experiment)


@click.command("verdicts")
@click.argument("experiment", default="")
def verdicts(experiment: str) -> None:
    """What was decided, by whom and why: the latest last."""
    prepare()
    if not _told(experiment):
        of = f" of {experiment}" if experiment else ""
        click.echo(f"nothing was decided{of} yet; regulars experiments status says where each stands", err=True)


def _told(experiment: str) -> int:
    """Prints what was decided of it, or of all; returns how many times."""
    from orchestration.judging import history

    found = [verdict for verdict in history(Landing(data_folder() / "landing")) if experiment in ("", verdict.experiment)]
    for verdict in found:
        click.echo(f"{verdict.decided_at:%Y-%m-%d %H:%M}  {verdict.experiment}  {verdict.decision} (by {verdict.decided_by})")
        click.echo(f"          {verdict.reason}")
    return len(found)


@click.command("stop")
@click.argument("experiment")
@click.option("--by", default=getpass.getuser, help="Who says so; you, where nobody is named.")
@click.option("--because", default="a person said so", help="Why, for the record.")
def stop(experiment: str, by: str, because: str) -> None:
    """End an experiment: everybody gets what was in use before, from the next run on."""
    from orchestration.person_verdicts import say

    _say(say, experiment, "stop", by, because)


@click.command("resume")
@click.argument("experiment")
@click.option("--by", default=getpass.getuser, help="Who says so; you, where nobody is named.")
@click.option("--because", default="a person said so", help="Why, for the record.")
def resume(experiment: str, by: str, because: str) -> None:
    """Let an experiment that was stopped go on: the same people, and the looks that are left."""
    from orchestration.person_verdicts import say

    _say(say, experiment, "continue", by, because)


def _say(say: Any, experiment: str, decision: str, by: str, because: str) -> None:
    from orchestration.resources import now

    prepare()
    data = data_folder()
    try:
        verdict = say(Warehouse(data=str(data)), Landing(data / "landing"), experiment, decision, by, because, now())
    except (LookupError, ValueError, FileNotFoundError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None
    click.echo(f"{experiment}: {decision}, said by {verdict.decided_by}; the next run acts on it")
