"""The same rows by drt-core, which is installed for this into an environment of its own that goes with the benchmark.

Its own Klaviyo destination (1.2.1) makes a call per row, to an address that cannot be changed, and another per row for a list; so its
REST destination speaks to the demo provider: with whole batches in a template, which is the fewest calls it can make, and with a row a
call, which is what its Klaviyo and Twilio destinations make. It keeps no record of what was accepted, polls no job (a 2xx is success) and
takes nobody off a list; none of that is in its times.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

VERSION = "1.2.1"


def _of(**names: str) -> str:
    """The fields of a JSON object, each filled from a column."""
    return ",".join(f'"{theirs}":{{{{ row.{ours} | tojson }}}}' for theirs, ours in names.items())


def _all(row: str) -> str:
    return "{% for row in rows %}" + row + "{% if not loop.last %},{% endif %}{% endfor %}"


_PROFILE = '{"data":{"type":"profile","attributes":{' + _of(external_id="profile_id", email="address", first_name="first_name") + "}}}"
_EVENT = (
    '"properties":{' + _of(campaign="campaign", message="message", purpose="purpose", subject="subject", body="body", occasion="occasion")
    + '},"time":"2026-06-29T12:00:00+00:00",' + _of(unique_id="message_id")
    + ',"metric":{"data":{"type":"metric","attributes":{' + _of(name="campaign") + "}}}"
)  # fmt: skip
_BULK_EVENT = (
    '{"type":"event-bulk-create","attributes":{"profile":' + _PROFILE
    + ',"events":{"data":[{"type":"event","attributes":{' + _EVENT + "}}]}}}"
)  # fmt: skip
_EVENTS = '{"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[' + _all(_BULK_EVENT) + "]}}}}"
_MEMBER = (
    '{"type":"profile","attributes":{'
    + _of(external_id="profile_id", email="email", first_name="first_name", last_name="last_name")
    + ',"properties":{' + _of(tier="tier", churn_pct="churn_pct", lifetime_amount="lifetime_amount") + "}}}"
)  # fmt: skip
_IMPORT = '{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[' + _all(_MEMBER) + "]}}}}"
_SINGLE = '{"data":{"type":"event","attributes":{"profile":' + _PROFILE + "," + _EVENT + "}}}"
_SMS = "To={{ row.address | urlencode }}&From=%2B491700000000&Body={{ row.body | urlencode }}"
_KLAVIYO = {"Authorization": "Klaviyo-API-Key pk_x", "revision": "2026-07-15", "Content-Type": "application/vnd.api+json"}
_ACCOUNT = f"AC{'a' * 32}"
_TWILIO = {
    "Authorization": f"Basic {b64encode(f'{_ACCOUNT}:t'.encode()).decode()}",
    "Content-Type": "application/x-www-form-urlencoded",
}

#: name: (label, table, path, headers, template, rows a request)
SYNCS = {
    "events": ("messages to Klaviyo, REST in batches", "outbox", "/api/event-bulk-create-jobs", _KLAVIYO, _EVENTS, 1_000),
    "imports": ("audience to Klaviyo, REST in batches", "audience", "/api/profile-bulk-import-jobs", _KLAVIYO, _IMPORT, 10_000),
    "event": ("messages to Klaviyo, a call a row", "outbox", "/api/events", _KLAVIYO, _SINGLE, 1),
    "sms": ("SMS to Twilio, one a call", "sms", f"/2010-04-01/Accounts/{_ACCOUNT}/Messages.json", _TWILIO, _SMS, 1),
}


def install(folder: Path) -> Path | None:
    """drt in an environment of its own below `folder`; None, and why, where it cannot be had."""
    uv, place = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv", folder / "drt"
    steps = ([uv, "venv", "-q", "--python", sys.executable, str(place)],)
    steps += ([uv, "pip", "install", "-q", "--python", str(place / "bin/python"), f"drt-core[duckdb]=={VERSION}"],)
    for step in steps:
        try:
            told = subprocess.run(step, capture_output=True, text=True)
        except OSError as error:
            print(f"drt-core {VERSION} is not measured: {error}")
            return None
        if told.returncode:
            print(f"drt-core {VERSION} is not measured: {told.stderr.strip()[-300:]}")
            return None
    return place / "bin/drt"


def project(folder: Path, url: str, rows: int, slow_rows: int) -> Path:
    """A drt project with these syncs to the provider at `url`, and the profile of the warehouse beside it."""
    home = folder / "drt_project"
    (home / "syncs").mkdir(parents=True, exist_ok=True)
    (home / ".drt").mkdir(exist_ok=True)
    (home / ".drt/profiles.yml").write_text(f"rows:\n  type: duckdb\n  database: {folder}/rows.duckdb\n")
    (home / "drt_project.yml").write_text('name: beside\nversion: "0.1"\nprofile: rows\n')
    for name, (_, table, path, headers, template, size) in SYNCS.items():
        modes = {"body_mode": "batch", "batch_template": template} if size > 1 else {"body_template": template}
        declared = {
            "name": name,
            "model": f"select * from {table} limit {rows if size > 1 else slow_rows}",
            "destination": {"type": "rest_api", "url": url + path, "method": "POST", "headers": headers, **modes},
            "sync": {"mode": "full", "batch_size": max(size, 1_000), "rate_limit": {"requests_per_second": 0}, "on_error": "fail"},
        }
        (home / "syncs" / f"{name}.yml").write_text(json.dumps(declared))  # JSON is YAML
    return home


def contenders(drt: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name, label, command."""
    for name, (label, *_) in SYNCS.items():
        yield name, f"drt-core {VERSION}: {label}", [str(drt), "run", "--select", name]
