"""dbt that ends when it is told to. At an interruption dbt 1.11 stops once what each connection does at that instant, and waits for its
threads: a query that had not quite begun is not stopped by that, and runs to its end, be it hours away."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

#: Seconds between two orders to stop.
PAUSE = 0.2


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """For as long as the block runs, an interrupted dbt in this process is told to stop until its last thread has ended."""
    from dbt.adapters.factory import get_adapter
    from dbt.task.runnable import GraphRunnableTask

    cancels = GraphRunnableTask._cancel_connections

    def cancel(task: GraphRunnableTask, pool: Any) -> None:
        ended = threading.Event()

        def again() -> None:
            while not ended.wait(PAUSE):
                with contextlib.suppress(Exception):  # a connection may close while it is looked at
                    get_adapter(task.config).cancel_open_connections()

        thread = threading.Thread(target=again, daemon=True)
        thread.start()
        try:
            cancels(task, pool)  # type: ignore[no-untyped-call]
        finally:
            ended.set()
            thread.join()

    GraphRunnableTask._cancel_connections = cancel  # type: ignore[method-assign]
    try:
        yield
    finally:
        GraphRunnableTask._cancel_connections = cancels  # type: ignore[method-assign]
