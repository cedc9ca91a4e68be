"""Who lives in the world: what kind of customer each person is, when they came, and when they stop for good."""

from dataclasses import dataclass

import numpy as np

from demo.shop.catalogue import CATEGORIES, RARE, day_weights
from demo.shop.clock import DAY, HORIZON, HOUR, MINUTE, NEVER, START, TODAY
from demo.shop.draws import Bools, Floats, Ints, generator
from demo.shop.households import share_addresses
from demo.shop.places import CITIES, CITY_WEIGHTS

CHUNK = 2000  # customers planned at a time: what bounds the memory
STRIDE = 8192  # numbers a chunk may give to its people
KINDS = ("regular", "seasonal", "rare", "one_timer", "account_only", "guest", "contact_only", "visitor")
REGULAR, SEASONAL, RARELY, ONE_TIMER, ACCOUNT_ONLY, GUEST, CONTACT_ONLY, VISITOR = range(len(KINDS))
_ACCOUNT_SHARES = [0.40, 0.14, 0.09, 0.31, 0.06]
# People without an account, per customer: over the whole time from the start to the horizon.
_OTHERS = ((GUEST, 0.10), (CONTACT_ONLY, 0.12), (VISITOR, 1.20))


@dataclass(frozen=True)
class People:
    """One row per person of a chunk; times in microseconds, `NEVER` where it does not happen."""

    seed: int
    chunk: int
    number: Ints  # unique in the world
    kind: Ints
    joined: Ints  # account opened, first order, contact made or first visit
    left: Ints  # after this no purchase by own impulse
    category: Ints
    interval_days: Floats
    jitter: Floats
    weekday: Ints  # 0 Monday .. 6 Sunday, -1 none
    hour: Floats  # preferred hour, local
    city: Ints
    payday: Bools  # buys when the money has come
    promo_affinity: Floats
    fading: Bools  # slows down before leaving
    tracked: Bools  # no ad blocker
    reacts: Bools  # a message moves this person
    annoyed: Bools  # a message drives this person away
    partner: Ints  # index of the family member whose e-mail or phone this person uses, -1 none
    shares: Ints  # with the partner: 0 e-mail, 1 phone, 2 device
    role: Ints  # 1 the shared info@ address, 2 the shared shop phone, 0 none

    def __len__(self) -> int:
        return len(self.number)

    @property
    def has_account(self) -> Bools:
        """Whether the person opens a shop account."""
        mask: Bools = self.kind <= ACCOUNT_ONLY
        return mask

    @property
    def country(self) -> Ints:
        """Index into COUNTRIES."""
        return np.array([index for index, _ in CITIES], dtype=np.int64)[self.city]

    @property
    def hour_utc(self) -> Floats:
        """The preferred hour in UTC (may lie below 0 or above 24)."""
        hours: Floats = self.hour - np.array([city.utc_hours for _, city in CITIES])[self.city]
        return hours


def chunk_sizes(customers: int) -> list[int]:
    """How many customers each chunk holds."""
    if customers < 1:
        raise ValueError(f"customers must be at least 1, not {customers}")
    return [min(CHUNK, customers - first) for first in range(0, customers, CHUNK)]


def make_people(seed: int, chunk: int, customers: int) -> People:
    """The people of one chunk, with `customers` accounts opened until the fixed day and as fast an inflow after it."""
    rng = generator(seed, chunk, "people")
    kinds = [rng.choice(5, customers, p=_ACCOUNT_SHARES), rng.choice(5, round(customers * 0.66), p=_ACCOUNT_SHARES)]
    kinds += [np.full(round(customers * share), kind) for kind, share in _OTHERS]
    kind = np.concatenate(kinds).astype(np.int64)
    count = len(kind)
    category = rng.choice(len(CATEGORIES), count, p=[c.share for c in CATEGORIES]).astype(np.int64)
    category[kind == RARELY] = RARE
    low, high = (np.array([c.gap_days[end] for c in CATEGORIES], dtype=float)[category] for end in (0, 1))
    interval = low + (high - low) * rng.random(count)
    hour = rng.choice([7.5, 12.5, 17.5, 20.5, 22.0], count, p=[0.15, 0.2, 0.25, 0.3, 0.1]) + rng.uniform(-1, 1, count)
    joined = _arrivals(rng, customers, count)
    stays = rng.uniform(30, 700, count)
    leaves = rng.random(count) < np.array([0.6, 0.4, 0.3, 0, 0, 0, 0, 0])[kind]
    left = np.where(leaves, joined + (stays * DAY).astype(np.int64), NEVER)
    partner, shares, role = share_addresses(rng, chunk, customers, kind < GUEST)
    return People(
        seed=seed,
        chunk=chunk,
        number=chunk * STRIDE + np.arange(count, dtype=np.int64),
        kind=kind,
        joined=joined,
        left=left,
        category=category,
        interval_days=interval,
        jitter=rng.triangular(0.05, 0.12, 0.3, count),
        weekday=rng.choice([-1, 0, 1, 2, 3, 4, 5, 6], count, p=[0.3, 0.1, 0.06, 0.06, 0.08, 0.12, 0.16, 0.12]),
        hour=hour,
        city=rng.choice(len(CITIES), count, p=np.array(CITY_WEIGHTS) / sum(CITY_WEIGHTS)).astype(np.int64),
        payday=rng.random(count) < 0.2,
        promo_affinity=rng.uniform(0.2, 0.75, count),
        fading=rng.random(count) < 0.3,
        tracked=rng.random(count) < 0.8,
        reacts=rng.random(count) < 0.3,
        annoyed=rng.random(count) < 0.06,
        partner=partner,
        shares=shares,
        role=role,
    )


def _arrivals(rng: np.random.Generator, customers: int, count: int) -> Ints:
    """Days by season and payday; the first `customers` came until the fixed day, the next after it, the rest at any time."""
    past, future = (TODAY - START) // DAY, (HORIZON - TODAY) // DAY
    weights = day_weights(past + future)
    weights[past - 7 : past] *= 1.5  # a good week just now: someone to welcome
    comers = min(round(customers * 0.66), count - customers)
    day = np.empty(count, dtype=np.int64)
    for part, first, last in (
        (slice(0, customers), 0, past),
        (slice(customers, customers + comers), past, past + future),
        (slice(customers + comers, count), 0, past + future),
    ):
        day[part] = first + rng.choice(last - first, len(day[part]), p=weights[first:last] / weights[first:last].sum())
    joined = START + day * DAY + rng.triangular(5 * HOUR, 16 * HOUR, 22 * HOUR, count).astype(np.int64)
    fresh = min(2 + customers // 500, customers)  # some came this very morning
    joined[:fresh] = TODAY - rng.integers(30 * MINUTE, 3 * HOUR, fresh)
    early = (np.arange(count) >= customers) & (np.arange(count) < customers + comers) & (joined <= TODAY)
    joined[early] = TODAY + HOUR + (joined[early] % HOUR)
    return joined // 1000 * 1000
