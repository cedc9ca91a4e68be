"""Chance, made repeatable: generators per chunk and purpose, and noise that depends on a key alone."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[Any]

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15))


def generator(seed: int, chunk: int, purpose: str) -> np.random.Generator:
    """A generator of its own for each purpose, so that a new draw in one place moves nothing elsewhere."""
    return np.random.default_rng([seed, chunk, zlib.crc32(purpose.encode())])


def noise(key: Ints, salt: str) -> Floats:
    """A number in [0, 1) for each key, the same for ever: what happens does not depend on who else is drawn."""
    mixed = key.astype(np.uint64) * _MIX[2] + np.uint64(zlib.crc32(salt.encode()) * 0x9E3779B1)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) / float(2**53)


def spread(key: Ints, salt: str, low: float, high: float) -> Ints:
    """Whole numbers between `low` and `high`, triangular around the middle (bounded, never exponential)."""
    middle = (noise(key, salt) + noise(key, salt + "'")) / 2
    return (low + middle * (high - low)).astype(np.int64)


def pick(key: Ints, salt: str, weights: list[float]) -> Ints:
    """An index per key, with the given weights."""
    edges = np.cumsum(np.asarray(weights) / sum(weights))
    edges[-1] = 1.0
    return np.searchsorted(edges, noise(key, salt), side="right").astype(np.int64)
