"""Plain telephone numbers are read at once; what is said of them is what the library says, for the numbers of every country."""

import importlib.util
from itertools import product
from pathlib import Path

import phonenumbers
import pytest

FILE = Path(__file__).parents[2] / "dbt_project" / "models" / "staging" / "int_phones_parsed.py"
spec = importlib.util.spec_from_file_location("int_phones_parsed", FILE)
assert spec
assert spec.loader
phones = importlib.util.module_from_spec(spec)
spec.loader.exec_module(phones)


def numbers(region: str) -> set[str]:
    """Real ones of all types, and some that are one digit away from real."""
    found = set()
    for kind in range(11):
        example = phonenumbers.example_number_for_type(region, kind)
        if example:
            real = phonenumbers.national_significant_number(example)
            found |= {real, real[1:], f"{real}1", f"1{real[1:]}", f"{real[:3]}{'7' * (len(real) - 3)}", f"{real[:-2]}09"}
    return found


def test_what_is_told_at_once_is_what_the_library_tells() -> None:
    told = 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        rules = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
        assert rules is not None
        code, trunk = rules.country_code, rules.national_prefix or ""
        for number in sorted(numbers(region)):
            forms = (
                number, f"0{number}", f"1{number}", f"+{code}{number}", f"+{code} (0) {number}", f"+{code}{trunk}{number}",
                f"{code}{number}", f"{trunk}{number[:3]}/{number[3:]}", f"({number[:3]}) {number[3:]}",
            )  # fmt: skip
            for text, country in product(forms, (region, "DE", "")):
                answer = phones.at_once(text, country)
                if answer is not None:
                    told += 1
                    assert answer == phones.by_library(text, country), (text, country)
    assert told > 10_000


@pytest.mark.parametrize(
    ("text", "country"),
    [("+49 151 23456789", ""), ("0151/23456789", "DE"), ("0049 151 23456789", "FR"), ("151-2345.6789", "DE"), (" +4915123456789 ", "US")],
)
def test_plain_forms_need_no_library(text: str, country: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "by_library", None)
    assert phones.e164(text, country) == "+4915123456789"


@pytest.mark.parametrize("text", ["unknown", "", "+", "++4915123456789", "12", "(+49) 151", "٠١٥١٢٣٤٥٦٧٨٩"])
def test_what_is_not_plain_is_left_to_the_library(text: str) -> None:
    assert phones.at_once(text, "DE") is None if text else True
    assert phones.e164(text, "DE") == phones.by_library(text, "DE")
