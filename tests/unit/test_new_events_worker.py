"""The sensor over collected events beside a warm worker: who answers while it lives, when it hangs, and when it has died."""

import os
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
from shell_kit import Deployment

from orchestration.automation import new_collected_events
from orchestration.definitions import defs
from orchestration.reactive import presence
from orchestration.resources import Folders, Outside


class Watched:
    """The sensor over a data folder, with the cursor kept as the daemon keeps it."""

    def __init__(self, folder: Path) -> None:
        settings = Deployment(folder).settings
        outside = Outside(**{name: settings[name.upper()] for name in Outside.model_fields})
        self.data = folder / "data"
        self.resources = {"outside": outside, "folders": Folders(root=str(self.data))}
        self.cursor: str | None = None

    def asked(self) -> tuple[int, str]:
        told = {"resources": self.resources, "definitions": defs}
        with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance, self.cursor, **told) as context:
            found = new_collected_events.evaluate_tick(context)
        self.cursor = found.cursor or self.cursor
        return len(found.run_requests or ()), found.skip_message or ""


def test_while_the_warm_worker_answers_a_run_starts_for_strangers_alone(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    assert watched.asked() == (0, "took note of 0 files")
    with presence.alone(watched.data):
        presence.say(watched.data, is_able=True, unknown=0)
        assert watched.asked() == (0, "the worker answers")
        presence.say(watched.data, is_able=True, unknown=2)
        assert watched.asked()[0] == 1
        presence.say(watched.data, is_able=False)
        assert watched.asked() == (0, "no new events")
        presence.say(watched.data, is_able=True)
        long_ago = time.time() - presence.SILENT_SECONDS - 1
        os.utime(presence.folder_of(watched.data) / "worker.json", (long_ago, long_ago))
        assert watched.asked() == (0, "no new events"), "one that hangs does not answer"


ALIVE = """
import sys, time
from pathlib import Path
from orchestration.reactive import presence
with presence.alone(Path(sys.argv[1])):
    presence.say(Path(sys.argv[1]), is_able=True, unknown=0)
    print("in", flush=True)
    time.sleep(600)
"""


def test_when_the_warm_worker_died_a_run_takes_up_what_it_may_have_landed_last(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    spool = tmp_path / "data" / "collected" / "events"
    spool.mkdir(parents=True)
    assert watched.asked() == (0, "took note of 0 files")
    for _ in range(2):
        arguments = [sys.executable, "-c", ALIVE, str(watched.data)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as worker:
            assert worker.stdout is not None and worker.stdout.readline() == "in\n"
            (spool / "a.jsonl").write_text("{}\n")
            assert watched.asked() == (0, "the worker answers")
            (spool / "a.jsonl").unlink()  # it has landed it, and answers to it now
            worker.kill()
        assert watched.asked()[0] == 1, "there is no file any more that would tell of it"
        assert watched.asked() == (0, "no new events")
