"""The provider as a web server on 127.0.0.1."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from demo.provider.app import build
from demo.provider.callbacks import Callbacks
from demo.provider.clock import Clock
from demo.provider.options import Options
from demo.provider.state import ProviderState

HOST = "127.0.0.1"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Running:
    """A provider that answers at `url`, such as http://127.0.0.1:8025; `state` is its memory."""

    url: str
    state: ProviderState


class _Server(uvicorn.Server):
    """uvicorn that says when it listens and leaves signals to the program around it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self.listening.set()


def _configure(folder: Path, options: Options) -> tuple[ProviderState, Callbacks, uvicorn.Config]:
    state = ProviderState(folder / "provider.db")
    app, callbacks = build(state, Clock(folder / "clock.json", last_us=state.last_us()), options)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", proxy_headers=False, timeout_graceful_shutdown=1)
    return state, callbacks, config


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # who connects from now on waits until the server is up
    except OSError as error:
        listener.close()
        raise OSError(f"the provider cannot listen on {HOST}:{port}: {error.strerror}; choose another port") from error
    return listener


@contextmanager
def running(folder: Path, *, port: int = 0, options: Options | None = None, specifications: Path | None = None) -> Iterator[Running]:
    """A provider in a thread, with its state in `folder`; port 0 takes a free one. Raises OSError when it is taken.

    `specifications`: as in Options; a folder that is not there judges nothing.
    """
    listener = _listen(port)
    chosen = options or Options()
    if specifications is not None and specifications.is_dir():
        chosen = replace(chosen, specifications=specifications)
    state, callbacks, config = _configure(folder, chosen)
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="demo-provider", daemon=True)
    thread.start()
    try:
        if not server.listening.wait(_START_SECONDS):
            raise RuntimeError("the provider did not start")
        yield Running(f"http://{HOST}:{listener.getsockname()[1]}", state)
    finally:
        server.should_exit = True
        thread.join(_STOP_SECONDS)
        listener.close()
        callbacks.stop()
        state.close()


def serve(folder: Path, *, port: int, options: Options, announce: Callable[[str], None]) -> None:
    """A provider in the foreground until it is interrupted; `announce` gets its address once it listens."""
    listener = _listen(port)
    state, callbacks, config = _configure(folder, options)
    announce(f"http://{HOST}:{listener.getsockname()[1]}")
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        listener.close()
        callbacks.stop()
        state.close()
