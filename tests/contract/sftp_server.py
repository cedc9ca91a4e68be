"""An SFTP server on 127.0.0.1 with one user, whose folder is the given one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

USER, PASSWORD = "shop", "very secret"


class _Server(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@dataclass
class Sftp:
    """`cut`: renames that are still to be answered by hanging up, each after it was done. `is_plain`: it renames over no older file."""

    url: str
    host_key: str
    cut: list[bool] = field(default_factory=list)
    is_plain: bool = False


@contextmanager
def sftp_server(folder: Path) -> Iterator[Sftp]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    sftp = Sftp("", key.export_public_key().decode().strip())

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
            super().__init__(channel, chroot=str(folder).encode())
            self._connection = channel.get_connection()

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            if sftp.is_plain:
                raise asyncssh.SFTPOpUnsupported("Operation unsupported")
            super().posix_rename(oldpath, newpath)
            if sftp.cut and sftp.cut.pop():
                self._connection.abort()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(_Server, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=Files)

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    sftp.url = f"sftp://{USER}@127.0.0.1:{acceptor.get_port()}"

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)  # type: ignore[arg-type]

    try:
        yield sftp
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
