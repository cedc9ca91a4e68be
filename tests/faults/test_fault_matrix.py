"""Every fault, along every line to the pretend provider, over real HTTP: what can be accepted is in the end, once; what is wrong is
rejected, and nothing else; what nobody can know is held and listed; no limit is exceeded; every request fits the specifications.
"""

import itertools
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import requests
from matrix_kit import LINES, NOW, PATIENCE, Case, Line, klaviyo, klaviyo_list, people

from activations.syncs.snapshots import Snapshots
from activations.syncs.sync import sync
from demo.provider.faults import BEFORE, REFUSED, SPOILT, THROTTLED
from demo.provider.options import Options
from demo.provider.server import Running, running

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"
GOOD, BAD = [f"good{number}" for number in range(12)], ["bad12", "bad13"]
KINDS = (*THROTTLED, *REFUSED, *BEFORE, *SPOILT)
ALIKE = ("500", "502", "504", "429_left", "429_milliseconds", "429_bare")
"""Told apart where requests are made, not along the lines: 5xx are one to them, and that pauses are kept has a test of its own."""
CASES = [(line, line.match, kind) for line in LINES for kind in (*KINDS, *line.more_kinds)]
CASES += [(line, line.others, kind) for line in LINES if line.others for kind in ("429_epoch", "503", "truncated", "page")]
SECONDS = {"slow": 0.8}
TAGS = itertools.count(1)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("provider")
    (folder / "clock.json").write_text(json.dumps({"as_of": NOW.isoformat()}))
    with running(folder, options=Options(limits="all"), specifications=CONTRACTS) as provider:
        yield provider


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the ledger and the snapshots: one for all, since every case has rows of its own."""
    return tmp_path_factory.mktemp("books")


def stats(provider: Running) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{provider.url}/_stats", timeout=10).json()
    return found


def order(provider: Running, match: str, kind: str, **more: object) -> None:
    answer = requests.post(f"{provider.url}/_faults", json={"match": match, "kind": kind, **more}, timeout=10)
    assert answer.status_code == 201, answer.text


def play(provider: Running, line: Line, folder: Path, faults: list[dict[str, Any]], keys: list[str], is_hasty: bool = False) -> None:
    """Orders the faults, runs the product until nothing is left, and compares its books with the provider's."""
    is_slow = any(fault["kind"] == "slow" for fault in faults)
    before, case = stats(provider), Case(provider.url, str(next(TAGS)), folder, 0.4 if is_slow else 10.0)
    if is_hasty:
        case = replace(case, pacer=None)
    wanted = keys[int(len(keys) * line.leaving) :] if line.leaving else keys + BAD
    if line.leaving:
        assert line.run(case, keys).accepted == set(keys)
    for fault in faults:
        order(provider, **fault)
    for _ in range(5):
        ended = line.run(case, wanted)
        if not ended.left and ended.accepted | ended.held | ended.rejected == set(wanted) and not ended.rejected - set(BAD):
            break
    requests.delete(f"{provider.url}/_faults", timeout=10)
    after, truth = stats(provider), line.truth(provider, case.tag)
    assert sum(after["faults"].values()) > sum(before["faults"].values()), "no fault was played"
    good = set(wanted) - set(BAD)
    assert (ended.left, ended.rejected) == (0, set(wanted) & set(BAD))
    assert ended.accepted | ended.held == good and not ended.accepted & ended.held
    may_hold = not line.is_repeatable and not all(fault["kind"] in THROTTLED for fault in faults)
    assert not ended.held or may_hold
    if not is_slow:  # a busy machine may be slow by itself
        assert len(ended.held) <= sum(fault.get("times", 1) for fault in faults)
    assert set(truth.values()) <= {1} and ended.accepted <= set(truth) <= good
    assert after["violations"] == before["violations"], after["specifications"]


def named(line: Line, match: str, kind: str) -> Any:
    is_alike = kind in ALIKE or (kind == "page" and match != line.match)
    name = f"{line.name}-{kind}{'' if match == line.match else '-others'}"
    return pytest.param(line, match, kind, id=name, marks=[pytest.mark.slow] if is_alike else [])


