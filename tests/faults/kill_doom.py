"""A process that dies, as `kill -9` would have it, at a step that is chosen for it.

A step is a passage of a point: the moment before or after something that leaves a trace outside the process (a commit, the bytes of a
request, an answer, a rename, a synced file) or a public method of a class that is named. The points are hung around the real objects
from outside; the product knows nothing of them.
"""

import http.client
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable
from types import FunctionType
from typing import Any

import pyarrow.parquet as pq
import requests.adapters
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class Doom:
    """Ends (KILL) or halts (STOP) this process when a point is passed for the nth time; counts how often each was passed."""

    def __init__(self, point: str | None = None, nth: int = 0, how: str = "KILL") -> None:
        self._point, self._nth, self._signal = point, nth, signal.Signals[f"SIG{how}"]
        self._lock = threading.Lock()
        self.passed: Counter[str] = Counter()

    def passes(self, point: str) -> None:
        with self._lock:
            self.passed[point] += 1
            is_here = point == self._point and self.passed[point] == self._nth
        if is_here:
            os.kill(os.getpid(), self._signal)

    def around(self, owner: Any, name: str, label: str | None = None) -> None:
        """Makes a function of a class or module a point: `before label` and `after label`."""
        real, label = getattr(owner, name), label or f"{getattr(owner, '__name__', owner).lower()}.{name}"

        def passing(*args: Any, **kwargs: Any) -> Any:
            self.passes(f"before {label}")
            result = real(*args, **kwargs)
            self.passes(f"after {label}")
            return result

        setattr(owner, name, passing)

    def everywhere(self, classes: Iterable[type]) -> None:
        """All points that a delivery or a sync can pass: what leaves a trace outside, and the public methods of these classes."""
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            self.around(dialect, "do_commit", "commit")
        sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: self.passes("before statement"))
        self.around(requests.adapters.HTTPAdapter, "send", "request")
        self.around(http.client.HTTPConnection, "send", "bytes")
        self.around(http.client.HTTPConnection, "getresponse", "answer")
        for name in ("replace", "rename", "fsync", "unlink"):
            self.around(os, name, name)
        self.around(pq.ParquetWriter, "close", "parquet")
        for owner in classes:
            public = [name for name, kind in vars(owner).items() if isinstance(kind, FunctionType) and not name.startswith("_")]
            for name in public:
                if name != "encode":  # leaves no trace
                    self.around(owner, name)
