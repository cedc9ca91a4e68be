"""The project as it was at another git ref, in a folder that goes afterwards. The clone itself is not touched."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def checked_out(root: Path, ref: str) -> Iterator[Path]:
    """The files of a ref (a branch, a tag, a commit), for as long as the block runs. root: the clone. Raises LookupError."""
    asked = ["git", "-C", str(root), "archive", "--format=tar", f"{ref}^{{tree}}"]
    ended = subprocess.run(asked, capture_output=True)  # noqa: S603 - a ref is one argument, and begins nothing
    if ended.returncode or ref.startswith("-"):
        raise LookupError(f"git knows no {ref!r} here: {ended.stderr.decode(errors='replace').strip()}")
    with tempfile.TemporaryDirectory(prefix="regulars_base_") as name:
        with tarfile.open(fileobj=io.BytesIO(ended.stdout)) as archive:
            archive.extractall(name, filter="data")
        yield Path(name)
