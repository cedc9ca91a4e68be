"""The large shop with everything made of it up to the outbox, for benchmarks of what comes after; nothing is sent."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orchestration.environment import elsewhere

REGULARS = str(Path(sys.executable).parent / "regulars")


@contextlib.contextmanager
def built(size: str, data: Path | None = None) -> Iterator[tuple[Path, dict[str, str]]]:
    """A data folder that has been run, and the environment to work on it. data: one that is there already, instead of making one.
    Raises RuntimeError with the end of what was printed where it cannot be made."""
    if data is not None:
        yield data.resolve(), elsewhere(data.resolve())
        return
    from benchmarks import large_shop

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        world, made = Path(name, "shop"), Path(name, "data")
        large_shop.made(world, "--size", size)
        with large_shop.running(world) as outside:
            environment = {**outside, "REGULARS_DATA": str(made)}
            told = subprocess.run([REGULARS, "run", "--job", "rehearsal"], env=environment, capture_output=True, text=True)
            if told.returncode:
                raise RuntimeError((told.stdout + told.stderr)[-2000:])
            yield made, environment
