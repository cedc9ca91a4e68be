"""Names for exactly this model and exactly this data, made of their content."""

import hashlib
import json
from dataclasses import asdict

import pandas as pd
import sklearn

from ml.pipeline import Parameters

LENGTH = 12


def model_version(parameters: Parameters) -> str:
    """Return 12 hexadecimal digits of the fitted numbers, the feature names and the version of scikit-learn."""
    content = {"parameters": asdict(parameters), "sklearn": sklearn.__version__}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:LENGTH]


def data_version(frame: pd.DataFrame) -> str:
    """Return 12 hexadecimal digits of the columns and rows; the order of rows does not matter, repeated rows do."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy(copy=True)
    rows.sort()
    digest = hashlib.sha256("|".join(map(str, frame.columns)).encode())
    digest.update(rows.astype("<u8").tobytes())
    return digest.hexdigest()[:LENGTH]
