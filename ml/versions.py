"""Names for exactly this data and exactly this wish, made of their content."""

import hashlib
import json
from typing import Any

import pandas as pd

LENGTH = 12


def data_version(frame: pd.DataFrame) -> str:
    """Return 12 hexadecimal digits of the columns and rows; the order of rows does not matter, repeated rows do."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy(copy=True)
    rows.sort()
    digest = hashlib.sha256("|".join(map(str, frame.columns)).encode())
    digest.update(rows.astype("<u8").tobytes())
    return digest.hexdigest()[:LENGTH]


def key_of(**parts: Any) -> str:
    """Return 12 hexadecimal digits of named parts: equal parts, equal key."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:LENGTH]
