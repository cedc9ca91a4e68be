"""A few rows of a table for the UI, with what names or reaches a person masked."""

import re
from collections.abc import Sequence
from typing import Any

import dagster as dg
import duckdb
import pandas as pd

from activations.masking import mask

#: Columns whose values are about one person, whatever the table.
PERSONAL = re.compile(
    r"(^|_)(email|phone|address|first_name|last_name|given_name|family_name|birth_date|born_on|street|postal_code|city|value|payload|body|subject|page_location)($|_)"
)
#: What stands in no address or number: such a value is a text or a document.
_TEXT = re.compile(r"[\"{}\[\]?]|://|\s.*@|@.*(\s|@)")


def sample(frame: pd.DataFrame, rows: int = 5, columns: int = 12, *, width: int = 40, is_masked: bool = False) -> dg.MarkdownMetadataValue:
    """The first rows and columns of a frame as a Markdown table, personal columns masked unless they are already. width: of a value, in
    characters."""
    shown = frame.iloc[:rows, :columns]
    return _table(list(map(str, shown.columns)), [list(shown[name]) for name in shown.columns], width, is_masked)


def sample_of(relation: duckdb.DuckDBPyRelation, columns: int = 12) -> dg.MarkdownMetadataValue:
    """The rows of a query, in the same way; types that a frame cannot hold (128-bit keys) are shown too."""
    names, rows = relation.columns[:columns], relation.fetchall()
    return _table(names, [[row[place] for row in rows] for place in range(len(names))], 40, is_masked=False)


def _table(names: Sequence[str], columns: Sequence[Sequence[Any]], width: int, is_masked: bool) -> dg.MarkdownMetadataValue:
    shown = []
    for name, values in zip(names, columns, strict=True):
        personal = not is_masked and PERSONAL.search(name) is not None
        shown.append([_shown(_plain(value, width), personal and not isinstance(value, bool)) for value in values])
    head, *body = ("| " + " | ".join(row) + " |" for row in (names, *zip(*shown, strict=True)))
    return dg.MetadataValue.md("\n".join([head, "|" + "---|" * len(names), *body]))


def is_missing(value: Any) -> bool:
    """None, NaN, NaT and the like; never true of a list or a struct."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _shown(text: str, is_personal: bool) -> str:
    if not text or not (is_personal or "@" in text):
        return text
    # of a text with an address in it, what stands beside the address is personal too
    return f"{text[:1]}***" if _TEXT.search(text) else mask(text)


def _plain(value: object, width: int) -> str:
    text = "" if is_missing(value) else str(value)
    text = text.replace("|", "/").replace("\n", " ")
    return text if len(text) <= width else text[: width - 1] + "…"
