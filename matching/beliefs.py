"""What training sees, and what it believes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Belief:
    """What training found: of all pairs `prior` are true; per field the share of each level among true and other pairs.

    `forgiven` are contradictions that are slips in this file, and how likely such a pair is one person (families.py).
    """

    prior: float
    levels: dict[str, tuple[list[float], list[float]]]
    forgiven: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Patterns:
    """Levels (patterns x fields, -1 = not said, 0 = best level), how many pairs show each pattern, and its kind of contradiction."""

    levels: NDArray[np.int64]
    pairs: NDArray[np.float64]
    kinds: NDArray[np.int64]
