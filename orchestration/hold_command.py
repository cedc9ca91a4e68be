"""The command `regulars hold`: messages whose answer was lost, listed, and settled by a person's word."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from orchestration.environment import data_folder, ledger_url, prepare

if TYPE_CHECKING:
    from activations.ledger import Ledger
    from activations.syncs.held_rows import HeldRow

WORDS = {"sent": "counts as delivered", "send_again": "goes with the next run, if it is still decided", "drop": "is never sent"}


@contextlib.contextmanager
def _ledger() -> Iterator[Ledger]:
    from activations.ledger import Ledger, LedgerNewerError

    prepare()
    try:
        ledger = Ledger(ledger_url())
    except LedgerNewerError as error:
        raise click.ClickException(str(error)) from None
    try:
        yield ledger
    finally:
        ledger.close()


@click.group("hold")
def hold() -> None:
    """What may have arrived: the provider's answer was lost, and it cannot be asked. It is never repeated by itself."""


@hold.command("list")
@click.option("--limit", default=100, show_default=True, help="So many of the oldest messages.")
def list_held(limit: int) -> None:
    """One line a message, or a row told to a provider: id, provider, what and whom (masked), since when, and why it is held."""
    from activations.ledger import count_held, held
    from activations.syncs.held_rows import held_rows

    with _ledger() as ledger:
        for one in held(ledger, limit=limit):
            since = f"{one.claimed_at:%Y-%m-%d %H:%M} UTC" if one.claimed_at else "an unknown time"
            click.echo(f"{one.message_id[:12]}  {one.destination}  {one.campaign} to {one.masked_address}, since {since}")
            click.echo(f"              {one.detail}")
        rows = 0
        for row in held_rows(ledger):
            rows += 1
            click.echo(
                f"{row.destination}/{row.row_id}  {row.audience}, since {row.held_at:%Y-%m-%d %H:%M} UTC\n              {row.detail}"
            )
        counted = count_held(ledger) + rows
    told = "; look them up at the provider, then: regulars hold sent ID, send-again ID or drop ID" if counted else ""
    click.echo(f"{counted:,} held{told}")


def _settling(name: str, decision: str, words: str) -> None:
    @hold.command(name, help=words)
    @click.argument("ids", nargs=-1, required=True, metavar="ID...")
    @click.option("--by", default=getpass.getuser, help="Who says so; you, where nobody is named.")
    @click.option("--note", default="", help="Why, for whoever reads the ledger later.")
    def settle(ids: tuple[str, ...], by: str, note: str) -> None:
        from activations.ledger import Decision, NotHeldError, settle_held
        from activations.syncs.held_rows import HeldRow, settle_row
        from activations.syncs.journal import SyncBusyError
        from activations.syncs.snapshots import Snapshots
        from orchestration.resources import Folders, now

        with _ledger() as ledger:
            snapshots = Snapshots(Folders(root=str(data_folder())).acknowledged, ledger)
            for one in [_whole(ledger, given) for given in ids]:
                try:
                    if isinstance(one, HeldRow):
                        settle_row(ledger, snapshots, one, Decision(decision), by, now())
                    else:
                        settle_held(ledger, one, Decision(decision), by, now(), note)
                except (NotHeldError, SyncBusyError, ValueError) as error:
                    raise click.ClickException(str(error)) from None
                told = f"{one.destination}/{one.row_id}" if isinstance(one, HeldRow) else one[:12]
                click.echo(f"{told} {WORDS[decision]}; {by} said so")


def _whole(ledger: Ledger, given: str) -> str | HeldRow:
    """The held message whose id begins so, or the row of that name. Raises ClickException where it is none, or not one alone."""
    from activations.ledger import held
    from activations.syncs.held_rows import held_rows

    for row in held_rows(ledger) if "/" in given else ():
        if f"{row.destination}/{row.row_id}" == given:
            return row
    found = [one.message_id for one in held(ledger) if one.message_id.startswith(given)]
    exact = [message_id for message_id in found if message_id == given] or found
    if len(exact) != 1:
        why = f"{len(exact)} messages begin so; give more of the id" if exact else "no message that is held begins so"
        raise click.ClickException(f"{given}: {why}. See regulars hold list")
    return exact[0]


_settling("sent", "sent", "It arrived: it counts as delivered from here on.")
_settling("send-again", "send_again", "It did not arrive: it goes out with the next run whose outbox, or audience, still has it.")
_settling("drop", "drop", "It is not to be sent, whether it arrived or not.")
