"""Means over a Beta variable as short weighted sums."""

import numpy as np
from scipy.linalg import eigh_tridiagonal

from ml.btyd.search import Floats

NODES = 32


def beta_rule(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss quadrature for a Beta(a, b) variable (Golub and Welsch 1969; recurrence of Jacobi polynomials)."""
    n = np.arange(1, NODES, dtype=np.float64)
    s = a + b - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.concatenate([[(a - b) / (a + b)], ((a - 1) ** 2 - (b - 1) ** 2) / ((2 * n + s) * (2 * n + s + 2))])
        side = 4 * n * (n + a - 1) * (n + b - 1) * (n + s) / ((2 * n + s) ** 2 * (2 * n + s + 1) * (2 * n + s - 1))
    side[0] = 4 * a * b / ((a + b) ** 2 * (a + b + 1))
    nodes, vectors = eigh_tridiagonal(centre, np.sqrt(side))
    return (1 + nodes) / 2, vectors[0] ** 2
