"""The command `regulars syncs reconcile`: what the lists at the providers really hold, and what is believed of them mended."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import click

from orchestration.environment import data_folder
from orchestration.plainly import plainly


@click.command("reconcile")
@click.option("--audience", "audiences", multiple=True, help="This audience alone; may be given several times.")
@click.option("--destination", "names", multiple=True, help="This destination alone; may be given several times.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write everybody found here, by their ids.")
@click.option("--apply", "is_to_mend", is_flag=True, help="Mend what is believed to be there; the next sync does the rest.")
@click.option("--take-off-strangers", is_flag=True, help="With --apply: who was put on a mirrored list by hand is to be taken off, too.")
@click.option("--settled-hours", type=click.FloatRange(0), default=6.0, show_default=True, help="Leave alone what happened since then.")
def reconcile_syncs(
    audiences: tuple[str, ...], names: tuple[str, ...], out: Path | None, is_to_mend: bool, take_off_strangers: bool, settled_hours: float
) -> None:
    """Read the lists at the providers and say where they are not what these acknowledged: who is missing there, who is there in error.
    Changes nothing at a provider."""
    from activations.syncs.changes import Mode
    from activations.syncs.journal import SyncBusyError
    from activations.syncs.listing import NotReconciledError
    from activations.syncs.reconciliation import reconcile, why_not
    from orchestration.progress import now_and_then
    from orchestration.sync_plans import opened
    from orchestration.taken_off import taken_off
    from orchestration.warehouse import Warehouse

    if take_off_strangers and not is_to_mend:
        raise click.UsageError("--take-off-strangers goes with --apply")
    failed = behind = 0
    with plainly(), opened(audiences, names, asks=True) as world:
        for rule, audience in world.lists():
            destination, mode = world.made[rule.destination], Mode(rule.mode)
            if why := why_not(destination, mode):
                click.echo(f"{audience} at {rule.destination} ({mode}) is not compared: {why}")
                continue
            off = partial(taken_off, Warehouse(data=str(data_folder())), world.snapshots.logs, rule.destination, audience)
            try:
                found = reconcile(
                    audience,
                    destination,
                    world.snapshots,
                    world.clock,
                    now_and_then(lambda words: click.echo(words, err=True), "", time.monotonic),
                    mode=mode,
                    settled=timedelta(hours=settled_hours),
                    taken_off=off,
                    is_to_mend=is_to_mend,
                    takes_strangers=take_off_strangers,
                    folder=out / rule.destination / audience if out else None,
                )
            except (NotReconciledError, SyncBusyError) as error:
                click.echo(str(error), err=True)
                failed += 1
                continue
            for number, sentence in enumerate(found.sentences()):
                click.echo(sentence if number == 0 else f"  {sentence}")
            behind += not found.is_in_step
            if found.is_mended:
                click.echo("  mended: the next sync sends who is missing, and takes off who is there in error")
        for audience in sorted(world.exported.held):
            click.echo(f"{audience} waits for a person and is not compared: regulars campaigns approve {audience}")
        if behind and not is_to_mend:
            click.echo("nothing was changed; with --apply what is believed is mended, and the next sync does the rest")
        if failed:
            raise click.ClickException(f"{failed} list{'' if failed == 1 else 's'} could not be compared")
