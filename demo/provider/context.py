"""What every endpoint of the provider needs at hand."""

from dataclasses import dataclass

from starlette.requests import Request

from demo.provider.callbacks import Callbacks
from demo.provider.clock import Clock
from demo.provider.faults import Fault
from demo.provider.options import Options
from demo.provider.state import ProviderState

FAULT = "demo.provider.fault"


@dataclass(frozen=True)
class Context:
    """The provider's memory, its time, its settings, and who calls senders back."""

    state: ProviderState
    clock: Clock
    options: Options
    callbacks: Callbacks


def bulk_fault(request: Request, size: int) -> str | None:
    """The kind of fault that the endpoint of this request of `size` bytes has to play: only large ones are dropped."""
    fault: Fault | None = request.scope.get(FAULT)
    return None if fault is None or (fault.kind == "drop_oversize" and size <= fault.bytes) else fault.kind
