"""The lines of a CSV file as rows, and those that are no row told by their number: after one of them the next line is read as it is.

A quote that is never closed costs its own line and no other, which no reader that goes by the grammar alone can promise.
https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from orchestration.sources.reading import Malformed

#: Characters of a line, and lines of a row, beyond which a quote was left open rather than a text is long.
LONGEST = 4 * 2**20
MOST_LINES = 1_000


def rows_of(file: TextIO, delimiter: str, width: int, malformed: list[Malformed]) -> Iterator[list[str | None]]:
    """The rows behind the header, `width` values each, empty ones `None`; the other lines are added to `malformed`."""
    csv.field_size_limit(LONGEST)
    again: deque[str] = deque()
    number = 1  # of the line taken last; the header is the first

    def take() -> str:
        return again.popleft() if again else file.readline(LONGEST)

    while line := take():
        number += 1
        if not line.strip("\r\n"):
            continue
        lines = [line]
        fault = _unreadable(line)
        values: list[str] = []
        if not fault and '"' not in line:
            values = line.rstrip("\r\n").split(delimiter)
        elif not fault:

            def following(lines: list[str] = lines) -> Iterator[str]:
                yield lines[0]
                while len(lines) < MOST_LINES and (more := take()):
                    lines.append(more)
                    yield more

            try:
                values = next(csv.reader(following(), delimiter=delimiter, strict=True))
                fault = _unreadable("".join(lines[1:]))
            except csv.Error as error:
                fault = f"its quotes are wrong ({error})"
        if not fault and len(values) != width:
            fault = f"it has {len(values)} values where the first line names {width} columns"
        if fault:
            malformed.append(Malformed(f"line {number}", fault, line.rstrip("\r\n").encode(errors="replace").decode()))
            again.extendleft(reversed(lines[1:]))
        else:
            number += len(lines) - 1
            yield [value or None for value in values]


def _unreadable(text: str) -> str:
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it is not UTF-8"
    return ""
