"""What training believes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Belief:
    """What training found: of all pairs `prior` are true; per field the share of each level among true and other pairs."""

    prior: float
    levels: dict[str, tuple[list[float], list[float]]]
