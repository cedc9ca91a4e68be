"""A process of its own that lands HubSpot's contacts: python landing_process.py <url> <folder> <as_of>."""

import sys
from datetime import datetime
from pathlib import Path

from orchestration.landing import Landing, land_rest
from orchestration.sources.hubspot import CONTACTS, HUBSPOT

if __name__ == "__main__":
    url, folder, as_of = sys.argv[1:]
    api = HUBSPOT.api(url, "pat-test", sleep=lambda _: None)
    print(land_rest(HUBSPOT.of(CONTACTS), api, Landing(Path(folder)), datetime.fromisoformat(as_of)).rows)
