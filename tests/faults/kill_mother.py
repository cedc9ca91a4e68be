"""Many short lives: `Mother` has a process forked for each, so that the imports are paid for once, and hears how it ended."""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

Life = dict[str, Any]
_LONGEST_LIFE_SECONDS = 120.0


class Mother:
    """Starts `script`, whose `main` is `bear`, and gives it lives to live: see `bear`."""

    def __init__(self, script: Path) -> None:
        self._process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    def start(self, *lives: Life) -> None:
        """Lives side by side; `ends` waits for them."""
        self._stdin.write(json.dumps(lives) + "\n")

    def ends(self) -> list[int]:
        """How each ended: 0 by itself, -9 killed, -19 halted on its way and then ended by itself."""
        codes: list[int] = json.loads(self._stdout.readline())
        assert set(codes) <= {0, -signal.SIGKILL, -signal.SIGSTOP}, "a life ended with an error"
        return codes

    def live(self, *lives: Life) -> list[int]:
        self.start(*lives)
        return self.ends()

    def close(self) -> None:
        self._stdin.close()
        code = self._process.wait(30)
        self._stdout.close()
        assert code == 0


def bear(live: Callable[[Life], None]) -> None:
    """The mother's own life: a line of JSON with lives in, a line with their ends out.

    A life may say `killed_after_seconds`; `longest_seconds`, after which it counts as one that comes to no end; and `later`: it starts
    once all before it are halted or over. Who is halted goes on when all others are over.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        print(json.dumps(_bear_all(json.loads(line), live)), flush=True)


def _bear_all(lives: list[Life], live: Callable[[Life], None]) -> list[int]:
    codes: dict[int, int] = {}
    waiting, running, halted = list(range(len(lives))), dict[int, int](), dict[int, int]()  # pid: place
    ends_at: dict[int, float] = {}
    while waiting or running or halted:
        while waiting and not (running and lives[waiting[0]].get("later")):
            life = lives[waiting[0]]
            pid = _fork(life, live)
            running[pid] = waiting.pop(0)
            longest = life.get("longest_seconds", _LONGEST_LIFE_SECONDS)
            ends_at[pid] = time.monotonic() + life.get("killed_after_seconds", longest)
        if not running:
            for pid in halted:
                os.kill(pid, signal.SIGCONT)
            running, halted = halted, {}
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, min(ends_at[pid] for pid in running) - time.monotonic()))
        for pid in [pid for pid in running if ends_at[pid] <= time.monotonic()]:
            os.kill(pid, signal.SIGKILL)
        while running and (found := os.waitpid(-1, os.WUNTRACED | os.WNOHANG))[0]:
            place = running.pop(found[0])
            if os.WIFSTOPPED(found[1]):
                halted[found[0]], codes[place] = place, -signal.SIGSTOP
            else:
                codes[place] = os.waitstatus_to_exitcode(found[1]) or codes.get(place, 0)
                if "killed_after_seconds" not in lives[place] and ends_at[found[0]] <= time.monotonic():
                    codes[place] = 1  # it came to no end by itself
    return [codes[place] for place in range(len(lives))]


def _fork(life: Life, live: Callable[[Life], None]) -> int:
    if child := os.fork():
        return child
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.dup2(2, 1)  # the mother's word is hers alone
        live(life)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
