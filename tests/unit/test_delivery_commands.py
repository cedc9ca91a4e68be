"""The commands of delivery: what is held is listed and settled by a person, what would go is said, an old outbox does not go."""

import json
import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from delivery_kit import NOW, Shelf, clock, message

sys.path.append(str(Path(__file__).parents[1] / "end_to_end"))
from test_provider_down import OUTBOX

from activations.ledger import Ledger
from activations.messages.engine import deliver
from activations.model import Unknown
from orchestration.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on a data folder of its own, with a real shop's settings, at NOW."""
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path))
    monkeypatch.setenv("SHOP_URL", "sqlite:///nowhere.db")
    clock_file = tmp_path / "clock.json"
    clock_file.write_text(json.dumps({"as_of": NOW.isoformat()}))
    monkeypatch.setenv("REGULARS_CLOCK", str(clock_file))
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def held(tmp_path: Path, run: Run) -> None:
    """Three messages whose answers were lost."""
    shelf = Shelf(is_idempotent=False)
    shelf.always(Unknown("the answer was lost"))
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    try:
        deliver([message(number) for number in range(3)], {"mail": shelf}, ledger, clock)
    finally:
        ledger.close()


def statuses(folder: Path) -> dict[str, str]:
    with sqlite3.connect(folder / "ledger.db") as connection:
        return dict(connection.execute("select message_id, status from deliveries").fetchall())


def test_a_person_settles_what_is_held(tmp_path: Path, run: Run, held: None) -> None:
    listed = run("hold", "list").output
    assert "mail-0000  mail  cart_abandoned to a***@example.com, since 2026-06-30 09:00 UTC" in listed and "ann0@" not in listed
    assert "3 held; look them up at the provider" in listed
    assert "mail-0000 counts as delivered; Bea said so" in run("hold", "sent", "mail-0000", "--by", "Bea", "--note", "she has it").output
    assert "goes with the next run" in run("hold", "send-again", "mail-0001").output
    assert "is never sent" in run("hold", "drop", "mail-0002").output
    assert statuses(tmp_path) == {"mail-0000": "accepted", "mail-0001": "pending", "mail-0002": "rejected"}
    assert run("hold", "list").output == "0 held\n"


@pytest.mark.parametrize(
    ("given", "words"), [("mail-000", "3 messages begin so; give more of the id"), ("mail-9", "no message that is held")]
)
def test_an_id_that_is_not_one_message_settles_nothing(tmp_path: Path, run: Run, held: None, given: str, words: str) -> None:
    result = run("hold", "drop", "mail-0000", given)
    assert result.exit_code == 1 and words in result.output
    assert set(statuses(tmp_path).values()) == {"unknown"}


def test_what_would_go_is_said_and_nothing_is_sent(tmp_path: Path, run: Run) -> None:
    assert "make run" in run("deliver", "plan").output, "there is no warehouse yet"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute(OUTBOX)
    said = run("deliver", "plan").output
    assert "klaviyo: 3 messages would go\n  cart_abandoned 3\n    cart_abandoned to a***@example.com\n" in said
    assert "twilio: 2 messages would go" in said and "5 messages would go, decided 0.0 hours ago" in said
    assert "ann1@" not in said and not statuses(tmp_path)


def test_an_outbox_that_was_decided_long_ago_does_not_go(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute(OUTBOX.replace("timestamp '2026-06-30 09:00:00', 1", "timestamp '2026-06-30 01:00:00', 1"))
    refused = run("deliver")
    assert refused.exit_code == 1 and "the outbox was decided 8.0 hours ago" in refused.output
    missing = run("deliver", "--decided-within", "9")
    assert missing.exit_code == 1 and "klaviyo needs KLAVIYO_API_KEY" in missing.output


def test_the_time_of_an_outbox_is_of_its_newest_decision() -> None:
    import pyarrow as pa

    from orchestration.delivery import age

    at = [datetime(2026, 6, 30, hour) if hour else None for hour in (7, 0, 8)]  # noqa: DTZ001 (as the warehouse has it)
    assert age(pa.table({"decided_at": at}), NOW).total_seconds() == 3600
    assert age(pa.table({"decided_at": pa.array([], pa.timestamp("us"))}), NOW).total_seconds() == 0
