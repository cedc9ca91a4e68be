"""A receiver as a process of its own: where it answers, what it keeps on disk, what it logs; killed as a process is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

#: What each begins with: a folder, its own options, and a disk that takes no more than so many bytes of a file (`longest_file`).
BEGIN = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from orchestration.collector.server import collector, serve
folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
longest_file = options.pop("longest_file", None)
if longest_file is not None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, longest_file))
def now():
    return datetime(2026, 6, 30, 9, tzinfo=UTC)
"""
END = """
serve(app, "127.0.0.1", 0, lambda url: print(url, flush=True))
"""


@dataclass
class Running:
    """A running receiver: `url`, the process, its folder, and the file with what it logged."""

    url: str
    process: subprocess.Popen[str]
    folder: Path
    log: Path

    def kill(self) -> None:
        """As `kill -9`."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @property
    def spool(self) -> Path:
        """Where it keeps what it took."""
        raise NotImplementedError

    def kept(self) -> list[dict[str, Any]]:
        """What is on disk, in no order; a half-written last line is none."""
        texts = [path.read_text() for path in self.spool.glob("*.jsonl")]
        return [json.loads(line) for text in texts for line in text.split("\n")[:-1]]


R = TypeVar("R", bound=Running)


@contextmanager
def started(kind: type[R], code: str, folder: Path, options: dict[str, Any]) -> Iterator[R]:
    """A receiver that keeps below `folder`. code: makes `app` of `folder`, `options` and `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", BEGIN + code + END, str(folder), json.dumps(options)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        try:
            yield kind(url, process, folder, log)
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()
