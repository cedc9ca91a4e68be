"""Addresses as people may see them in logs, reports and errors."""

import re

_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:.]+")
_PHONE = re.compile(r"\+?\d(?:[\s\-/().]{0,2}\d){6,14}")


def mask(address: str) -> str:
    """`ann@example.com` -> `a***@example.com`; `+491701234567` -> `+49***67`; anything else keeps its first letter."""
    if "@" in address:
        name, _, domain = address.partition("@")
        return f"{name[:1]}***@{domain}"
    digits = re.sub(r"[^\d+]", "", address)
    if len(digits) > 5:
        return f"{digits[:3]}***{digits[-2:]}"
    return f"{address[:1]}***"


def mask_text(text: str, longest: int = 300) -> str:
    """A provider's own words with every e-mail address and phone number in them masked, cut to `longest` characters."""
    hidden = _EMAIL.sub(lambda found: mask(found.group()), text)
    return _PHONE.sub(lambda found: mask(found.group()), hidden)[:longest]
