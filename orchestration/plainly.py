"""Errors of the command line, for people: a sentence that says what is wrong and what to do, never a traceback nor anybody's address.

What a command can say better it says itself; `Plain` is behind all of them.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml

from orchestration.environment import shows_tracebacks

_HERE = Path(__file__).resolve().parent.parent
_REMEDIES = {
    errno.ENOSPC: "Free some space and run it again",
    errno.EDQUOT: "Free some space and run it again",
    errno.EFBIG: "A limit on the size of files (ulimit -f) is too small for it",
    errno.EACCES: "Run it as the user who owns the folder, or set REGULARS_DATA to another",
    errno.EPERM: "Run it as the user who owns the folder, or set REGULARS_DATA to another",
    errno.EROFS: "Set REGULARS_DATA to a folder that may be written",
    errno.ENOTDIR: "Something on its way is a file and no folder; see REGULARS_DATA",
    errno.EADDRINUSE: "Something else listens there; end it, or name another --port",
}
#: Most people keep their profile_id then, which is made of their first record's; who was merged may get another.
_ANOTHER_WAREHOUSE = (
    "Bring it back from a copy. Without one move it away and build it anew from what has landed, with regulars run --job rehearsal, "
    "and see in regulars deliver plan what would go before anything does"
)


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """What cannot be done is said in a sentence. Everything that is raised on purpose here is a ValueError or about a file."""
    from activations.ledger import LedgerBusyError
    from activations.syncs.journal import SyncBusyError

    try:
        yield
    except (ValueError, LookupError, OSError, LedgerBusyError, SyncBusyError) as error:
        raise click.ClickException(_of_the_system(error) if isinstance(error, OSError) else str(error).strip("'\"")) from None


class Plain(click.Group):
    """A group of commands whose errors are sentences, whatever was raised."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt):
            raise
        except OSError as error:
            if error.errno == errno.EPIPE:  # who reads has had enough
                raise
            raise click.ClickException(_of_the_system(error)) from None
        except Exception as error:
            if shows_tracebacks():
                raise
            raise click.ClickException(sentence(error)) from None


def sentence(error: Exception) -> str:
    """What an error says to a person: its own words where they were written for people, else of what kind it is and where."""
    from activations.masking import mask_text
    from orchestration.sources.errors import masked

    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, sqlite3.Error) or type(error).__module__.startswith(("sqlalchemy", "duckdb", "_duckdb")):
        return _of_a_database(error)
    words = masked(str(error).strip("'\""))
    words = mask_text(words, longest=2000) if "@" in words else words  # a day looks like a telephone number
    if isinstance(error, yaml.YAMLError):
        return f"a file of settings cannot be read as YAML: {' '.join(words.split())}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    is_ours = Path(last.filename).is_relative_to(_HERE) and "site-packages" not in last.filename
    if is_ours and words and " " in words and type(error).__name__ not in {"TypeError", "AttributeError", "KeyError", "IndexError"}:
        return words
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"this was not foreseen: {type(error).__name__} in {place}. REGULARS_TRACEBACK=1 shows all of it, values of people perhaps among "
        "it; a run that was under way is made good by the next"
    )


def _of_the_system(error: OSError) -> str:
    """An error of a file or a port: which, what, and what to do. One that was raised with words of its own has these alone."""
    if error.strerror is None:
        return str(error).strip("'\"")
    what = f"{error.filename}: " if error.filename else ""
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{what}{error.strerror}" + (f". {remedy}" if remedy else "")


def _of_a_database(error: Exception) -> str:
    """The first line of what a database says, without the statement and the values that a statement carried."""
    from activations.masking import mask_text
    from orchestration.sources.errors import masked

    said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    words = mask_text(masked(said[0]), longest=400)
    lowered = words.lower()
    if "disk is full" in lowered or "no space left" in lowered:
        return f"{words}. {_REMEDIES[errno.ENOSPC]}"
    if "not a valid duckdb database" in lowered or ("corrupt" in lowered and "duckdb" in type(error).__module__):
        return f"{words}. {_ANOTHER_WAREHOUSE}"
    return f"a database says: {words}"
