"""When people buy: own intervals with bounded jitter, weekday and payday habits, seasons, sales; no memoryless process."""

import numpy as np

from demo.shop.catalogue import PROMOTIONS, day_of_month, month
from demo.shop.clock import DAY, HORIZON, HOUR, MINUTE, NEVER
from demo.shop.draws import Floats, Ints, generator
from demo.shop.people import ACCOUNT_ONLY, GUEST, ONE_TIMER, RARELY, REGULAR, SEASONAL, People

_SEASON = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.15, 1.15, 1.0, 1.0, 0.88, 0.85])


def purchase_times(people: People) -> tuple[Ints, Ints]:
    """Who buys and when, up to the horizon: person indexes and microseconds, in order of person and time."""
    rng = generator(people.seed, people.chunk, "rhythm")
    buys = np.isin(people.kind, (REGULAR, SEASONAL, RARELY, ONE_TIMER, GUEST))
    first = np.where(buys, people.joined + rng.integers(4 * MINUTE, 40 * MINUTE, len(people)), NEVER)
    parts = [(np.flatnonzero(buys), first[buys])]
    parts += _rounds(people, rng, first)
    parts += _sales(people, rng)
    parts += _gifts(people, rng)
    again = np.flatnonzero((people.kind == GUEST) & (rng.random(len(people)) < 0.25))
    parts.append((again, first[again] + rng.integers(50 * DAY, 200 * DAY, len(again))))
    who = np.concatenate([part[0] for part in parts]).astype(np.int64)
    at = np.concatenate([part[1] for part in parts]).astype(np.int64)
    keep = (at <= HORIZON) & (at >= first[who]) & ((at <= people.left[who]) | (at == first[who]))
    who, at = who[keep], at[keep] // 1000 * 1000
    order = np.lexsort((at, who))
    return who[order], at[order]


def _rounds(people: People, rng: np.random.Generator, first: Ints) -> list[tuple[Ints, Ints]]:
    """The rounds of those with a rhythm: each next purchase follows the last one by the own interval."""
    who = np.flatnonzero(np.isin(people.kind, (REGULAR, RARELY)))
    at = first[who]
    parts = []
    while (at <= HORIZON).any():
        gap = people.interval_days[who] * (1 + people.jitter[who] * rng.triangular(-1, 0, 1, len(who)))
        gap *= _SEASON[month(np.minimum(at, HORIZON)) - 1]
        gap *= np.where(people.fading[who] & (people.left[who] - at < 110 * DAY), 1.35, 1.0)
        at = _habit(people, rng, who, at + (gap * DAY).astype(np.int64))
        parts.append((who, at))
    return parts


def _habit(people: People, rng: np.random.Generator, who: Ints, at: Ints) -> Ints:
    """Move a purchase to the person's weekday, payday and hour, as most do most of the time."""
    midnight = at // DAY * DAY
    weekday = (midnight // DAY + 3) % 7
    ahead = (people.weekday[who] - weekday + 10) % 7 - 3  # the nearest such day, three back to three on
    moves = (people.weekday[who] >= 0) & (rng.random(len(who)) < 0.65)
    midnight += np.where(moves, ahead, 0) * DAY
    day = day_of_month(np.minimum(midnight, HORIZON))
    waits = people.payday[who] & (day >= 20) & (day < 27) & (rng.random(len(who)) < 0.7)
    midnight += np.where(waits, 27 - day + rng.integers(0, 4, len(who)), 0) * DAY
    return midnight + _hour(people, rng, who)


def _hour(people: People, rng: np.random.Generator, who: Ints) -> Ints:
    shift: Floats = people.hour_utc[who] + rng.triangular(-1.5, 0, 1.5, len(who))
    return (shift * HOUR).astype(np.int64)


def _sales(people: People, rng: np.random.Generator) -> list[tuple[Ints, Ints]]:
    """Seasonal people buy in promotions, each sale with the own inclination; others now and then."""
    parts = []
    inclined = people.promo_affinity * np.array([0.15, 1.0, 0.15, 0, 0, 0, 0, 0])[people.kind]
    for sale in PROMOTIONS:
        who = np.flatnonzero(rng.random(len(people)) < inclined)
        at = rng.triangular(sale.start, sale.start, sale.end, len(who)).astype(np.int64)
        at = at // DAY * DAY + _hour(people, rng, who)
        parts.append((who, np.where(at > people.joined[who] + 10 * DAY, at, NEVER)))
    return parts


def _gifts(people: People, rng: np.random.Generator) -> list[tuple[Ints, Ints]]:
    """A third of those who came buy presents in December."""
    parts = []
    for sale in PROMOTIONS:
        if sale.name == "Christmas":
            chance = np.where(people.kind < ONE_TIMER, 0.3, 0.0) * (people.kind != ACCOUNT_ONLY)
            who = np.flatnonzero(rng.random(len(people)) < chance)
            at = rng.triangular(sale.start - 5 * DAY, sale.start + 6 * DAY, sale.end, len(who)).astype(np.int64)
            parts.append((who, np.where(at > people.joined[who] + 10 * DAY, at, NEVER)))
    return parts
