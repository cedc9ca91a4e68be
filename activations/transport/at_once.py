"""Several requests under way at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from activations.model import Message, Settled

Encoded = tuple[Message, bytes]
"""A message and how it stands in a request."""


def answers_as_they_come(
    settle: Callable[[Sequence[bytes]], list[Settled]], requests: list[list[Encoded]]
) -> Iterator[list[tuple[list[Encoded], Future[list[Settled]]]]]:
    """Settles requests at once, one thread each; yields those that have an answer by now, each with its finished future."""
    if len(requests) == 1:  # no thread for what is alone
        alone: Future[list[Settled]] = Future()
        try:
            alone.set_result(settle([row for _, row in requests[0]]))
        except Exception as error:
            alone.set_exception(error)
        yield [(requests[0], alone)]
        return
    with ThreadPoolExecutor(max_workers=max(1, len(requests))) as pool:
        pending = {pool.submit(settle, [row for _, row in request]): request for request in requests}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            yield [(pending.pop(future), future) for future in done]