@pytest.mark.parametrize(("line", "match", "kind"), [named(*case) for case in CASES])
def test_a_fault_twice(provider: Running, books: Path, line: Line, match: str, kind: str) -> None:
    once = {"match": match, "kind": kind, "seconds": SECONDS.get(kind, 0.02)}
    lost = [] if line.is_repeatable or match == line.match else [{"match": line.match, "kind": "reset_after", "times": 2}]
    play(provider, line, books, [*lost, {**once, "times": 1}, {**once, "times": 1, "skip": 1}], GOOD, is_hasty=kind in THROTTLED)


def test_what_a_provider_would_drop_silently_is_not_sent(provider: Running, books: Path) -> None:
    """Requests over Klaviyo's 5 MB would vanish, and a row over its 100 kB the rows beside it with it."""
    order(provider, "POST /api/profile-bulk-import-jobs$", "drop_oversize", times=None, bytes=5_000_000)
    case, keys = Case(provider.url, str(next(TAGS)), books), [f"good{number}" for number in range(60)]
    texts = ["x" * (120_000 if key == "good7" else 90_000) for key in keys]
    desired = people(case.tag, keys).append_column("text", pa.array(texts))
    report = sync(f"list {case.tag}", desired, klaviyo(case), Snapshots(books), lambda: NOW, patience=PATIENCE)
    requests.delete(f"{provider.url}/_faults", timeout=10)
    assert (report.accepted, dict(report.rejected), report.left) == (59, {"row_too_large": 1}, 0)
    assert set(klaviyo_list(provider, case.tag)) == set(keys) - {"good7"}


def test_pauses_are_kept_and_limits_too(tmp_path: Path) -> None:
    """All dialects side by side, for each of them takes its two seconds. SendGrid names its limits as it goes; Twilio does not."""
    options = Options(limits="all", mail_rate=(10, 1.0), concurrency=8)
    lines = [line for line in LINES if line.name.endswith("messages")]
    with running(tmp_path / "provider", options=options) as provider:
        cases = []
        for number, (line, kind) in enumerate(itertools.product(lines, THROTTLED), start=1):
            folder = tmp_path / str(number)
            folder.mkdir()
            cases.append((line, case := Case(provider.url, str(number), folder)))
            order(provider, line.match, kind, seconds=2, skip=1, account=case.accounts[line.name.split()[0]])
        with ThreadPoolExecutor(len(cases)) as pool:
            ended = list(pool.map(lambda case: case[0].run(case[1], GOOD[:6]), cases))
        for (line, case), each in zip(cases, ended, strict=True):
            assert (each.accepted, each.left) == (set(GOOD[:6]), 0)
            assert set(line.truth(provider, case.tag).values()) == {1}
        told = stats(provider)
        assert told["faults"] == dict.fromkeys(THROTTLED, len(lines)), "each was played"
        # SendGrid says how many are left of its window, and it alone counts: a window that slides is not its way.
        beyond = [name for name, found in told["violations"].items() if set(found) - {"sliding"} or "/v3/" not in name]
        assert (told["impatient"], beyond, told["limited"]) == ({}, [], {})


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_two_faults_in_turn(provider: Running, books: Path, line: Line) -> None:
    chance, many = random.Random(line.name), [f"good{number}" for number in range(40)]
    pairs = list(itertools.permutations((*KINDS, *line.more_kinds), 2))
    for kinds in chance.sample(pairs, 40):
        faults: list[dict[str, Any]] = [
            {"match": match, "kind": kind, "times": chance.randint(1, 2), "skip": chance.randint(0, 3), "seconds": SECONDS.get(kind, 0.02)}
            for kind in kinds
            for match in (line.match, *((line.others,) if line.others and kind in (*THROTTLED, *REFUSED) else ()))
        ]
        play(provider, line, books, faults, many)
