"""The page on adding a source is followed to the letter, in a copy of the project: what it promises must come true."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.S | re.M)
MEMBERS = """member_id,email,phone,first_name,last_name,country_code,points,joined_at,updated_at
L1,ANN@example.net,,Ann,Smith,DE,120,2026-01-05 10:00:00,2026-06-01 10:00:00
L2,new.holder@example.net,,Ned,Newman,DE,5,2026-05-05 10:00:00,2026-05-05 10:00:00
L3,,,Bad,Points,DE,many,2026-05-05 10:00:00,2026-05-05 10:00:00
"""
CONTACT = """contact_id,shop_customer_id,email,phone,first_name,last_name,birth_date,city,country_code,\
time_zone,preferred_channel,created_at,updated_at
K1,,ann@example.net,,Ann,Smith,,,DE,,,2025-01-01 10:00:00,2025-01-01 10:00:00
"""
#: What `make run` does to the new table and to everything up to identity, with the assets themselves.
STEPS = """
import dagster as dg
from orchestration.environment import prepare

prepare()
from orchestration.assets.raw import RAW
from orchestration.checks import CHECKS
from orchestration.definitions import defs
from orchestration.resources import resources

wanted = dg.AssetSelection.assets(["raw", "loyalty_members"], ["raw", "crm_contacts"])
ran = dg.materialize(
    [*RAW, *CHECKS], selection=wanted | dg.AssetSelection.checks_for_assets(["raw", "loyalty_members"]),
    resources=resources(), instance=dg.DagsterInstance.ephemeral(), tags={"regulars/as_of": "2026-06-30T09:00:00+00:00"},
)
evaluated = {(one.asset_key.path[-1], one.check_name) for one in ran.get_asset_check_evaluations()}
assert ran.success and ("loyalty_members", "gate") in evaluated, evaluated
from orchestration.assets.landed import LANDED
from orchestration.landing import Landing
import os, pathlib
Landing(pathlib.Path(os.environ["REGULARS_DATA"]) / "landing").declare(*LANDED.values())
"""


def follow(page: str, project: Path) -> dict[str, str]:
    """Writes the files and makes the changes that the page names; returns what it says of settings."""
    settings = {}
    for language, name, text in BLOCK.findall(page):
        target = project / name
        if language == "diff":
            old = [line[1:] for line in text.splitlines() if line[0] in " -"]
            new = [line[1:] for line in text.splitlines() if line[0] in " +"]
            assert "\n".join(old) in target.read_text(), f"{name} has no {old}"
            target.write_text(target.read_text().replace("\n".join(old), "\n".join(new), 1))
        elif language == "sh":
            settings.update(line.split("=", 1) for line in text.splitlines())
        else:
            assert not target.exists(), f"{name} is there already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    return settings


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the page was followed, and run on two little folders of CSV files."""
    folder = tmp_path_factory.mktemp("followed")
    project, data = folder / "project", folder / "data"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\n")[:-1]:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, project / name)
    settings = follow((ROOT / "docs/adding_a_source.md").read_text(), project)
    for system, table, rows in (("loyalty", "members", MEMBERS), ("crm", "contacts", CONTACT)):
        (folder / system).mkdir()
        (folder / system / f"{table}.csv").write_text(rows)
    assert settings == {"LOYALTY_URL": "csv:///srv/exports/loyalty"}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith("_URL")},
        "PYTHONPATH": str(project),
        "REGULARS_DATA": str(data),
        "REGULARS_CLOCK": "system",
        "REGULARS_AS_OF": "2026-06-30 09:00:00",
        "DO_NOT_TRACK": "1",
        **dict.fromkeys(("SHOP_URL", "GA4_FOLDER", "LEDGER_URL", "KLAVIYO_URL", "KLAVIYO_API_KEY", "TWILIO_URL"), "unused"),
        **dict.fromkeys(("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER", "TWILIO_STATUS_CALLBACK"), "unused"),
        "CRM_URL": f"csv://{folder / 'crm'}",
        "LOYALTY_URL": settings["LOYALTY_URL"].replace("/srv/exports/loyalty", str(folder / "loyalty")),
    }
    dbt = [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "--select", "+identifiers", "--exclude-resource-type", "unit_test"]
    place = ["--project-dir", "dbt_project", "--profiles-dir", "dbt_project"]
    for command in ([sys.executable, "-c", STEPS], [*dbt, *place]):
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return data


def test_a_known_cardholder_is_one_person_with_the_contact(followed: Path) -> None:
    with duckdb.connect(str(followed / "warehouse.duckdb"), read_only=True) as warehouse:
        persons = warehouse.sql(
            "select identifier_value, profile_id from identity.identifiers where identifier_type in ('loyalty_id', 'crm_id')"
        )
        profile_of = dict(persons.fetchall())
    assert set(profile_of) == {"K1", "L1", "L2"}
    assert profile_of["L1"] == profile_of["K1"] != profile_of["L2"]


def test_a_bad_row_is_in_the_quarantine_under_the_rules_name(followed: Path) -> None:
    with duckdb.connect(str(followed / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.sql("select table_name, row_key, reason from raw.quarantine").fetchall()
    assert rows == [("members", "L3", "points_invalid")]
