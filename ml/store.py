"""Model cards on disk: JSON, one file per version, whole or not there at all. Nothing is pickled: loading runs no
code."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ml.card import Evaluation, ModelCard
from ml.metrics import Metrics, ReliabilityPoint
from ml.pipeline import Parameters

FORMAT = 1


def save(card: ModelCard, models: Path) -> Path:
    """Write the card to `models`/<name>/<version>.json, replacing the same version, and return that path.

    A card without a model is stored as `unserved-<data version>`, so that the reason can be looked up later.
    """
    path = models / card.name / f"{card.model_version or f'unserved-{card.data_version}'}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"format": FORMAT, **asdict(card)}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    # Python writes a float with as many digits as it takes to read the same one back.
    part.write_text(json.dumps(content, indent=1, allow_nan=False, default=datetime.isoformat) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def load(path: Path) -> ModelCard:
    """Read a card that `save` wrote. Raises ValueError naming the file where it is not one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return _card(content)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ValueError(f"{path} is not a model card of format {FORMAT}: {problem}") from problem


def _card(content: dict[str, Any]) -> ModelCard:
    evaluation, numbers = content["evaluation"], content["parameters"]
    return ModelCard(
        **{
            **content,
            "features": tuple(content["features"]),
            "as_of": datetime.fromisoformat(content["as_of"]),
            "trained_from": _time(content["trained_from"]),
            "trained_to": _time(content["trained_to"]),
            "origins": tuple(map(datetime.fromisoformat, content["origins"])),
            "horizons_days": tuple(content["horizons_days"]),
            "notes": tuple(content["notes"]),
            "evaluation": _evaluation(evaluation) if evaluation else None,
            "parameters": Parameters(**{key: _tuple(value) for key, value in numbers.items()}) if numbers else None,
        }
    )


def _evaluation(content: dict[str, Any]) -> Evaluation:
    metrics = dict(content["metrics"])
    points = tuple(ReliabilityPoint(**point) for point in metrics.pop("reliability"))
    times = {key: datetime.fromisoformat(content[key]) for key in ("origin", "trained_from", "trained_to")}
    return Evaluation(**{**content, **times, "metrics": Metrics(**metrics, reliability=points)})


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
