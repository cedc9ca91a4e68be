"""The command `regulars collect`: the event collector in the foreground."""

from __future__ import annotations

import click

from orchestration.environment import collector_settings, prepare


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; put TLS in front of any other.")
@click.option("--port", default=8026, show_default=True)
def collect(host: str, port: int) -> None:
    """Take events at POST /events, answered only once they are on disk; they land with the next run."""
    from orchestration.collector.server import collector, serve
    from orchestration.resources import now

    demo = prepare()
    if demo is not None and not (demo / "clock.json").exists():
        raise click.ClickException("there is no demo shop yet, and so no clock: make run makes it, or set SHOP_URL to work on yours.")
    token, folder = collector_settings()
    try:
        serve(collector(folder, token, now), host, port, lambda url: click.echo(f"events: POST {url}/events", err=True))
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
