"""Buy-till-you-die models: customers order at a rate of their own until they quietly leave, and nobody says when.

Belongs here: the likelihoods and expectations of the papers, vectorised, on plain arrays, and how they are fitted. Does
not belong here: frames, features, what the numbers are used for.

Everywhere `x` is the number of repeat orders (days with an order, less the first), `t_x` the time from the first order to
the latest and `age` that from the first order to now, all float64 arrays of one length and times in one unit.
"""

from ml.btyd.dropout import BgNbd, FitError, MbgNbd
from ml.btyd.value import GammaGamma

__all__ = ["BgNbd", "FitError", "GammaGamma", "MbgNbd"]
