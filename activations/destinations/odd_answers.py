"""What a destination does with an answer that is JSON, and not as its API says: a sentence, an outcome for each row, and no traceback."""

import functools
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

from activations.destination import Request, Suppression
from activations.model import Outcome, Unknown
from activations.transport.http import BadAddressError, NoAnswer

Kind = TypeVar("Kind", bound=type)
_READS = ("poll", "prepare", "find", "members", "look_up")
_ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def bears_odd_answers(destination: Kind) -> Kind:
    """The class, whose rows are Unknown where what came cannot be read: the request may have been applied. Its reads raise NoAnswer."""
    for name in _READS:
        if hasattr(destination, name):
            setattr(destination, name, _reading(getattr(destination, name)))
    kind = cast(Any, destination)
    kind.send = _sending(kind.send)
    if hasattr(kind, "suppressed"):
        kind.suppressed = _listing(kind.suppressed)
    return destination


def _reading(read: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(read)
    def read_or_say(self: Any, *args: Any, **more: Any) -> Any:
        try:
            return read(self, *args, **more)
        except BadAddressError:
            raise
        except _ODD as error:
            raise NoAnswer(_odd(self.name, error)) from None

    return read_or_say


def _listing(suppressed: Callable[..., Iterator[Suppression]]) -> Callable[..., Iterator[Suppression]]:
    @functools.wraps(suppressed)
    def suppressed_or_say(self: Any, *args: Any, **more: Any) -> Iterator[Suppression]:
        listed = _reading(suppressed)(self, *args, **more)
        following = _reading(lambda _: next(listed, None))
        while (one := following(self)) is not None:
            if not isinstance(one.address, str):
                raise NoAnswer(Unknown(f"{self.name} told of an address that is none"))
            yield one

    return suppressed_or_say


def _sending(send: Callable[..., list[Outcome]]) -> Callable[..., list[Outcome]]:
    @functools.wraps(send)
    def send_or_say(self: Any, request: Request) -> list[Outcome]:
        try:
            return send(self, request)
        except BadAddressError:
            raise
        except _ODD as error:
            return [_odd(self.name, error)] * len(request.rows)

    return send_or_say


def _odd(name: str, error: Exception) -> Unknown:
    """Where the reading failed, and nothing of what was read: the text of an error may be an address."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return Unknown(f"{name} answered otherwise than its API says ({type(error).__name__}, {Path(place.filename).name}:{place.lineno})")
