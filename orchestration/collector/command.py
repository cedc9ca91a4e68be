"""The command `regulars collect`: the event collector, and the receiver of providers' webhooks, in the foreground."""

from __future__ import annotations

import time

import click

from orchestration.environment import RECEIVER_PORT, collector_settings, prepare, variables, webhook_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; put TLS in front of any other.")
@click.option("--port", default=RECEIVER_PORT, show_default=True)
def collect(host: str, port: int) -> None:
    """Take events at POST /events and providers' webhooks at POST /webhooks/NAME, answered only once they are on disk; they land with the
    next run."""
    from orchestration.collector.receivers import receivers
    from orchestration.collector.server import Webhooks, collector, serve
    from orchestration.collector.webhooks import Clocks, Limits
    from orchestration.resources import now

    demo = prepare()
    if demo is not None and not (demo / "clock.json").exists():
        raise click.ClickException("there is no demo shop yet, and so no clock: make run makes it, or set SHOP_URL to work on yours.")
    token, folder = collector_settings()

    def announce(url: str) -> None:
        paths = [*(["events"] if token else []), *(f"webhooks/{name}" for name in taken)]
        click.echo("\n".join(f"{path.partition('/')[0]}: POST {url}/{path}" for path in paths), err=True)

    try:
        taken = receivers(variables("_WEBHOOK_SECRET"), variables("_AUTH_TOKEN"))
        public_url, tolerance = webhook_settings()
        limits = Limits(tolerance=float(tolerance) if tolerance else None)
        webhooks = Webhooks(taken, public_url, Clocks(now, time.time, time.monotonic), limits)
        serve(collector(folder, token, now, webhooks=webhooks), host, port, announce)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
