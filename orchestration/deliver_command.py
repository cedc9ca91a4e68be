"""The command `regulars deliver`: the outbox to the providers, outside of a run; on several machines at once with one PostgreSQL ledger."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from datetime import timedelta

import click

from orchestration.environment import data_folder, demo_provider, ledger_url, prepare


@click.group("deliver", invoke_without_command=True)
@click.option("--decided-within", default=1.0, show_default=True, help="Refuse an outbox that was decided longer ago, in hours.")
@click.pass_context
def deliver(context: click.Context, decided_within: float) -> None:
    """Send what is in the outbox, each message once. Any number of machines may do so at the same time where LEDGER_URL is a PostgreSQL:
    they share the work. Quiet hours and caps were judged when the outbox was decided: an old one wants a new run."""
    if context.invoked_subcommand is not None:
        return
    from activations.ledger import LedgerBusyError
    from orchestration.assets.delivery_page import line
    from orchestration.delivery import age, deliver_outbox, read_outbox
    from orchestration.delivery_policy import PolicyError
    from orchestration.destinations import DestinationError
    from orchestration.progress import now_and_then
    from orchestration.resources import Folders, Outside, now
    from orchestration.warehouse import Warehouse

    demo = prepare()
    warehouse = Warehouse(data=str(data_folder()))
    with contextlib.ExitStack() as stack:
        if demo is not None:
            stack.enter_context(demo_provider(demo))
        try:
            decided = age(read_outbox(warehouse), now())
            if decided > timedelta(hours=decided_within):
                hours = decided / timedelta(hours=1)
                remedy = "regulars run --job reactive decides anew and sends; --decided-within lets this one go"
                raise click.ClickException(f"the outbox was decided {hours:,.1f} hours ago: {remedy}.")
            outside, folders = Outside.of_environment(), Folders(root=str(data_folder()))
            said = now_and_then(lambda words: click.echo(words, err=True), "", time.monotonic)
            report = deliver_outbox(outside, folders, warehouse, now(), now, said).report
        except (DestinationError, PolicyError, LedgerBusyError, FileNotFoundError) as error:
            raise click.ClickException(str(error)) from None
    for sentence in report.sentences():
        click.echo(sentence)
    click.echo(line(report))


@deliver.command("plan")
def plan() -> None:
    """Say what would go out now, to whom (masked) and by which provider; ask and send nothing."""
    from activations.ledger import Ledger
    from activations.masking import mask
    from orchestration.delivery import age, read_outbox
    from orchestration.ledger_kept import refuse_if_lost
    from orchestration.resources import now
    from orchestration.warehouse import Warehouse

    prepare()
    try:
        outbox = read_outbox(Warehouse(data=str(data_folder())))
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None
    rows = outbox.select(["message_id", "campaign", "destination", "address"]).to_pylist()
    ledger = Ledger(ledger_url())
    try:
        refuse_if_lost(ledger, data_folder())
        known: dict[str, str] = {}
        for start in range(0, len(rows), 1000):
            known |= ledger.statuses([row["message_id"] for row in rows[start : start + 1000]])
    finally:
        ledger.close()
    going = [row for row in rows if known.get(row["message_id"], "pending") == "pending"]
    dealt_with = [row for row in rows if known.get(row["message_id"], "pending") != "pending"]
    for name in sorted({row["destination"] for row in rows}):
        own = [row for row in going if row["destination"] == name]
        before = Counter(known[row["message_id"]] for row in dealt_with if row["destination"] == name)
        dealt = "".join(f"; {count:,} {status} before" for status, count in before.most_common())
        click.echo(f"{name}: {len(own):,} messages would go{dealt}")
        for campaign, count in Counter(row["campaign"] for row in own).most_common():
            click.echo(f"  {campaign} {count:,}")
        for row in own[:3]:
            click.echo(f"    {row['campaign']} to {mask(row['address'])}")
    hours = age(outbox, now()) / timedelta(hours=1)
    click.echo(f"{len(going):,} messages would go, decided {hours:,.1f} hours ago; before each goes the sources are asked once more")
