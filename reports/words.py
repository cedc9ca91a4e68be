"""Numbers, changes and names as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_SPACE = "\u00a0"
_SHORT = {"crm", "ga4", "sms", "nps", "id", "vip", "vips", "b2b"}


class Figure(str):
    """A number as it is shown; `value` is the number itself, which the page keeps beside it."""

    value: float

    def __new__(cls, text: str, value: float) -> Figure:
        figure = super().__new__(cls, text)
        figure.value = value
        return figure


#: In a table, where there is no number to show.
BLANK = Figure("", math.nan)


def is_known(value: Any) -> bool:
    """Whether there is a number: neither None nor NaN."""
    return value is not None and not math.isnan(float(value))


def count(value: Any) -> Figure:
    """1,234."""
    return Figure(f"{int(value):,}", int(value))


def share(value: Any, digits: int = 1) -> Figure:
    """0.656 as 65.6 %."""
    return Figure(f"{100 * float(value):.{digits}f}{_SPACE}%", float(value))


def money(value: Any, currency: str) -> Figure:
    """Whole units from a thousand on, cents below; the sign of the currency where it is widely known, else its code."""
    number = float(value)
    digits = 0 if abs(number) >= 1000 else 2
    sign = _SIGNS.get(currency, f"{currency}{_SPACE}" if currency else "")
    return Figure(f"{'−' if number < 0 else ''}{sign}{abs(number):,.{digits}f}", number)


def of_unit(value: Any, unit: str, currency: str = "") -> Figure:
    """A value of a metric. unit: count, money, share, days, score; a number with a decimal for any other."""
    if not is_known(value):
        return Figure("–", math.nan)
    number = float(value)
    match unit:
        case "count":
            return count(round(number))
        case "money":
            return money(number, currency)
        case "share":
            return share(number)
        case "days":
            return Figure(f"{number:,.0f} days", number)
    return Figure(f"{number:,.1f}".replace("-", "−"), number)


def change(now: float, before: float, unit: str) -> Figure:
    """How much more than before: shares in points, scores and days as they are, all else in per cent of before."""
    if now == before:
        return Figure("no change", 0.0)
    if unit == "share":
        points = 100 * (now - before)
        return Figure(f"{points:+.1f} points".replace("-", "−"), now - before)
    if unit in ("score", "days"):
        return Figure(f"{now - before:+.1f}".replace("-", "−") + (" days" if unit == "days" else ""), now - before)
    if before == 0:
        return Figure("from nothing", now)
    part = (now - before) / abs(before)
    return Figure(f"{100 * part:+.1f}{_SPACE}%".replace("-", "−"), part)


def against(now: float, before: float, then: str) -> str:
    """`42 more than <then>`, `1 fewer than <then>` or `as many as <then>`."""
    gap = round(now - before)
    return f"as many as {then}" if gap == 0 else f"{abs(gap):,} {'more' if gap > 0 else 'fewer'} than {then}"


def gap(now: float, before: float) -> str:
    """`+42`, `−1`, `±0`."""
    return f"{round(now - before):+,}".replace("-", "−") if round(now - before) else "±0"


def named(name: Any) -> str:
    """`at_risk_regulars` as `at risk regulars`, `crm_contacts` as `CRM contacts`."""
    return " ".join("VIPs" if word == "vips" else word.upper() if word in _SHORT else word for word in str(name).replace("_", " ").split())


def titled(name: Any) -> str:
    """The same with a capital at its head."""
    text = named(name)
    return text[:1].upper() + text[1:]


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([part for part in (", ".join(names[:-1]), names[-1] if names else "") if part])


def day(moment: date) -> str:
    """30 June 2026."""
    return f"{moment.day} {moment:%B %Y}"


def month(moment: date) -> str:
    """June 2026."""
    return f"{moment:%B %Y}"


def signed(value: float, unit: str, currency: str = "", like: float = 0.0) -> str:
    """With its sign and no more digits than say something. unit: share (+4.2 %), count (+412), money (+€412), else a plain number.

    like: the largest figure beside it, which says how many digits are worth a look.
    """
    size, largest = abs(float(value)), max(abs(float(value)), abs(like))
    if unit == "share":
        text = f"{100 * size:,.{0 if largest >= 0.0995 else 1}f}"
        shown = f"{text if float(text.replace(',', '')) else '0'}{_SPACE}%"
    elif unit == "count":
        shown = f"{round(size):,}"
    elif unit == "money":
        shown = money(round(size) if largest >= 1000 else size, currency)
    else:
        shown = f"{size:,.3g}"
    is_nothing = not re.search("[1-9]", shown)
    return shown if is_nothing else f"{'+' if value > 0 else '−'}{shown}"


def between(low: float, high: float, unit: str, currency: str = "") -> str:
    """`between −1.0 % and +9.4 %`."""
    return f"between {signed(low, unit, currency, high)} and {signed(high, unit, currency, low)}"
