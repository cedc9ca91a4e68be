"""Where events come from: devices, places and traffic sources, as dictionaries that events point into."""

from typing import Any

import numpy as np
import pyarrow as pa

from demo.shop.draws import Ints, pick
from demo.shop.places import CITIES, COUNTRIES

_DEVICES: tuple[tuple[str, str | None, str | None, str, str, str, str], ...] = (
    ("desktop", None, None, "Windows", "10", "Chrome", "137.0"),
    ("mobile", "Apple", "iPhone", "iOS", "18.5", "Safari", "18.5"),
    ("mobile", "Samsung", "SM-S921B", "Android", "15", "Chrome", "137.0"),
    ("desktop", "Apple", None, "Macintosh", "15.4", "Safari", "18.4"),
    ("tablet", "Apple", "iPad", "iOS", "17.7", "Safari", "17.6"),
    ("desktop", None, None, "Linux", "x86_64", "Firefox", "139.0"),
)
_DEVICE_WEIGHTS = [0.33, 0.25, 0.24, 0.09, 0.06, 0.03]
SOURCES = (
    ("(direct)", "(none)", "(direct)"),
    ("(organic)", "organic", "google"),
    ("brand_search", "cpc", "google"),
    ("newsletter", "email", "klaviyo"),
    ("(referral)", "referral", "blog.example.org"),
)
_SOURCE_WEIGHTS = [0.34, 0.34, 0.15, 0.1, 0.07]


def devices(kind: pa.DataType, device: Ints, country: Ints, host: str) -> pa.Array:
    """The device of each event; a device keeps its make for ever, the language is the country's."""
    rows: list[dict[str, Any]] = []
    for make, brand, model, system, version, browser, browser_version in _DEVICES:
        for land in COUNTRIES:
            rows.append(
                {
                    "category": make,
                    "mobile_brand_name": brand,
                    "mobile_model_name": model,
                    "operating_system": system,
                    "operating_system_version": version,
                    "language": land.language,
                    "is_limited_ad_tracking": "No",
                    "web_info": {"browser": browser, "browser_version": browser_version, "hostname": host},
                }
            )
    which = pick(device, "make", _DEVICE_WEIGHTS) * len(COUNTRIES) + country
    return pa.array(rows, kind).take(pa.array(which))


def geography(kind: pa.DataType) -> pa.Array:
    """One entry per city, in the order of CITIES."""
    return pa.array(
        [
            {
                "city": city.name,
                "country": COUNTRIES[index].name,
                "continent": COUNTRIES[index].continent,
                "region": city.region,
                "sub_continent": COUNTRIES[index].sub_continent,
                "metro": "(not set)",
            }
            for index, city in CITIES
        ],
        kind,
    )


def source_of(device: Ints) -> Ints:
    """Index into SOURCES: through what a device first came."""
    return pick(device, "source", _SOURCE_WEIGHTS)


def sources(kind: pa.DataType, device: Ints) -> pa.Array:
    """The first traffic source of each event's device."""
    rows = [{"name": name, "medium": medium, "source": source} for name, medium, source in SOURCES]
    return pa.array(rows, kind).take(pa.array(source_of(device)))


assert len(_DEVICES) == len(_DEVICE_WEIGHTS)
assert np.isclose(sum(_SOURCE_WEIGHTS), 1)
