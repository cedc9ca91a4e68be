"""The lines of a CSV file, its first as names, the others as rows, and those that are no row told by their number: after one of them the
next line is read as it is.

A quote that is never closed costs its own line and no other, which no reader that goes by the grammar alone can promise.
https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TextIO

from orchestration.sources.reading import Malformed

DELIMITERS = (",", ";", "\t", "|")
#: Characters of a line, and lines of a row, beyond which a quote was left open rather than a text is long.
LONGEST = 4 * 2**20
MOST_LINES = 1_000


class NoHeaderError(ValueError):
    """The first line does not name the columns; the text says why, in words that follow "the first line"."""


def header_of(line: str, declared: Collection[str], delimiters: Iterable[str] = DELIMITERS) -> tuple[str, list[str]]:
    """The delimiter by which a first line names most of the declared columns (in any case), and the names. Raises NoHeaderError."""
    if _unreadable(line) or "\0" in line:
        raise NoHeaderError("is not UTF-8 (what Excel calls Unicode text is UTF-16)")
    best: tuple[str, list[str]] = ("", [])
    most = -1
    wanted = {name.lower() for name in declared}
    for delimiter in delimiters:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        known = len(wanted & {name.lower() for name in names})
        if known > most:
            best, most = (delimiter, names), known
    folded = [name.lower() for name in best[1]]
    if most == 0 and folded:  # not shown: it may be a person
        raise NoHeaderError("names none of the columns that are declared, as if it were a row")
    if not folded or "" in folded or len(set(folded)) < len(folded):
        raise NoHeaderError(f"does not name each column once: {', '.join(best[1]) or 'it is empty'}")
    return best


def rows_of(file: TextIO, delimiter: str, width: int, malformed: list[Malformed]) -> Iterator[list[str | None]]:
    """The rows behind the header, `width` values each, empty ones `None`; the other lines are added to `malformed`."""
    for number, found in numbered(file, delimiter, width):
        if isinstance(found, Malformed):
            malformed.append(replace(found, place=f"line {number}"))
        else:
            yield found


def numbered(file: TextIO, delimiter: str, width: int) -> Iterator[tuple[int, list[str | None] | Malformed]]:
    """The number of each line behind the header where a row begins, and the row, or the line that is none."""
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
            # bytes that are no text are told as \\xe4, so that nothing of the line is lost
            shown = line.rstrip("\r\n").encode(errors="surrogateescape").decode(errors="backslashreplace")
            yield number, Malformed(str(number), fault, shown)
            again.extendleft(reversed(lines[1:]))
        else:
            yield number, [value or None for value in values]
            number += len(lines) - 1


def _unreadable(text: str) -> str:
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it is not UTF-8"
    return ""
