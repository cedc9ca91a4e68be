"""Two processes that land one table at once: the second waits for the first, or for its death, and nothing is lost, doubled or deleted."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from api_kit import Asked, Reply, serving
from hubspot_server import HubSpot
from landing_kit import AS_OF, fill, landed, order
from test_kill_extraction import OLD, landing

from orchestration.landing import QUARANTINE, Landing, land_sql
from orchestration.sources import shop
from orchestration.sources.errors import SourceError
from orchestration.sources.hubspot import CONTACTS

#: Lands orders; in the middle of it says so, and goes on once it is told to.
LAND = """
import sys
from datetime import datetime
from pathlib import Path
import orchestration.landing.rows as rows
from orchestration.landing import Landing, land_sql
from orchestration.sources import shop

rows.BATCH_ROWS = 10

def pause(_):
    global pause
    pause = lambda _: None
    print("landing", flush=True)
    sys.stdin.readline()

url, root, as_of = sys.argv[1:]
land_sql(shop.ORDERS, url, Landing(Path(root)), datetime.fromisoformat(as_of), lambda words: pause(words))
"""


@pytest.mark.parametrize("is_killed", [False, True])
def test_the_second_waits_and_takes_over_when_the_first_is_killed(is_killed: bool, tmp_path: Path) -> None:
    crm = HubSpot()
    for number in range(1, 1_001):
        crm.put("contacts", number, OLD)
    reached, go_on = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/search") and not reached.is_set():
            reached.set()
            go_on.wait(60)
        return crm.answer(asked)

    with serving(answer) as served:
        first = landing(served.url, tmp_path)
        assert reached.wait(60)
        with (
            pytest.raises(
                SourceError, match=rf"hubspot.contacts: another run lands it just now \(process {first.pid}\)\. Nothing was landed"
            ),
            Landing(tmp_path).alone(CONTACTS, patience=0.1),
        ):
            pass
        second = landing(served.url, tmp_path)
        if is_killed:
            first.kill()
            first.wait(60)
        go_on.set()
        said = [process.communicate(timeout=120)[0].strip() for process in (first, second)]
    assert said == (["", "1000"] if is_killed else ["1000", "0"])
    versions = landed(Landing(tmp_path), CONTACTS, "contact_id")
    assert len(versions) == len(set(versions)) == 1_000
    assert not list(tmp_path.rglob("*.unfinished"))


def test_what_one_has_landed_the_other_does_not_take_for_deleted(tmp_path: Path, new_database: Callable[[], str]) -> None:
    """The first has read the orders before one more came and one changed; what the second lands of it must hold."""
    url, root = new_database(), Landing(tmp_path / "landing")
    fill(url, shop.ORDERS, [order(number) for number in range(60)])
    land_sql(shop.ORDERS, url, root, AS_OF)
    fill(url, shop.ORDERS, [order(number) for number in range(60, 90)])
    arguments = [sys.executable, "-c", LAND, url, str(root.root), AS_OF.replace(hour=10).isoformat()]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == "landing\n"
        fill(url, shop.ORDERS, [order(99), order(98, status="lost")])
        second = threading.Thread(target=land_sql, args=(shop.ORDERS, url, root, AS_OF.replace(hour=11)))
        second.start()
        second.join(1.5)  # without a lock it would be done by then
        assert second.is_alive()
        first.stdin.write("go on\n")
        first.stdin.flush()
        second.join(60)
        assert first.wait(60) == 0
    versions = landed(root, shop.ORDERS, "order_id, _is_deleted")
    assert sorted(versions) == sorted((f"o{number}", False) for number in (*range(90), 99))
    assert landed(root, QUARANTINE, "row_key") == [("o98",)]
