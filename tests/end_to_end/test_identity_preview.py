"""What a changed rule would do: told with examples and campaigns, without a trace in the live warehouse and the landing zone."""

import hashlib
import shutil
from datetime import UTC
from pathlib import Path

import pytest
from warehouse_kit import PROJECT, Warehouse, dated, moment

from orchestration.environment import elsewhere
from orchestration.identity_difference import Difference
from orchestration.identity_preview import changed, preview
from orchestration.sources import crm
from orchestration.warehouse import Warehouse as Reader

DAY = moment(2026, 3, 1, 9)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: Ann is at two brands with one address, Ben has two contacts at one; both are in an audience."""
    warehouse = Warehouse(tmp_path_factory.mktemp("live"))
    people = [
        {"contact_id": "a1", "first_name": "Ann", "email": "ann@some.org", "brand": "north"},
        {"contact_id": "a2", "first_name": "Ann", "email": "ann@some.org", "brand": "south"},
        {"contact_id": "b1", "first_name": "Ben", "email": "ben@some.org", "brand": "north"},
        {"contact_id": "b2", "first_name": "Ben", "email": "ben@some.org", "brand": "north"},
    ]
    warehouse.land(crm.CONTACTS, dated(people, DAY), DAY)
    warehouse.build(DAY, "+changes", only="build")
    ids = {str(row["identifier_value"]): row["profile_id"] for row in warehouse.rows("from identity.identifiers")}
    warehouse.put("decisions.memberships", "audience varchar, profile_id varchar", [("champions", ids["a1"]), ("champions", ids["b1"])])
    with warehouse.connect() as connection:
        connection.execute("checkpoint")
    return Path(shutil.copytree(warehouse.folder, warehouse.folder.with_name("copied")))  # nobody in this process has that file open


def traces(folder: Path) -> dict[str, str]:
    """Every file that tells anything, by its content; what dbt knows about the project does not count."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "warehouse.lock" and "dbt" not in path.parts]
    return {str(path): hashlib.md5(path.read_bytes()).hexdigest() for path in files}


def ask(live: Path, **settings: str) -> tuple[Difference, list[str]]:
    said: list[str] = []
    wanted = changed(PROJECT, {"matching": "false", **settings})
    found = preview(PROJECT, Reader(data=str(live)), wanted, DAY.replace(tzinfo=UTC), elsewhere, said.append)
    return found, said


def test_a_stricter_rule_splits_and_says_whom(live: Path) -> None:
    before = traces(live)
    found, said = ask(live, identity_across_brands="false")
    assert (found.profiles_before, found.profiles_after) == (2, 3)
    assert (found.merging, found.splitting, found.split_into, found.vanishing) == (0, 1, 2, 0)
    assert found.campaigns == {"champions": 1}
    text = "\n".join([*found.lines(), *said])
    assert "crm_id a1, a***@some.org" in text and "crm_id a2, a***@some.org" in text and "ann@some.org" not in text
    assert len(said) == 3
    assert traces(live) == before


def test_the_same_rule_changes_nothing(live: Path) -> None:
    found, _ = ask(live)
    assert found == Difference(profiles_before=2, profiles_after=2)


def test_a_setting_that_is_not_there_is_told_from_one_that_is() -> None:
    assert changed(PROJECT, {"identity_keys.email.max_people": "2"})["identity_keys"]["email"]["max_people"] == 2
    assert changed(PROJECT, {"identity_keys.email.max_people": "2"})["identity_keys"]["phone"], "the others stay as they are"
    with pytest.raises(LookupError, match=r"no variable max_people.*identity_keys.email.max_people"):
        changed(PROJECT, {"max_people": "2"})
    with pytest.raises(LookupError, match=r"identity_keys.mail.max_people"):
        changed(PROJECT, {"identity_keys.mail.max_people": "2"})
