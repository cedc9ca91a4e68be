"""What `Mother` starts: each life a warm worker, by its own command, with points hung around what it does.

A life says `environment` and `log`; `point`, `nth`: see Doom; `born`: a file for its number, once it may be told to end; `tell`: one for
how often each point was passed.
"""

import gc
import json
import os
from pathlib import Path

import pandas as pd  # noqa: F401  (pyarrow imports it at its first conversion: better once than in every life)
from kill_doom import Doom
from kill_mother import Life, bear

from activations.destinations import Klaviyo
from activations.ledger import Ledger
from orchestration.landing import Landing
from orchestration.last_look import LastLook
from orchestration.reactive import living, settled, tick, worker
from orchestration.reactive.arriving import Arriving
from orchestration.reactive.command import react
from orchestration.reactive.copied import Copied
from orchestration.reactive.history import History
from orchestration.reactive.making import Making
from orchestration.reactive.mirror import Mirror

#: What a worker does, beside all that leaves a trace outside.
POINTS = (
    *((tick, "take"), (settled, "opened"), (worker, "deliver_messages"), (worker, "sent_lately"), (LastLook, "__call__")),
    *((Copied, "refresh"), (Mirror, "take"), (Making, "decide"), (Making, "write"), (Arriving, "land")),
    *((History, "keep"), (History, "_append"), (Landing, "put"), (Landing, "writing"), (living.Teller, "tell")),
)


def live(life: Life) -> None:
    """One life, until it is killed or told to end."""
    log = os.open(life["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(life["environment"])
    doom = Doom(life.get("point"), life.get("nth", 0))
    doom.everywhere([Ledger, Klaviyo])
    for owner, name in POINTS:
        doom.around(owner, name, f"{owner.__name__.rpartition('.')[2].lower()}.{name.strip('_')}")
    if "born" in life:
        unfinished = Path(life["born"]).with_suffix(".new")
        unfinished.write_text(str(os.getpid()))
        unfinished.replace(life["born"])
    react.main(["--ask-seconds", "0.2"], standalone_mode=False)
    if "tell" in life:
        Path(life["tell"]).write_text(json.dumps(doom.passed))


if __name__ == "__main__":
    gc.freeze()  # nothing of this is looked at again by the lives, so that they share its memory
    bear(live)
