"""The command `regulars review`: the review of a quarter."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.environment import data_folder, prepare


@click.command("review")
@click.option("--quarter", default="", help="Such as 2026Q2; the last one that is over by default.")
@click.option("--out", default="", type=click.Path(dir_okay=False), help="The file to write; in the data folder by default.")
def review_quarter(quarter: str, out: str) -> None:
    """Make the review of a quarter: which campaigns to keep, to fix or to stop, and why. Prints where it is."""
    from orchestration.runs import run_job
    from reports.quarters import parsed

    try:
        asked = str(parsed(quarter)) if quarter else ""
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--quarter") from None
    prepare()
    if not (data_folder() / "warehouse.duckdb").exists():
        raise click.ClickException("there is no warehouse to review yet: make run makes one.")
    file = str(Path(out).absolute()) if out else ""
    ran = run_job("review", ops={"reports__review": {"quarter": asked, "out": file}})
    if not ran.success:
        raise click.ClickException("; ".join(ran.failures))
    click.echo(ran.paths["reports/review"])
