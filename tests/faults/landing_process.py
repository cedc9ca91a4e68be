"""A process of its own that lands HubSpot's contacts, 2,000 at once: python landing_process.py <url> <folder> <as_of>."""

import sys
from datetime import datetime
from pathlib import Path

from orchestration.landing import Landing, land_rest, rows
from orchestration.sources.hubspot import CONTACTS, HUBSPOT

if __name__ == "__main__":
    url, folder, as_of = sys.argv[1:]
    rows.BATCH_ROWS = 2_000
    api = HUBSPOT.api(url, "pat-test", sleep=lambda _: None)
    print(land_rest(HUBSPOT.of(CONTACTS), api, Landing(Path(folder)), datetime.fromisoformat(as_of)).rows)
