"""The benchmark house itself, with measures that measure nothing: figures and goals, the table, the file, the comparison, what fails.
One file, a little long: the house is one thing."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import psutil
import pytest

import benchmarks.__main__ as house
from benchmarks.house import figures, table
from benchmarks.house.catalogue import MEASURES
from benchmarks.house.figures import Figure
from benchmarks.house.measures import SIZES, Measure, Taken
from benchmarks.house.record import Record, latest
from benchmarks.house.taking import MARK, take

MACHINE = {"cores": 2, "processor": "a processor", "memory_gib": 8, "python": "3.11", "versions": {"duckdb": "2"}, "load": [0.1, 0.2, 0.3]}


@pytest.fixture
def measure(tmp_path, monkeypatch):
    """Makes a measure of a body of Python, in a module that the child finds too."""
    monkeypatch.setattr("benchmarks.house.machine.ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def made(name: str, body: str, **more) -> Measure:
        (tmp_path / f"made_{name}.py").write_text(textwrap.dedent(body))
        return Measure(name, f"says {name}", f"made_{name}", more.pop("sizes", {"S": ("--rows", "3")}), **more)

    return made


def printing(*said: Figure) -> str:
    return f"print('some prose')\nprint({figures.as_json(said)!r})"


def record(*taken: Taken, at: str = "2026-01-02T03:04:05", size: str = "S") -> Record:
    return Record(at, "abc", size, MACHINE, list(taken))


@pytest.mark.parametrize(
    ("goal", "value", "beside", "is_met"),
    [
        ("<= 10 s", 10, None, True),
        ("<= 10 s", 10.1, 1, False),
        (">= 5 s", 4, None, False),
        ("<= 1.5x", 3, 2, True),
        ("<= 1.5x", 3.1, 2, False),
        ("<= 1.5x", 3, None, None),
        ("<= 10 s", None, None, None),
        ("", 3, 2, None),
    ],
)
def test_a_goal_is_of_the_value_or_of_the_ratio(goal, value, beside, is_met):
    assert Figure("one", value, "s", "beside", beside, goal).is_met is is_met


@pytest.mark.parametrize("goal", ["<= 10 rows/s", "10 s", "<= ten s", "< 10 s", "<=10 s"])
def test_a_goal_that_cannot_be_read_is_said_and_not_passed_over(goal):
    with pytest.raises(ValueError, match="one: the goal"):
        figures.read(json.dumps({"figures": [{"name": "one", "value": 1, "unit": "s", "goal": goal}]}))


@pytest.mark.parametrize(
    "printed", ["", "prose", '{"other": 1}', "[]", '{"figures": [{"value": 1}]}', '{"figures": [{"name":"a","value":"1","unit":"s"}]}']
)
def test_what_is_no_figure_is_refused(printed):
    with pytest.raises(ValueError):
        figures.read(printed)


def test_the_declared_goal_of_the_size_stands_above_the_printed_one():
    one = Measure("one", "", "", {}, goals={"a": {"M": "<= 1 s"}, "b": "<= 2 s"}, reasons={"a": "because", "b": "never said"})
    given = [Figure("a", 3, "s", goal="<= 9 s", note="known"), Figure("b", 1, "s"), Figure("c", 1, "s", goal="<= 5 s")]
    assert [figure.goal for figure in one.judged("S", given)] == ["", "<= 2 s", "<= 5 s"]
    assert [figure.note for figure in one.judged("M", given)] == ["known; because", "", ""]


def test_a_measure_gets_its_arguments_and_a_folder_of_its_own_that_goes_with_it(measure, tmp_path):
    body = """
        import json, pathlib, sys, tempfile
        assert sys.argv[1:] == ["--rows", "3", "--json"], sys.argv
        place = pathlib.Path(tempfile.mkdtemp())
        (place / "left").write_text("behind")
        print(json.dumps({"figures": [{"name": "where", "value": 1, "unit": "s", "note": str(place)}]}))
    """
    taken = take(measure("placed", body), "S")
    assert not taken.failure, taken.printed
    assert Path(taken.figures[0].note).is_relative_to(tmp_path) and not Path(taken.figures[0].note).exists()
    assert taken.seconds > 0 and taken.peak_gib > 0
    assert not list(tmp_path.glob("regulars_bench_*"))


def test_a_data_folder_is_handed_to_those_that_would_make_one(measure):
    body = "import sys, json; print(json.dumps({'figures': [{'name': ' '.join(sys.argv[1:]), 'value': 1, 'unit': 's'}]}))"
    told = [
        take(measure(f"data_{takes}", body, takes_data=takes), "S", data=Path("/some/where")).figures[0].name for takes in (True, False)
    ]
    assert told == ["--rows 3 --data /some/where --json", "--rows 3 --json"]


def test_one_that_fails_is_a_row_that_says_why_and_the_rest_goes_on(measure, tmp_path, monkeypatch, capsys):
    several = [
        measure("fine", printing(Figure("rows", 2, "s", "by hand", 1, "<= 1.5x"))),
        measure("broken", "raise RuntimeError('the database is not here')"),
        measure("wordless", "print('nothing of use')"),
        measure("elsewhere", "", needs=("no_such_module_at_all",)),
        measure("larger", "", sizes={"L": ()}),
    ]
    monkeypatch.setattr(house, "MEASURES", several)
    monkeypatch.setattr(house, "chosen", lambda names: several)
    assert house.main(["--keep", str(tmp_path / "kept")]) == 0
    told = capsys.readouterr().out
    for words in ("the database is not here", "no JSON with figures", "needs no_such_module_at_all", "not taken at S, but at L", "NO"):
        assert words in told
    assert "2.00x  <= 1.5x  NO" in told and "nobody has said why yet" in told
    (file,) = (tmp_path / "kept").iterdir()
    kept = Record.read(file)
    assert [one.measure for one in kept.taken] == ["fine", "broken", "wordless", "elsewhere", "larger"]
    assert kept.taken[0].figures == [Figure("rows", 2, "s", "by hand", 1, "<= 1.5x")]
    assert {"cores", "memory_gib", "processor", "python", "versions", "load"} <= set(kept.machine)


def test_a_run_is_read_as_it_was_written(tmp_path):
    ran = record(Taken("one", [Figure("a", 1.5, "s", "b", 2, "<= 3 s", "n")], seconds=2, cpu_seconds=1), Taken("two", failure="why"))
    assert Record.read(ran.write(tmp_path)) == ran
    later = record(at="2026-01-03T00:00:00").write(tmp_path)
    record(at="2026-01-04T00:00:00", size="M").write(tmp_path)
    assert latest(tmp_path, "S") == later and latest(tmp_path, "L") is None
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="no run of the benchmarks"):
        Record.read(tmp_path / "other.json")


def test_before_and_after_stand_side_by_side(tmp_path, capsys):
    before = record(Taken("one", [Figure("a", 10, "s", "b", 5), Figure("gone", 1, "s"), Figure("unit", 1, "s")])).write(tmp_path)
    now = record(Taken("one", [Figure("a", 4, "s", "b", 4), Figure("new", 1, "s"), Figure("unit", 1, "CPU s")]), at="2026-01-05T00:00:00")
    assert house.main(["--show", str(now.write(tmp_path)), "--against", str(before)]) == 0
    told = capsys.readouterr().out
    assert "10.0 s  4.00 s   0.40x         2.00x      1.00x" in told
    assert "only before: one/gone" in told and "only now: one/new" in told
    assert house.main(["--show", str(before), "--markdown"]) == 0
    assert "| one | a | 10.0 s | 5.00 s, b | 2.00x |  |  |  |" in capsys.readouterr().out.splitlines()


def test_the_table_has_a_line_a_figure_and_its_remark_below():
    lines = table.figures(
        [Taken("one", [Figure("a", 12345, "rows/s", "pandas", 1000, ">= 1 rows/s", "a remark"), Figure("b", None, "s", note="none")])]
    )
    assert (
        lines[1].split("  ")[0] == "one" and "12,345 rows/s" in lines[1] and "1,000 rows/s, pandas" in lines[1] and lines[1].endswith("yes")
    )
    assert lines[2] == "    a remark"
    assert "not taken" in lines[3] and lines[4] == "    none"


def test_a_missed_goal_says_how_busy_the_machine_was():
    missed = Figure("a", 3, "s", goal="<= 2 s", note="known")
    told = [table.figures([Taken("one", [missed], elsewhere_pct=share)])[2].strip() for share in (3, 60)]
    assert told == ["known", "known; others had 60 % of the machine meanwhile"]


def test_only_some_by_name(capsys):
    assert [one.name for one in house.chosen("delivery, audiences")] == ["audiences", "delivery"]
    with pytest.raises(SystemExit):
        house.main(["--only", "audience"])
    assert "no measure is called audience" in capsys.readouterr().err


def test_declarations_are_sound():
    assert len({one.name for one in MEASURES}) == len(MEASURES)
    for one in MEASURES:
        assert one.says and one.sizes and set(one.sizes) <= set(SIZES)
        goals = [goal for given in one.goals.values() for goal in ([given] if isinstance(given, str) else given.values())]
        assert all(Figure("any", 1, goal.rpartition(" ")[2], "beside", 1, goal).is_met is not None for goal in goals)


def test_an_interruption_leaves_what_was_measured_and_neither_processes_nor_folders(tmp_path):
    """The house in a process of its own; its second measure starts a server that leaves the group, and waits."""
    (tmp_path / "quick.py").write_text(printing(Figure("a", 1, "s")))
    (tmp_path / "endless.py").write_text(
        textwrap.dedent("""
        import pathlib, subprocess, sys, time
        server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        pathlib.Path(sys.argv[1]).write_text(str(server.pid))
        time.sleep(600)
        """)
    )
    started = tmp_path / "started"
    (tmp_path / "run_house.py").write_text(
        textwrap.dedent(f"""
        import sys
        from pathlib import Path
        import benchmarks.__main__ as house
        from benchmarks.house import machine
        from benchmarks.house.measures import Measure
        machine.ROOT = Path({str(tmp_path)!r})
        two = [Measure("quick", "is", "quick", {{"S": ()}}), Measure("endless", "is", "endless", {{"S": ({str(started)!r},)}})]
        house.chosen = lambda names: two
        sys.exit(house.main(["--keep", {str(tmp_path / "kept")!r}]))
        """)
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    root = Path(house.__file__).resolve().parents[1]
    environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": f"{root}:{tmp_path}"}
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "run_house.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    while not (started.exists() and started.read_text()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    assert "quick" in out and "kept as" in out and "what was measured is kept" in err
    (file,) = (tmp_path / "kept").iterdir()
    assert [one.measure for one in Record.read(file).taken] == ["quick"]
    server = int(started.read_text())
    assert not psutil.pid_exists(server) or psutil.Process(server).status() == psutil.STATUS_ZOMBIE or not _is_marked(server)
    assert not list(scratch.iterdir())


def _is_marked(pid: int) -> bool:
    try:
        return MARK in psutil.Process(pid).environ()
    except psutil.Error:
        return False
