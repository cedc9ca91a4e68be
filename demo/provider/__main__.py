"""`python -m demo.provider --folder data/demo --port 8025`: the provider in the foreground."""

from pathlib import Path
from typing import get_args

import click

from demo.provider.options import Limits, Options, RepeatedInBulk
from demo.provider.server import serve


@click.command(help="Run the pretend e-mail and SMS provider on 127.0.0.1 until interrupted.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("data/demo"), show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8025, show_default=True, help="0 takes a free one.")
@click.option("--limits", type=click.Choice(get_args(Limits)), default="bulk", show_default=True)
@click.option("--klaviyo-key", default=None, help="The only accepted key; without it, any.")
@click.option("--twilio-token", default=None, help="The only accepted token; without it, any.")
@click.option("--sendgrid-key", default=None, help="The only accepted key; without it, any.")
@click.option("--repeated-in-bulk", type=click.Choice(get_args(RepeatedInBulk)), default="first_kept", show_default=True)
@click.option("--twilio-rate", type=(int, float), default=(100, 1.0), show_default=True, help="Requests, and in how many seconds.")
@click.option("--sendgrid-rate", type=(int, float), default=(600, 60.0), show_default=True)
@click.option("--mail-rate", type=(int, float), default=(10_000, 1.0), show_default=True, help="Of SendGrid's mail/send.")
@click.option("--concurrency", type=click.IntRange(1), default=100, show_default=True, help="Requests at once, of Twilio and SendGrid.")
@click.option(
    "--specifications", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Judge requests by the documents there."
)
@click.option("--klaviyo-webhook", default=None, help="Where Klaviyo's events are sent: an address on this machine.")
@click.option("--klaviyo-webhook-secret", default="", envvar="KLAVIYO_WEBHOOK_SECRET", help="What signs them.")
@click.option("--sendgrid-webhook", default=None, help="Where SendGrid's events are sent: an address on this machine.")
@click.option("--settle-seconds", type=float, default=60.0, show_default=True)
def main(folder: Path, port: int, **settings: object) -> None:
    """Serve until interrupted; the first line printed is the address."""
    serve(folder, port=port, options=Options(**settings), announce=click.echo)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
