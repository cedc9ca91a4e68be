"""The command `regulars react`: the warm worker in the foreground, until it is told to end."""

from __future__ import annotations

import contextlib
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click

from orchestration.environment import data_folder, demo_provider, prepare


@click.command()
@click.option("--ask-seconds", default=2.0, show_default=True, envvar="REACT_ASK_SECONDS", help="How often databases are asked.")
@click.option("--api-seconds", default=60.0, show_default=True, envvar="REACT_API_SECONDS", help="How often APIs are asked.")
def react(ask_seconds: float, api_seconds: float) -> None:
    """Answer to what comes in: land it, decide about the people concerned and send, in seconds, while a run may be under way. One for a
    data folder; SIGTERM ends it after the batch in hand."""
    from orchestration.reactive.presence import WorkerBusyError, alone

    demo = prepare()
    data = data_folder()
    with contextlib.ExitStack() as stack:
        if demo is not None:
            if not (demo / "clock.json").exists():
                raise click.ClickException("there is no demo shop yet: make run makes it, or set SHOP_URL to work on yours.")
            stack.enter_context(demo_provider(demo))
        try:
            stack.enter_context(alone(data))
        except WorkerBusyError as busy:
            raise click.ClickException(str(busy)) from None
        _work(data, ask_seconds, api_seconds, stack.enter_context(_told_to_end()))


@contextlib.contextmanager
def _told_to_end() -> Iterator[threading.Event]:
    ended = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: ended.set()) for sign in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _work(data: Path, ask_seconds: float, api_seconds: float, ended: threading.Event) -> None:
    from orchestration.assets.landed import LANDED
    from orchestration.delivery import Built
    from orchestration.last_look import tables_read
    from orchestration.reactive import presence
    from orchestration.reactive.arriving import Arriving
    from orchestration.reactive.compiled_before import compiled_once
    from orchestration.reactive.copied import Copied
    from orchestration.reactive.history import History
    from orchestration.reactive.living import live
    from orchestration.reactive.tick import Tick
    from orchestration.reactive.worker import Worker
    from orchestration.resources import DBT_PROJECT, Folders, Outside, now
    from orchestration.systems import systems
    from orchestration.warehouse import Warehouse

    place, private = presence.folder_of(data) / "project", presence.folder_of(data) / "kept"
    shutil.rmtree(private, ignore_errors=True)  # left by a killed one
    private.mkdir(parents=True, mode=0o700)
    presence.say(data, is_able=False)
    started = time.monotonic()
    project = compiled_once(Path(DBT_PROJECT.project_dir), place)
    click.echo(f"read the project in {time.monotonic() - started:.1f} s", err=True)
    warehouse, outside, folders = Warehouse(data=str(data)), Outside.of_environment(), Folders(root=str(data))
    folders.landing.declare(*LANDED.values())  # what was landed before this version of the project lacks its newest columns
    target, manifest = place / "target", place / "target" / "manifest.json"
    copied = Copied(warehouse, presence.folder_of(data) / "copy", tables_read(target, manifest))
    arriving = Arriving(outside, folders, systems(), now, ask_seconds, api_seconds)
    tick = Tick(project, warehouse, private)
    try:
        built = Built(copied.warehouse, target, manifest)
        worker = Worker(tick, copied, built, arriving, History(folders.landing), outside, folders, now)
        live(worker, data, ended, lambda line: click.echo(line, err=True))
    finally:
        tick.close()
