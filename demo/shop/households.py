"""Families of two (3 % of people), and the e-mail address or the telephone that many people of one office give."""

import numpy as np

from demo.shop.draws import Bools, Ints


def share_addresses(rng: np.random.Generator, chunk: int, customers: int, has_account: Bools) -> tuple[Ints, Ints, Ints]:
    """Who uses whose address, in a chunk whose first `customers` people have accounts on the fixed day.

    Returns, per person, the index of the family member (or -1), what is shared (0 e-mail, 1 telephone, 2 device), and
    the role (1 the office's e-mail address, 2 the office's telephone, 0 none).
    """
    count = len(has_account)
    partner = np.full(count, -1, dtype=np.int64)
    shares = rng.choice(3, count, p=[0.4, 0.4, 0.2]).astype(np.int64)
    role = np.zeros(count, dtype=np.int64)
    known = rng.permutation(customers)
    office = max(round(customers * 0.007), 24 if chunk == 0 and customers >= 300 else 0)
    role[known[:office]], role[known[office : 2 * office]] = 1, 2
    pairs = known[2 * office :][: round(customers * 0.03) * 2].reshape(-1, 2) if customers >= 20 else np.empty((0, 2))
    for first, second in pairs.astype(np.int64):
        partner[second] = first
    coming = np.arange(customers, count - 1, 31)  # later families
    coming = coming[has_account[coming] & has_account[coming + 1]]
    partner[coming + 1] = coming
    return partner, shares, role
