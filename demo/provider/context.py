"""What every endpoint of the provider needs at hand."""

from dataclasses import dataclass

from starlette.requests import Request

from demo.provider.callbacks import Callbacks
from demo.provider.clock import Clock
from demo.provider.options import Options
from demo.provider.state import ProviderState

DROPPED_OVER_BYTES = 32_000
FAULT = "demo.provider.fault"


@dataclass(frozen=True)
class Context:
    """The provider's memory, its time, its settings, and who calls senders back."""

    state: ProviderState
    clock: Clock
    options: Options
    callbacks: Callbacks


def fault_of(request: Request) -> str | None:
    """The kind of fault that was ordered for this request and that its endpoint has to play, or None."""
    fault: str | None = request.scope.get(FAULT)
    return fault


def bulk_fault(request: Request, size: int) -> str | None:
    """The fault to play for a request of `size` bytes: only large ones are dropped."""
    fault = fault_of(request)
    return None if fault == "drop_oversize" and size <= DROPPED_OVER_BYTES else fault
