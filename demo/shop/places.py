"""Countries where the shop delivers: time zones, cities, taxes and how mobile numbers look there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city, its region, and its IANA time zone with the usual distance from UTC in hours."""

    name: str
    region: str
    time_zone: str
    utc_hours: int


@dataclass(frozen=True)
class Country:
    """`share` of the customers; `mobile` prefixes after the calling code; `digits` that follow a prefix; VAT in percent; the prices there
    are `price_factor` times those in euro, in `currency`."""

    code: str
    name: str
    language: str
    share: float
    vat: int
    calling: str
    trunk: str
    mobile: tuple[str, ...]
    digits: int
    cities: tuple[City, ...]
    continent: str = "Europe"
    sub_continent: str = "Western Europe"
    currency: str = "EUR"
    price_factor: int = 1


def _cities(zone: str, hours: int, *names: tuple[str, str]) -> tuple[City, ...]:
    return tuple(City(name, region, zone, hours) for name, region in names)


_US_AREAS = ("202", "212", "213", "312", "305", "415", "617", "713", "206", "303")

COUNTRIES = (
    Country("DE", "Germany", "de-de", 0.46, 19, "49", "0", ("151", "152", "160", "170", "171", "175", "176"), 8,
            _cities("Europe/Berlin", 2, ("Berlin", "Berlin"), ("Hamburg", "Hamburg"), ("Munich", "Bavaria"),
                    ("Cologne", "North Rhine-Westphalia"), ("Leipzig", "Saxony"))),
    Country("FR", "France", "fr-fr", 0.12, 20, "33", "0", ("61", "62", "66", "67"), 7,
            _cities("Europe/Paris", 2, ("Paris", "Ile-de-France"), ("Lyon", "Auvergne-Rhone-Alpes"))),
    Country("GB", "United Kingdom", "en-gb", 0.12, 20, "44", "0",
            ("7400", "7401", "7402", "7403", "7404", "7711", "7712", "7725", "7801", "7802", "7803", "7900", "7931"), 6,
            _cities("Europe/London", 1, ("London", "England"), ("Leeds", "England"), ("Glasgow", "Scotland")),
            sub_continent="Northern Europe"),
    Country("PL", "Poland", "pl-pl", 0.08, 23, "48", "", ("50", "51", "53", "60", "66", "69", "72", "78", "79", "88"), 7,
            _cities("Europe/Warsaw", 2, ("Warsaw", "Masovian"), ("Krakow", "Lesser Poland")),
            sub_continent="Eastern Europe", currency="PLN", price_factor=4),
    Country("US", "United States", "en-us", 0.08, 0, "1", "", tuple(a + d for d in "34567" for a in _US_AREAS), 6,
            (City("New York", "New York", "America/New_York", -4), City("Chicago", "Illinois", "America/Chicago", -5),
             City("Denver", "Colorado", "America/Denver", -6),
             City("Los Angeles", "California", "America/Los_Angeles", -7)),
            "Americas", "Northern America"),
    Country("AT", "Austria", "de-at", 0.06, 20, "43", "0", ("650", "660", "664", "676", "699"), 7,
            _cities("Europe/Vienna", 2, ("Vienna", "Vienna"), ("Graz", "Styria"))),
    Country("UA", "Ukraine", "uk-ua", 0.05, 20, "380", "0", ("50", "66", "67", "68", "63", "93", "95", "96"), 7,
            _cities("Europe/Kyiv", 3, ("Kyiv", "Kyiv city"), ("Lviv", "Lviv Oblast")),
            sub_continent="Eastern Europe"),
    Country("ES", "Spain", "es-es", 0.03, 21, "34", "", ("60", "61", "62", "63", "64", "65", "66", "67"), 7,
            _cities("Europe/Madrid", 2, ("Madrid", "Madrid"), ("Valencia", "Valencia")),
            sub_continent="Southern Europe"),
)  # fmt: skip

# One list of all cities, each with the index of its country: a person lives in a city.
CITIES: tuple[tuple[int, City], ...] = tuple((index, city) for index, country in enumerate(COUNTRIES) for city in country.cities)
CITY_WEIGHTS = [COUNTRIES[index].share / len(COUNTRIES[index].cities) for index, _ in CITIES]
