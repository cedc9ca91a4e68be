"""The command `regulars hold`: messages whose answer was lost, listed, and settled by a person's word."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from orchestration.environment import ledger_url, prepare

if TYPE_CHECKING:
    from activations.ledger import Ledger

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
    """Messages that may have arrived: the provider's answer was lost, and it cannot be asked. They are never repeated by themselves."""


@hold.command("list")
@click.option("--limit", default=100, show_default=True, help="So many of the oldest.")
def list_held(limit: int) -> None:
    """One line a message: id, provider, campaign, whom (masked), since when, and why it is held."""
    from activations.ledger import count_held, held

    with _ledger() as ledger:
        for one in held(ledger, limit=limit):
            since = f"{one.claimed_at:%Y-%m-%d %H:%M} UTC" if one.claimed_at else "an unknown time"
            click.echo(f"{one.message_id[:12]}  {one.destination}  {one.campaign} to {one.masked_address}, since {since}")
            click.echo(f"              {one.detail}")
        counted = count_held(ledger)
    told = "; look them up at the provider, then: regulars hold sent ID, send-again ID or drop ID" if counted else ""
    click.echo(f"{counted:,} held{told}")


def _settling(name: str, decision: str, words: str) -> Callable[..., None]:
    @hold.command(name, help=words)
    @click.argument("ids", nargs=-1, required=True, metavar="ID...")
    @click.option("--by", default=getpass.getuser, help="Who says so; you, where nobody is named.")
    @click.option("--note", default="", help="Why, for whoever reads the ledger later.")
    def settle(ids: tuple[str, ...], by: str, note: str) -> None:
        from activations.ledger import Decision, NotHeldError, settle_held
        from orchestration.resources import now

        with _ledger() as ledger:
            for message_id in [_whole(ledger, given) for given in ids]:
                try:
                    settle_held(ledger, message_id, Decision(decision), by, now(), note)
                except (NotHeldError, ValueError) as error:
                    raise click.ClickException(str(error)) from None
                click.echo(f"{message_id[:12]} {WORDS[decision]}; {by} said so")

    return settle


def _whole(ledger: Ledger, given: str) -> str:
    """The held message whose id begins so. Raises ClickException where it is none, or not one alone."""
    from activations.ledger import held

    found = [one.message_id for one in held(ledger) if one.message_id.startswith(given)]
    exact = [message_id for message_id in found if message_id == given] or found
    if len(exact) != 1:
        why = f"{len(exact)} messages begin so; give more of the id" if exact else "no message that is held begins so"
        raise click.ClickException(f"{given}: {why}. See regulars hold list")
    return exact[0]


_settling("sent", "sent", "It arrived: it counts as delivered from here on.")
_settling("send-again", "send_again", "It did not arrive: it goes out with the next run whose outbox still has it.")
_settling("drop", "drop", "It is not to be sent, whether it arrived or not.")
