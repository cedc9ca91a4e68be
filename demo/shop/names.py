"""First and last names by country, and the ways in which they get mistyped."""

import unicodedata

_DE = (
    "Anna Lena Mia Emma Hanna Lea Sophie Marie Laura Julia Katrin Sabine Petra Ursula Lukas Jonas Felix Paul Max Tim "
    "Stefan Jürgen Thomas Uwe Klaus Jörg Björn Günther",
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Schröder "
    "Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Köhler Krause Lehmann Jäger",
)
_FR = (
    "Camille Léa Manon Chloé Inès Sarah Juliette Hélène Louis Gabriel Hugo Arthur Jules Mathieu François Éric",
    "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Garcia Faure",
)
_GB = (
    "Olivia Amelia Isla Ava Grace Freya Emily Charlotte Oliver George Harry Jack Noah Leo Alfie Oscar",
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Green",
)
_PL = (
    "Zofia Hanna Maja Julia Alicja Oliwia Agnieszka Małgorzata Antoni Jan Jakub Szymon Paweł Łukasz Krzysztof Michał",
    "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski",
)
_UA = (
    "Olena Iryna Oksana Natalia Kateryna Yulia Sofiia Daryna Oleksandr Andrii Serhii Dmytro Mykola Taras Bohdan Ivan",
    "Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliinyk Boiko Moroz Lysenko Melnyk Savchenko Rudenko",
)
_US = (
    "Emma Sophia Ava Harper Ella Madison Abigail Scarlett Liam Noah James Mason Ethan Logan Aiden Jackson",
    "Johnson Miller Davis Garcia Rodriguez Martinez Anderson Jackson Harris Clark Lewis Young Allen King Scott Baker",
)
_ES = (
    "Lucía Sofía Martina María Paula Carmen Hugo Mateo Martín Daniel Pablo Álvaro José Javier",
    "García Fernández González López Sánchez Pérez Gómez Ruiz Díaz Moreno Muñoz Álvarez Romero Navarro",
)
_BY_COUNTRY = {"DE": _DE, "AT": _DE, "FR": _FR, "GB": _GB, "PL": _PL, "UA": _UA, "US": _US, "ES": _ES}
FIRST = {code: tuple(pools[0].split()) for code, pools in _BY_COUNTRY.items()}
LAST = {code: tuple(pools[1].split()) for code, pools in _BY_COUNTRY.items()}

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ł": "l", "Ł": "L", "Ö": "Oe", "Ü": "Ue", "Ä": "Ae"})


def ascii_name(name: str) -> str:
    """A name as an address holds it: small letters a to z."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha()).lower()


def misspell(name: str, how: int) -> str:
    """One of five slips: letters swapped, one lost, one doubled, no accents, all capitals."""
    middle = max(len(name) // 2, 1)
    if how == 0 and len(name) > 2:
        return name[: middle - 1] + name[middle : middle + 1] + name[middle - 1] + name[middle + 1 :]
    if how == 1 and len(name) > 3:
        return name[:middle] + name[middle + 1 :]
    if how == 2:
        return name[:middle] + name[middle - 1] + name[middle:]
    if how == 3:
        return ascii_name(name).capitalize()
    return name.upper()
