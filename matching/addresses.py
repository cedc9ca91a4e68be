"""Words of addresses that are written in several ways, and mailboxes that belong to a desk."""

from __future__ import annotations

#: The short form of a word, and those that one writes out and another shortens.
WRITTEN_OUT = {
    "apt": "apartment appartment flat unit",
    "avda": "avenida",
    "ave": "avenue av",
    "blvd": "boulevard",
    "building": "bldg",
    "c": "calle",
    "cir": "circle",
    "cl": "close",
    "cres": "crescent",
    "ct": "court",
    "dr": "drive",
    "e": "east",
    "hwy": "highway",
    "ln": "lane",
    "n": "north",
    "no": "number nr",
    "pkwy": "parkway",
    "pl": "place platz",
    "prosp": "prospekt pr",
    "r": "rue",
    "rd": "road",
    "s": "south",
    "sq": "square",
    "st": "street saint",
    "ste": "suite",
    "str": "strasse",
    "ter": "terrace",
    "vul": "ul ulitsa vulytsia vulitsia ulica",
    "w": "west weg",
}
SHORTENED = {word: short for short, words in WRITTEN_OUT.items() for word in words.split()}
#: Company forms say little about which company it is.
COMPANY_FORMS = "gmbh ag inc ltd llc corp corporation co company limited plc sa srl kg the"
#: Addresses that belong to a desk, not to a person.
ROLES = (
    "admin",
    "billing",
    "booking",
    "contact",
    "hello",
    "help",
    "hr",
    "info",
    "invoice",
    "jobs",
    "kontakt",
    "mail",
    "marketing",
    "no-reply",
    "noreply",
    "office",
    "order",
    "orders",
    "sales",
    "service",
    "shop",
    "support",
    "team",
    "webmaster",
    "buero",
    "rechnung",
)
