"""The colours, each with its value on light and on dark ground.

Charts are drawn once, with a placeholder for each colour; in the page a placeholder is a CSS property, so that one drawing serves light,
dark and print.
"""

from __future__ import annotations

import re

#: name -> (light, dark). `heat` goes from few to many; on the first five dark letters stand, on the last two light ones (in the dark
#: the other way round), so that all can be read.
COLOURS: dict[str, tuple[str, str]] = {
    "ground": ("#f5f4ef", "#12161b"),
    "paper": ("#ffffff", "#1a2027"),
    "ink": ("#1c2530", "#e9ecef"),
    "soft": ("#56616e", "#a7b1bc"),
    "line": ("#dedcd4", "#343d47"),
    "accent": ("#0b6b61", "#55c7b5"),
    "accent_pale": ("#b9d9d2", "#24504b"),
    "warm": ("#a84c0b", "#f0a566"),
    "warm_pale": ("#f0cfae", "#5d3d20"),
    "good": ("#0b6a3c", "#62d29a"),
    "bad": ("#b0261e", "#ff9389"),
    "quiet": ("#c3c7cc", "#4b5560"),
    "heat_0": ("#eef4f1", "#1f2b2c"),
    "heat_1": ("#d5e7e1", "#223d3c"),
    "heat_2": ("#b3d6cd", "#25504c"),
    "heat_3": ("#8ac1b5", "#2a655f"),
    "heat_4": ("#5fa99b", "#5aa79a"),
    "heat_5": ("#23776b", "#7cc4b7"),
    "heat_6": ("#0c5047", "#a5e2d7"),
    "heat_ink_low": ("#1c2530", "#e9ecef"),
    "heat_ink_middle": ("#121a22", "#0d1418"),
    "heat_ink_high": ("#ffffff", "#0d1418"),
}
LEVELS = 7
_MARK = {name: f"#fe00{place:02x}" for place, name in enumerate(COLOURS)}
_NAMES = {mark: name for name, mark in _MARK.items()}


def ink(name: str) -> str:
    """The placeholder that a chart is drawn with. Raises KeyError for a colour that is not in COLOURS."""
    return _MARK[name]


def heat(value: float, most: float) -> tuple[str, str]:
    """The placeholders of a square and of the letters on it, for a value from 0 to `most`."""
    level = min(LEVELS - 1, max(0, int(LEVELS * value / most))) if most > 0 else 0
    letters = "heat_ink_low" if level < 4 else "heat_ink_middle" if level == 4 else "heat_ink_high"
    return ink(f"heat_{level}"), ink(letters)


def coloured(svg: str) -> str:
    """The drawing with each placeholder replaced by its CSS property."""
    return re.sub(r"#fe00[0-9a-f]{2}", lambda mark: f"var(--{_css(_NAMES[mark.group()])})", svg)


def properties(is_dark: bool) -> str:
    """The CSS properties of one ground."""
    return "\n".join(f"  --{_css(name)}: {pair[is_dark]};" for name, pair in COLOURS.items())


def _css(name: str) -> str:
    return name.replace("_", "-")
