"""The command `regulars quarantine`: refused rows listed, shown, mended and landed again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from orchestration.environment import data_folder, prepare
from orchestration.landing.entries import Entry, entries, fix, supersede
from orchestration.landing.replay import replay
from orchestration.landing.sheet import read_sheet, write_sheet
from orchestration.landing.zone import Landing
from orchestration.sources.catalogue import TABLES

BY_NAME = {table.raw_name: table for table in TABLES}


def _landing() -> Landing:
    prepare()
    return Landing(data_folder() / "landing")


def _plainly(command: Callable[..., None]) -> Callable[..., None]:
    """What cannot be done is said in a sentence."""

    @functools.wraps(command)
    def said(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except (LookupError, ValueError, OSError) as error:
            raise click.ClickException(str(error).strip("'\"")) from None

    return said


def _known(context: click.Context, option: click.Parameter, name: str) -> str:
    """A table that there is: a word misspelt would look like a table without a bad row."""
    if name and name not in BY_NAME and not name.startswith("experiments_past_"):
        near = get_close_matches(name, BY_NAME, n=4, cutoff=0.5) or sorted(BY_NAME)
        raise click.BadParameter(f"no table is called {name}; there are {', '.join(near)}", context, option)
    return name


_table = click.option("--table", default="", callback=_known, help="Of this table alone, named as in raw: shop_orders.")
_reason = click.option("--reason", default="", help="Refused by this rule alone: status_unknown.")


@click.group("quarantine")
def quarantine() -> None:
    """Rows that were refused on landing: look at them, mend them, land them again."""


@quarantine.command("list")
@_table
@_reason
@click.option("--state", default="open", show_default=True, type=click.Choice(["open", "replayed", "superseded", "all"]))
@_plainly
def list_entries(table: str, reason: str, state: str) -> None:
    """One line a row: id, table, key, rule, and what is wrong."""
    found = entries(_landing(), table=table, reason=reason, state="" if state == "all" else state)
    for entry in found:
        fixed = f" [mended: {', '.join(entry.fixed)}; replay it]" if entry.fixed and entry.state == "open" else ""
        click.echo(
            f"{entry.quarantine_id[:8]}  {entry.state:<10} {entry.table}  {_key(entry)}  {entry.reason}{fixed}\n          {entry.detail}"
        )
    click.echo(f"{len(found):,} rows" + (", see regulars quarantine show ID" if found else ""))


def _key(entry: Entry) -> str:
    """The row's key; not where it is an address."""
    return "***" if "@" in (entry.row_key or "") else entry.row_key or "(no key)"


@quarantine.command()
@click.argument("id_")
@click.option("--reveal", is_flag=True, help="Show personal values too.")
@_plainly
def show(id_: str, reveal: bool) -> None:
    """The row as it came, the rule that refused it, and what to do."""
    (entry,) = entries(_landing(), ids=[id_], state="")
    closed = f", closed {entry.closed_at} UTC by {entry.closed_by}" if entry.closed_at else ""
    click.echo(
        f"{entry.quarantine_id}\n{entry.table}, refused {entry.quarantined_at} UTC by the rule {entry.reason}; {entry.state}{closed}"
    )
    click.echo(entry.detail)
    for name, value in entry.shown(BY_NAME.get(entry.table), reveal=reveal).items():
        mended = f"  -> {entry.fixed[name] if reveal else '(mended)'}" if name in entry.fixed else ""
        click.echo(f"  {name}: {'NULL' if value is None else value}{mended}")
    if entry.state == "open":
        click.echo(f"mend it in the source, or: regulars quarantine fix {entry.quarantine_id[:8]} --set COLUMN=VALUE, then replay it")


@quarantine.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_table
@_reason
@_plainly
def export(file: Path, table: str, reason: str) -> None:
    """Write the open rows of a table as CSV, to be mended and read back with `fix --from`. Personal values are in it."""
    rows = write_sheet(entries(_landing(), table=table, reason=reason), file)
    click.echo(f"{rows:,} rows in {file}, personal values included; delete it when done")


@quarantine.command("fix")
@click.argument("ids", nargs=-1)
@click.option("--set", "sets", multiple=True, metavar="COLUMN=VALUE", help="What the row should hold; may be given several times.")
@click.option("--from", "sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A mended sheet of `export`.")
@_plainly
def fix_entries(ids: Sequence[str], sets: Sequence[str], sheet: Path | None) -> None:
    """Note what rows should hold; they land with the next replay."""
    landing = _landing()
    if any("=" not in pair for pair in sets) or not (sheet or (ids and sets)):
        raise ValueError("name the rows and what they should hold: fix ID --set quantity=3, or fix --from FILE.")
    values = dict(pair.split("=", 1) for pair in sets)
    changes = read_sheet(sheet, entries(landing)) if sheet else [(entry, values) for entry in entries(landing, ids=ids)]
    for entry, own in changes:
        if entry.table not in BY_NAME:
            raise LookupError(f"{entry.table} is no table that is known.")
        fix(landing, entry, BY_NAME[entry.table], own)
    click.echo(f"{len(changes):,} rows mended; land them with regulars quarantine replay")


@quarantine.command("replay")
@click.argument("ids", nargs=-1)
@_table
@_reason
@_plainly
def replay_entries(ids: Sequence[str], table: str, reason: str) -> None:
    """Land open rows again, mended or not, through the same rules. Not while a run lands the same tables."""
    import getpass

    from orchestration.resources import now

    landing = _landing()
    as_of = now()
    supersede(landing, BY_NAME, as_of)
    done = replay(landing, BY_NAME, entries(landing, table=table, reason=reason, ids=ids), as_of, getpass.getuser())
    for name, why in (done.refused | done.impossible).items():
        click.echo(f"{name[:8]} stays: {why}")
    click.echo(f"{len(done.landed):,} rows landed, {len(done.refused) + len(done.impossible):,} stay; the next run takes them in")
