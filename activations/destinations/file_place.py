"""Where files are written: whole, under the name that they will have only once they are."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from urllib.parse import urlsplit

import fsspec

#: File systems of folders, where a reader could meet a file that is half written. Stores of objects show whole ones alone.
_RENAMING = {"file", "local", "sftp"}


class Place:
    """A folder at `url`. Its options are never shown."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        if urlsplit(url).password:
            raise ValueError("an address with a password in it ends up in logs; give the password as an option")
        self._url = url
        self._open: Callable[[], AbstractContextManager[tuple[Any, str]]] = lambda: _opened(url, options)

    def __repr__(self) -> str:
        return f"Place({self._url!r})"

    def write(self, path: str, write: Callable[[IO[bytes]], None]) -> None:
        """Writes one file. Raises what the file system raises, marked as in doubt where the file may have got its name."""
        with self._open() as (files, root):
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


@contextmanager
def _opened(url: str, options: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    parts = urlsplit(url)
    if parts.scheme not in ("sftp", "ssh"):
        files, root = fsspec.core.url_to_fs(url, **options)
        yield files, str(root)
        return
    from activations.destinations.file_sftp import Sftp

    more = {name: value for name, value in (("port", parts.port), ("username", parts.username)) if value}
    with closing(Sftp(parts.hostname, **more, **options)) as files:
        yield files, parts.path or "/"
