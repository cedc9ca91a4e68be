"""The command `regulars syncs`: what the syncs of the audiences would do, saved; a saved plan carried out, in the same world alone; and
what the providers' lists really hold."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import click

from orchestration.plainly import plainly
from orchestration.reconcile_command import reconcile_syncs


@click.group("syncs")
def syncs() -> None:
    """The lists at the providers: what would change, and what they really hold."""


syncs.add_command(reconcile_syncs)


@syncs.command("plan")
@click.option("--audience", "audiences", multiple=True, help="This audience alone; may be given several times.")
@click.option("--destination", "names", multiple=True, help="This destination alone; may be given several times.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Save the plan here, for `regulars syncs apply`.")
def plan_syncs(audiences: tuple[str, ...], names: tuple[str, ...], out: Path | None) -> None:
    """Say for each list who would be created, updated (field by field) and removed, with samples. Asks no provider and sends nothing."""
    from activations.syncs.changes import Mode
    from activations.syncs.plan import plan
    from orchestration.sync_plans import opened, told

    with plainly(), opened(audiences, names, asks=False) as world, tempfile.TemporaryDirectory() as scratch:
        made = 0
        for rule, audience in world.lists():
            place = (out or Path(scratch)) / rule.destination / audience
            file, mode = world.exported.file(audience, rule.mode), Mode(rule.mode)
            guard = world.guard(audience)
            planned = plan(audience, file, world.made[rule.destination], world.snapshots, world.clock, place, mode=mode, guard=guard)
            if not (planned.created or planned.updated or planned.removed or planned.refused):
                continue
            made += 1
            for number, sentence in enumerate(planned.sentences()):
                click.echo(sentence if number == 0 else f"  {sentence}")
            for row in planned.samples:
                click.echo(f"    {told(row)}")
        for audience in sorted(world.exported.held):
            click.echo(f"{audience} waits for a person and is not planned: regulars campaigns approve {audience}")
        click.echo(f"{made} list{'' if made == 1 else 's'} would change" + (f"; saved: regulars syncs apply {out}" if out and made else ""))


@syncs.command("apply")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--backfill", is_flag=True, help="Nothing that the provider starts when people join may start, as for a first load.")
def apply_plan(folder: Path, backfill: bool) -> None:
    """Do what the plan in FOLDER says and nothing else. Refuses if the audience, what the provider holds, the mode or the destination is
    not what it was when the plan was made."""
    from activations.syncs.changes import Mode
    from activations.syncs.plan import Plan
    from activations.syncs.sync import sync
    from orchestration.progress import now_and_then
    from orchestration.sync_plans import opened

    with plainly():
        plans = [Plan.load(path.parent) for path in sorted(folder.rglob("plan.json"))]
        if not plans:
            raise click.ClickException(f"there is no plan in {folder}; regulars syncs plan --out {folder} makes one.")
        names = tuple({one.destination for one in plans})
        with opened(tuple({one.audience for one in plans}), names, asks=True) as world:
            rules = {(rule.destination, audience): rule for rule, audience in world.lists()}
            for one in plans:
                if not (one.created or one.updated or one.removed):
                    continue
                rule = rules.get((one.destination, one.audience))
                if rule is None:
                    raise click.ClickException(f"{one.audience} at {one.destination} is not in vars.syncs any more, or waits for a person")
                file, mode, guard = world.exported.file(one.audience, rule.mode), Mode(rule.mode), world.guard(one.audience)
                say = now_and_then(lambda words: click.echo(words, err=True), "", time.monotonic)
                destination = world.made[rule.destination]
                how: dict[str, Any] = {"mode": mode, "guard": guard, "is_backfill": backfill, "plan": one}
                report = sync(one.audience, file, destination, world.snapshots, world.clock, say, **how)
                for sentence in report.sentences():
                    click.echo(sentence)
