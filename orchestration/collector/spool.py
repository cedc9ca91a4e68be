"""Keeps lines on disk until they have landed. What waits is written and synced together, so that many clients share one fsync.

A file being written is locked (flock), and the lock goes with the process, however it ends: who gets the lock may land and delete
the file. A process never writes to a file that it did not make, and never again to one where a write failed: what a crash or
a full disk leaves of a line is therefore always the last of its file, has no line end, and was never answered for.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

SUFFIX = ".jsonl"
_log = logging.getLogger(__name__)


class SpoolError(Exception):
    """What was given is not kept; the text says why, without the contents."""


def sync_folder(folder: Path) -> None:
    """Names made in the folder so far survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _File:
    """One file of a spool: made under a hidden name, locked, then named, so that nobody sees it without its lock."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        self.path = folder / f"{name}{SUFFIX}"
        hidden = folder / f".{name}"
        self._handle = os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            hidden.rename(self.path)
            sync_folder(folder)
        except OSError:
            os.close(self._handle)
            hidden.unlink(missing_ok=True)
            raise
        self.size, self.made = 0, time.monotonic()

    def append(self, lines: bytes) -> None:
        """Writes all of it and syncs. Raises OSError: the file must not be written to again."""
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
        os.fsync(self._handle)
        if not os.fstat(self._handle).st_nlink:
            raise OSError(errno.ENOENT, "somebody deleted the file")
        self.size += len(lines)

    def close(self) -> None:
        """Gives the lock away; a file in which nothing was ever kept is removed."""
        if not self.size:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)


class Spool:
    """Lines in `folder`. A file ends at `longest_bytes` or after `longest_seconds`; what has been given but not yet written may
    come to `most_waiting_bytes`. Several processes may share a folder. To be used inside `running()`."""

    def __init__(
        self, folder: Path, *, longest_bytes: int = 16_000_000, longest_seconds: float = 30.0, most_waiting_bytes: int = 64_000_000
    ) -> None:
        self.folder = folder
        self._longest_bytes, self._longest_seconds, self._most_waiting = longest_bytes, longest_seconds, most_waiting_bytes
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._is_ending = False
        self._file: _File | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes for as long as the block runs; what was given before its end is still written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        sync_folder(self.folder.parent)
        writing = asyncio.create_task(self._write())
        try:
            yield
        finally:
            self._is_ending = True
            self._wake.set()
            await writing
            self._end_file()

    async def keep(self, lines: bytes) -> None:
        """Returns once `lines` (each ended by a line feed) are written and synced to disk. Raises SpoolError where they are not."""
        if self._waiting_bytes + len(lines) > self._most_waiting:
            raise SpoolError("more is waiting to be written than the disk takes")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, done))
        self._waiting_bytes += len(lines)
        self._wake.set()
        await done

    async def _write(self) -> None:
        while self._waiting or not self._is_ending:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._longest_seconds):
                    await self._wake.wait()
            self._wake.clear()
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            fault: SpoolError | None = None
            try:
                await asyncio.to_thread(self._commit, b"".join(lines for lines, _ in batch))
            except Exception as error:  # whatever it is: who waits must get an answer, and the next one a new try
                fault = SpoolError(getattr(error, "strerror", None) or type(error).__name__)
                _log.warning("the spool %s cannot be written: %s", self.folder, fault)
            for _, done in batch:
                if not done.done():
                    done.set_exception(fault) if fault else done.set_result(None)

    def _commit(self, lines: bytes) -> None:
        if self._file is not None and self._is_full(self._file):
            self._end_file()
        if not lines:
            return
        try:
            if self._file is None:
                self._file = _File(self.folder)
            self._file.append(lines)
        except OSError:
            # after a failed sync nobody knows what is on disk, and after a failed write the last line may be torn
            self._end_file()
            raise

    def _is_full(self, file: _File) -> bool:
        return file.size >= self._longest_bytes or time.monotonic() - file.made >= self._longest_seconds

    def _end_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
