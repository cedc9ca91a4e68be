"""Serves the Dagster UI, beside it the receiver of events and webhooks, and the demo's provider, until it is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orchestration.environment import INBOX_PORT, RECEIVER_PORT, ROOT, collector_settings, variables

_RECEIVER = f"http://127.0.0.1:{RECEIVER_PORT}"


def serve(port: int, demo: Path | None, say: Callable[[str], None]) -> None:
    """Starts the UI on 127.0.0.1:`port`; the receiver, where anybody can send it anything; and, where `demo` names its folder, the demo's
    provider, which tells the receiver what becomes of messages. Ends all on Ctrl-C or SIGTERM."""
    # started in the background, a shell leaves SIGINT ignored; what is started from here would inherit that, and not stop on SIGTERM either
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started: list[subprocess.Popen[bytes]] = []
    told: dict[str, str] = {"PYTHONWARNINGS": "ignore"}  # warnings are for those who work on Dagster
    if _is_told_anything():
        say(f"the receiver of events and webhooks: {_RECEIVER}")
        started.append(_start([sys.executable, "-m", "orchestration.cli", "collect", "--port", str(RECEIVER_PORT)]))
    if demo is not None:
        told["TWILIO_STATUS_CALLBACK"] = f"{_RECEIVER}/webhooks/twilio"
        inbox = [sys.executable, "-m", "demo.provider", "--folder", str(demo), "--port", str(INBOX_PORT)]
        started.append(_start([*inbox, "--klaviyo-webhook", f"{_RECEIVER}/webhooks/klaviyo"]))
        say(f"the inbox: http://127.0.0.1:{INBOX_PORT}")
    say(f"the UI: http://127.0.0.1:{port} (half a minute to start; Ctrl-C stops everything)")
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-w", str(ROOT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    started.append(_start(command, told))

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


def _is_told_anything() -> bool:
    """Whether somebody has what it takes to send events or webhooks here."""
    is_twilio = any(name.startswith("twilio") for name in variables("_AUTH_TOKEN"))  # it signs with the account's own
    return is_twilio or bool(collector_settings()[0] or variables("_WEBHOOK_SECRET"))


def _start(command: list[str], told: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Our own command, in a session of its own, so that Ctrl-C reaches it through us alone. told: more of the environment."""
    return subprocess.Popen(command, start_new_session=True, cwd=ROOT, env={**os.environ, **(told or {})})  # noqa: S603
