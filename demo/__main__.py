"""The demo shop from the command line: python -m demo create | advance."""

import argparse
import sys
from pathlib import Path

from demo.shop import advance, create
from demo.shop.clock import WEB_DAYS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it went well, 2 with a sentence when it could not."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="A pretend shop, its CRM and its GA4 export.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, sentence in (("create", "make a world on its fixed day"), ("advance", "let days pass in a world")):
        command = commands.add_parser(name, help=sentence, description=sentence)
        command.add_argument("--folder", type=Path, default=Path("data/demo"), help="default: data/demo")
        command.add_argument("--shop-url", help="SQLAlchemy URL; default: shop.db in the folder")
        command.add_argument("--crm-url", help="SQLAlchemy URL; default: crm.db in the folder")
        if name == "create":
            command.add_argument("--customers", type=int, default=5000)
            command.add_argument("--seed", type=int, default=7)
            command.add_argument("--web-days", type=int, default=WEB_DAYS, help="so many days of the web are exported")
        else:
            command.add_argument("--days", type=int, default=1)
    options = parser.parse_args(arguments)
    shop_url = options.shop_url or f"sqlite:///{options.folder / 'shop.db'}"
    crm_url = options.crm_url or f"sqlite:///{options.folder / 'crm.db'}"
    try:
        if options.command == "create":
            made = {"customers": options.customers, "seed": options.seed, "web_days": options.web_days}
            create(options.folder, shop_url=shop_url, crm_url=crm_url, progress=_say, **made)
        else:
            advance(options.folder, days=options.days, progress=_say, shop_url=shop_url, crm_url=crm_url)
    except (LookupError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
