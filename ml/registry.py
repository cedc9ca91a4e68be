"""The registry of fitted models on disk: files named by what is in them, cards beside them, and which one serves.

    <models>/<name>/<sha256>.skops       the fitted state
    <models>/<name>/<sha256>.json        its card
    <models>/<name>/champion.json        the version that serves, and what it was made for

A file is read only if its content has the hash of its name, and only if every type in it is one that reading a model takes: reading
runs no code of a stranger's (skops; https://skops.readthedocs.io/en/stable/persistence.html).
"""

import hashlib
import json
import os
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

#: The one type beyond plain numbers and scikit-learn's public ones that a fitted model holds: the trees of a boosting.
TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class UntrustedModelError(RuntimeError):
    """A model's file is missing, was changed, or holds what no model of ours does. The message names the file and what to do."""


class Registry:
    """The models of one name below a folder; the folder need not exist yet."""

    def __init__(self, models: Path, name: str) -> None:
        self.folder = models / name

    def put(self, state: dict[str, Any], card: dict[str, Any]) -> str:
        """Write the state and its card, and return the SHA-256 of the state's file: the version, in 64 hexadecimal digits."""
        from skops import io  # it takes long to load, and most processes read no model

        content = _settled(io.dumps(_plain(state)))
        version = hashlib.sha256(content).hexdigest()
        _replace(self.folder / f"{version}.skops", content)
        _replace(self.folder / f"{version}.json", _json({**card, "model_version": version}))
        return version

    def get(self, version: str) -> dict[str, Any]:
        """Return the state of a version. Raises UntrustedModelError where its file is not what was written."""
        path = self.folder / f"{version}.skops"
        todo = "put the file back from a copy, or remove champion.json beside it and run again to train anew"
        if not _SHA256.fullmatch(version):
            raise UntrustedModelError(f"{self.folder} names {version!r} as its champion, which is no SHA-256: {todo}")
        if not path.is_file():
            raise UntrustedModelError(f"{path} is missing: {todo}")
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != version:
            raise UntrustedModelError(f"{path} was changed: its content has the SHA-256 {found}. It is not read: {todo}")
        return _read(content, path)

    def card(self, version: str) -> dict[str, Any]:
        """Return the card of a version. Raises UntrustedModelError where there is none to read."""
        return _object(self.folder / f"{version}.json")

    def champion(self) -> dict[str, Any] | None:
        """What serves: version, recipe and key, as `crown` wrote it; None where nothing does yet. Raises UntrustedModelError."""
        path = self.folder / "champion.json"
        return _object(path) if path.exists() else None

    def crown(self, version: str, recipe: str, key: str) -> None:
        """From now on this version serves; `key` says what it was made for, and the same key asks for no new one."""
        _replace(self.folder / "champion.json", _json({"model_version": version, "recipe": recipe, "key": key}))


def _read(content: bytes, path: Path) -> dict[str, Any]:
    from skops import io

    try:
        foreign = sorted(set(io.get_untrusted_types(data=content)) - set(TRUSTED))
        if foreign:
            raise UntrustedModelError(f"{path} is not read: it holds {', '.join(foreign)}, which no model of ours does")
        state = io.loads(content, trusted=list(TRUSTED))
    except UntrustedModelError:
        raise
    except Exception as problem:  # whatever a foreign file makes the reader stumble over
        raise UntrustedModelError(f"{path} is not a fitted model: {problem}") from problem
    if not isinstance(state, dict):
        raise UntrustedModelError(f"{path} is not a fitted model: it holds a {type(state).__name__}")
    return state


def _plain(value: Any) -> Any:
    """Tuples as lists: a file of either has one hash, and is read as it was written."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _settled(content: bytes) -> bytes:
    """The same file without what differs between equal fits: the instant of writing, and where in memory each part of the fit was.

    skops names parts by their addresses, in the schema and as names of arrays; here they are numbered as the schema comes to them.
    """
    numbers: dict[int, int] = {}
    files: dict[str, str] = {}

    def numbered(part: Any) -> Any:
        if isinstance(part, list):
            return [numbered(inner) for inner in part]
        if not isinstance(part, dict):
            return part
        known = {key: numbered(inner) for key, inner in part.items()}
        if "__id__" in part:
            known["__id__"] = numbers.setdefault(part["__id__"], len(numbers))
        if part.get("type") == "numpy" and "file" in part:
            known["file"] = files.setdefault(part["file"], f"{len(files)}.npy")
        return known

    told = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(told, "w") as after:
        schema = numbered(json.loads(before.read("schema.json")))
        assert len(files) == len(before.namelist()) - 1, "a part of the fit that the schema does not name"
        for old, new in files.items():
            after.writestr(zipfile.ZipInfo(new), before.read(old))
        after.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema, indent=2))
    return told.getvalue()


def _object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise UntrustedModelError(f"{path} cannot be read: {problem}. Remove it and run again to train anew") from problem
    if not isinstance(content, dict):
        raise UntrustedModelError(f"{path} is no JSON object: remove it and run again to train anew")
    return content


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, default=str) + "\n").encode()


def _replace(path: Path, content: bytes) -> None:
    """The file is there whole or not at all, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
