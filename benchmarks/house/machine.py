"""What the figures were taken on: cores, memory, versions, and what else the machine had to do."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "scikit-learn", "pyarrow", "sqlalchemy", "great-expectations")


def facts() -> dict[str, Any]:
    """What a reader of the figures wants to know of the machine."""
    return {
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.+)", listed.read_text()) if listed.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def commit() -> str:
    """The first letters of the commit, with `-changed` where the tree has changes that are not in it; `none` outside a clone."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607

    try:
        return git("rev-parse", "--short=10", "HEAD") + ("-changed" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "none"


def worked() -> float:
    """Seconds of processor time that the whole machine has worked, since it started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0) - getattr(times, "guest_nice", 0))
