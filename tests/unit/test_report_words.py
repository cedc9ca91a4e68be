"""The report's words and colours: numbers as people read them, letters that can be read on what is behind them."""

import json
import math

import pytest

from reports.ink import COLOURS, coloured, heat, ink, properties
from reports.words import Figure, against, change, count, gap, listed, money, named, of_unit, share, titled


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1234567, "count", "1,234,567"),
        (0.6555, "share", "65.5\u00a0%"),
        (8911407.9, "money", "€8,911,408"),
        (-12.5, "money", "−€12.50"),
        (12.4, "days", "12 days"),
        (-19.49, "score", "−19.5"),
        (None, "count", "–"),
        (math.nan, "share", "–"),
        (0, "count", "0"),
    ],
)
def test_a_value_is_shown_as_its_unit_says(value: float | None, unit: str, shown: str) -> None:
    assert of_unit(value, unit, "EUR") == shown


def test_a_currency_without_a_sign_keeps_its_code() -> None:
    assert money(1234, "CHF") == "CHF\u00a01,234"


def test_a_figure_keeps_the_exact_number_beside_its_words() -> None:
    assert share(1 / 3).value == 1 / 3
    assert f"{count(5)} of {Figure('9', 9)}" == "5 of 9"


@pytest.mark.parametrize(
    ("now", "before", "unit", "shown"),
    [
        (110, 100, "count", "+10.0\u00a0%"),
        (0.12, 0.15, "share", "−3.0 points"),
        (-5, -10, "money", "+50.0\u00a0%"),  # less of a loss is more
        (3, 0, "count", "from nothing"),
        (0, 0, "count", "no change"),
        (30, 40.5, "days", "−10.5 days"),
    ],
)
def test_a_change_is_told_in_what_the_unit_can_bear(now: float, before: float, unit: str, shown: str) -> None:
    assert change(now, before, unit) == shown


def test_names_and_lists_read_like_sentences() -> None:
    assert (named("at_risk_regulars"), titled("crm_contacts"), titled("ga4_events")) == ("at risk regulars", "CRM contacts", "GA4 events")
    assert (listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("", "a", "a and b", "a, b and c")
    assert [against(308, now, "last month") for now in (266, 309, 308)] == [
        "42 more than last month",
        "1 fewer than last month",
        "as many as last month",
    ]
    assert (gap(1308, 7), gap(3, 4), gap(4, 4)) == ("+1,301", "−1", "±0")


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, ground: int) -> float:
    light, dark = sorted((luminance(COLOURS[name][ground]) for name in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [0, 1], ids=["light", "dark"])
def test_letters_stand_out_from_what_is_behind_them_and_drawings_from_the_paper(ground: int) -> None:
    letters = [(name, paper) for name in ("ink", "soft", "accent", "warm", "good", "bad") for paper in ("paper", "ground")]
    assert not [pair for pair in letters if contrast(*pair, ground) < 4.5]
    names = {f"var(--{name.replace('_', '-')})": name for name in COLOURS}
    squares = [tuple(names[coloured(colour)] for colour in heat(value, 10)) for value in range(11)]
    assert len(set(squares)) == 7
    assert not [pair for pair in squares if contrast(*pair, ground) < 4.5]
    assert contrast("accent", "paper", ground) >= 3 <= contrast("warm", "paper", ground)


def test_every_colour_has_a_property_on_both_grounds_and_a_placeholder_of_its_own() -> None:
    assert len({ink(name) for name in COLOURS}) == len(COLOURS)
    for dark in (False, True):
        assert [line.split(":")[0].strip() for line in properties(dark).splitlines()] == [f"--{name.replace('_', '-')}" for name in COLOURS]
    assert coloured(f'fill="{ink("paper")}"') == 'fill="var(--paper)"'


def test_nothing_to_show_is_the_palest_square() -> None:
    assert heat(0, 0) == heat(0, 10) != heat(10, 10)


def test_a_drawing_reads_nothing_from_the_network() -> None:
    import altair as alt

    from reports.drawing import drawn

    outside = alt.Chart("http://127.0.0.1:9/rows.json").mark_bar().encode(x="a:Q")
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        drawn(outside, json.dumps("outside"))
