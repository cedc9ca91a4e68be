"""Runs the command `regulars` as a person does: a process of its own, with an environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

REGULARS = Path(sys.executable).parent / "regulars"
#: What a shell may have set for another deployment must not leak into a test.
OURS = ("REGULARS_", "SHOP_URL", "CRM_URL", "GA4_FOLDER", "SERVICE_URL", "LEDGER_URL", "KLAVIYO_", "TWILIO_", "DAGSTER_", "DBT_", "DEMO_")


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a deployment that writes to `data`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "REGULARS_DATA": str(data), **more}


def regulars(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end; what it printed is in stdout and stderr."""
    return subprocess.run(
        [str(REGULARS), *arguments], env=environment(data, **more), capture_output=True, text=True, timeout=900, check=False
    )


def run_summary(data: Path) -> dict[str, Any]:
    """What the last run wrote down."""
    return json.loads((data / "run_summary.json").read_text())
