"""What `Mother` starts: each life a delivery or a sync, with all its points hung around it.

A life says `what` ("deliver", "sync" or "reconcile"; "run": a `command` as `user`), `url` (the provider), `plain` (see Plain), `ledger`
(SQLAlchemy URL) and `tag`, which makes ids and addresses its own; `point`, `nth`, `how`: see Doom; `tell`: a file for how often each point
was passed.
"""

import gc
import json
import subprocess
from pathlib import Path

import pandas as pd  # noqa: F401  (pyarrow imports it at its first conversion: better once than in every life)
from delivery_process import Plain, deliver_now
from kill_doom import Doom
from kill_mother import Life, bear
from sync_process import reconcile_now, sync_now

from activations.destinations import File, Klaviyo, Twilio
from activations.ledger import Ledger
from activations.syncs.journal import Journal


def live(life: Life) -> None:
    """One life."""
    if life["what"] == "run":
        subprocess.run(life["command"], user=life["user"], check=True, stdout=subprocess.DEVNULL)
        return
    doom = Doom(life.get("point"), life.get("nth", 0), life.get("how", "KILL"))
    doom.everywhere([Ledger, Journal, Klaviyo, Twilio, File, Plain])
    {"deliver": deliver_now, "sync": sync_now, "reconcile": reconcile_now}[life["what"]](life)
    if "tell" in life:
        Path(life["tell"]).write_text(json.dumps(doom.passed))


if __name__ == "__main__":
    gc.freeze()  # nothing of this is looked at again by the lives, so that they share its memory
    bear(live)
