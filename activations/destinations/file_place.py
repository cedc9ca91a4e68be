"""Where files are written: whole, under the name that they will have only once they are."""

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from urllib.parse import urlsplit

import fsspec
import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

#: File systems of folders, where a reader could meet a file that is half written. Stores of objects show whole ones alone.
_RENAMING = {"file", "local", "sftp"}
_TIMEOUT_SECONDS = 30.0


class Place:
    """A folder at `url`. Its options are never shown."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        if urlsplit(url).password:
            raise ValueError("an address with a password in it ends up in logs; give the password as an option")
        self._url = url
        self._open: Callable[[], tuple[Any, str]] = lambda: _opened(url, options)

    def __repr__(self) -> str:
        return f"Place({self._url!r})"

    def write(self, path: str, write: Callable[[IO[bytes]], None]) -> None:
        """Writes one file. Raises what the file system raises, marked as in doubt where the file may have got its name."""
        with self._opened() as (files, root):
            target = f"{root.rstrip('/')}/{path}"
            protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
            if not protocols & _RENAMING:
                with TemporaryDirectory() as folder:  # a store takes what it has when writing fails: so it gets only what is whole
                    whole = Path(folder, "whole")
                    with whole.open("wb") as file:
                        write(file)
                    files.put_file(str(whole), target)
                return
            files.makedirs(target.rpartition("/")[0], exist_ok=True)
            partial = f"{target.rpartition('.')[0]}.partial"
            with files.open(partial, "wb") as file:
                write(file)
                file.flush()
                if protocols & {"file", "local"}:
                    os.fsync(file.fileno())
            try:
                if protocols & {"file", "local"}:
                    Path(partial).replace(target)
                else:
                    _renamed(files, partial, target)
            except Exception as error:
                error.is_in_doubt = True  # type: ignore[attr-defined]
                raise

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        files, root = self._open()
        try:
            yield files, root
        finally:
            if isinstance(files, _Sftp):
                files.close()


def _renamed(files: Any, partial: str, target: str) -> None:
    """Over an older file at once by posix-rename@openssh.com. A server without it renames over none (draft-ietf-secsh-filexfer-02, 6.5):
    there the older file goes first, and for a moment a reader finds none, but never half of one."""
    try:
        files.mv(partial, target)
    except OSError as error:
        if error.errno is not None:  # it says what is wrong, such as a missing right
            raise
        if files.exists(target):
            files.ftp.remove(target)
        files.ftp.rename(partial, target)


def _opened(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("sftp", "ssh"):
        files, root = fsspec.core.url_to_fs(url, **options)
        return files, str(root)
    more = {name: value for name, value in (("port", parts.port), ("username", parts.username)) if value}
    return _Sftp(parts.hostname, **more, **options), parts.path or "/"


class _Sftp(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's, but for two things: it talks to a server only whose key is known, and each connection is new."""

    cachable = False

    def _connect(self) -> None:
        options = dict(self.ssh_kwargs)
        known_hosts, host_key = options.pop("known_hosts", None), options.pop("host_key", None)
        client = self.client = paramiko.SSHClient()
        if host_key:
            kind, key = str(host_key).split()[:2]
            port = options.get("port", 22)
            named = self.host if port == 22 else f"[{self.host}]:{port}"
            client.get_host_keys().add(named, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(key)))
        else:
            client.load_system_host_keys(str(known_hosts) if known_hosts else None)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        waits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), _TIMEOUT_SECONDS)
        try:
            client.connect(self.host, allow_agent=False, look_for_keys=False, **waits | options)
            self.ftp = client.open_sftp()
            self.ftp.get_channel().settimeout(_TIMEOUT_SECONDS)
        except BaseException:
            client.close()
            raise

    def close(self) -> None:
        self.client.close()
