"""Takes a measure: in a process of its own, with a folder of its own, neither of which outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import psutil

from benchmarks.house import figures, machine
from benchmarks.house.measures import Measure, Taken

#: Which measure a process belongs to, in its environment: so one that was left behind is found.
MARK = "REGULARS_MEASURE"
KEPT = 20_000  # characters of what it printed
EVERY = 30.0  # seconds between lines of progress


def take(measure: Measure, size: str, say: Callable[[str], None] = print, data: Path | None = None) -> Taken:
    """What came of it, whatever happens, but for an interruption: that ends the measure's processes and goes on to the caller.
    data: a data folder that has been run, for measures that would make one."""
    if hindrance := measure.hindrance(size):
        return Taken(measure.name, failure=hindrance)
    taken, mark = Taken(measure.name), str(uuid4())
    with tempfile.TemporaryDirectory(prefix="regulars_bench_", ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        environment = {**os.environ, "TMPDIR": name, MARK: mark, "PYTHONPATH": str(machine.ROOT), "PYTHONUNBUFFERED": "1"}
        command = [
            sys.executable,
            "-m",
            measure.module,
            *measure.sizes[size],
            *(["--data", str(data)] if data and measure.takes_data else []),
            "--json",
        ]
        before, started = machine.worked(), time.monotonic()
        with (scratch / "printed").open("wb") as printed, (scratch / "complaints").open("wb") as complaints:
            process = subprocess.Popen(
                command, stdout=printed, stderr=complaints, cwd=machine.ROOT, env=environment, start_new_session=True
            )
            try:
                status = _waited(process, taken, started, say)
            except BaseException:
                _stop(process)
                raise
            finally:
                _end_marked(mark)
        worked = machine.worked() - before
        taken.elsewhere_pct = round(max(0.0, worked - taken.cpu_seconds) / (taken.seconds * machine.cores()) * 100, 1)
        said, complained = ((scratch / part).read_text(errors="replace") for part in ("printed", "complaints"))
        taken.printed = f"{said}\n{complained}"[-KEPT:]
        if status:
            last = (complained.strip() or said.strip() or "without a word").splitlines()[-1]
            taken.failure = f"ended with {status}: {last[:300]}"
            return taken
        try:
            taken.figures = measure.judged(size, figures.read(said))
        except ValueError as error:
            taken.failure = str(error)
    return taken


def _waited(process: subprocess.Popen[bytes], taken: Taken, started: float, say: Callable[[str], None]) -> int:
    told = started
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        now = time.monotonic()
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            taken.seconds, taken.cpu_seconds = round(now - started, 2), round(used.ru_utime + used.ru_stime, 2)
            taken.peak_gib = round(used.ru_maxrss / (2**20 if sys.platform != "darwin" else 2**30), 3)
            return process.returncode
        if now - told >= EVERY:
            told = now
            say(f"  {taken.measure}: {now - started:.0f} s so far")
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end, as Ctrl-C would, so that it clears up; then insists."""
    for number, patience in ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def _end_marked(mark: str) -> None:
    """Ends what bears the mark still: servers that stepped out of the group."""
    left = [process for process in psutil.process_iter() if _environment(process).get(MARK) == mark]
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=5)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def _environment(process: psutil.Process) -> Mapping[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}
