"""A day's lines whose bytes are no UTF-8: a copy that can be read, in which no byte is lost."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from orchestration.sources.errors import SourceError

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20  # characters that are held at a time


@contextlib.contextmanager
def readable(path: Path, name: str, scratch: Path) -> Iterator[Path]:
    """A copy of the lines as UTF-8, in `scratch`, gone afterwards.

    UTF-16 is known by its byte order mark. A byte that is no character of the encoding becomes `\\xNN`, and so does 0x01, by which lines
    are read: neither is JSON, so that such a line is refused with its bytes shown, and the others are read.

    path: the lines, compressed where it ends with .gz. name: of the delivery. Raises SourceError where it is compressed and not called so.
    """
    is_compressed = path.name.endswith(".gz")
    try:
        with gzip.open(path) if is_compressed else path.open("rb") as opened, scratch.open("w", encoding="utf-8", newline="") as copy:
            file = cast("io.BufferedReader", opened)
            start = file.peek(2)[:2]
            if start == _GZIP:
                raise SourceError(
                    "ga4", name, "it is compressed, and its name does not say so.", "Deliver it with a name that ends with .gz."
                )
            encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
            text = io.TextIOWrapper(file, encoding, errors="backslashreplace", newline="")
            while chunk := text.read(_CHUNK):
                copy.write(chunk.replace("\x01", "\\x01"))
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)
