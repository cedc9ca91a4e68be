"""Serves the Dagster UI, and beside it the demo's provider, until it is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from orchestration.environment import INBOX_PORT, ROOT


def serve(port: int, demo: Path | None, say: Callable[[str], None]) -> None:
    """Starts the UI on 127.0.0.1:`port` and, where `demo` names its folder, the demo's provider; ends both on Ctrl-C or SIGTERM."""
    # started in the background, a shell leaves SIGINT ignored; what is started from here would inherit that, and not stop on SIGTERM either
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started: list[subprocess.Popen[bytes]] = []
    if demo is not None:
        inbox = [sys.executable, "-m", "demo.provider", "--folder", str(demo), "--port", str(INBOX_PORT)]
        started.append(subprocess.Popen(inbox, start_new_session=True))  # noqa: S603 (our own command)
        say(f"the inbox: http://127.0.0.1:{INBOX_PORT}")
    say(f"the UI: http://127.0.0.1:{port} (half a minute to start; Ctrl-C stops everything)")
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-w", str(ROOT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}  # warnings are for those who work on Dagster
    started.append(subprocess.Popen(command, start_new_session=True, cwd=ROOT, env=quiet))  # noqa: S603 (our own command)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        started[-1].wait()
    except KeyboardInterrupt:
        say("stopping")
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
