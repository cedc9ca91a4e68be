"""The shape of the house: dbt reads from left to right, every model is described, files stay small. One file, for it is one list."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "dbt_project" / "models"
#: The flow. A stage reads its own and those to its left; scores stand between features and audiences.
STAGES = ["staging", "identity", "profiles", "marts", "features", "scores", "audiences", "triggers", "decisions", "proof"]
#: Neither reads the other: who is in and what happened are two questions.
SAME_PLACE = {"triggers": "audiences"}
LONGEST = 150


@pytest.fixture(scope="module")
def manifest() -> dict:
    from orchestration.assets.warehouse import manifest

    return json.loads(manifest().read_text())


def stage(node: dict) -> str:
    return node["fqn"][1]


def place(name: str) -> int:
    return STAGES.index(SAME_PLACE.get(name, name))


def models(manifest: dict) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_parents_lie_in_the_same_stage_or_to_the_left(manifest):
    wrong = [
        f"{node['name']} ({stage(node)}) reads {manifest['nodes'][parent]['name']} ({stage(manifest['nodes'][parent])})"
        for node in models(manifest)
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("model.")
        and stage(manifest["nodes"][parent]) != stage(node)
        and not place(stage(manifest["nodes"][parent])) < place(stage(node))
    ]
    assert not wrong


def test_a_private_step_is_read_in_its_own_stage_alone(manifest):
    wrong = [
        f"{node['name']} ({stage(node)}) reads {parent}"
        for node in models(manifest)
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("model.regulars.int_") and stage(manifest["nodes"][parent]) != stage(node)
    ]
    assert not wrong


def test_marts_that_grow_by_days_are_done_before_the_run_counts_as_whole(manifest):
    """int_fingerprints_known empties the lists of what is touched; who reads them must have been built by then."""
    nodes = manifest["nodes"]
    parents = {name: set(node["depends_on"]["nodes"]) for name, node in nodes.items() if node["resource_type"] == "model"}
    before, new = set(), {"model.regulars.int_fingerprints_known"}
    while new := {parent for name in new for parent in parents.get(name, ())} - before:
        before |= new
    readers = {name for name, read in parents.items() if read & {f"model.regulars.int_{what}_touched" for what in ("persons", "days")}}
    assert readers and not readers - before


def test_only_staging_reads_raw_and_scores_are_read_from_their_own_stage_on(manifest):
    readers: dict[str, set[str]] = {}
    for node in models(manifest):
        for parent in node["depends_on"]["nodes"]:
            if parent.startswith("source."):
                readers.setdefault(manifest["sources"][parent]["source_name"], set()).add(stage(node))
    assert readers["raw"] == {"staging"}
    assert readers["scores"] <= {"scores", "audiences", "triggers"}


def test_what_acts_on_a_score_is_held_while_the_score_is_in_doubt(manifest):
    """It is a table that can be held, and built after scores.drift has judged; decisions read the
    hour and what is told, no score that decides."""
    acting = [node for node in models(manifest) if stage(node) in ("audiences", "triggers")]
    assert not [node["name"] for node in acting if node["config"]["materialized"] != "held_table"]
    parents = {node["unique_id"]: node["depends_on"]["nodes"] for node in models(manifest)}
    blind = [
        node["name"]
        for node in acting
        if any(parent.startswith("source.regulars.scores.") for parent in parents[node["unique_id"]])
        and "model.regulars.drift" not in parents[node["unique_id"]]
    ]
    assert not blind
    readers = {
        node["name"]
        for node in models(manifest)
        if stage(node) == "decisions" and "model.regulars.predictions" in parents[node["unique_id"]]
    }
    assert readers <= {"memberships", "decisions", "int_messages_tokened"}


def test_every_model_is_judged_by_what_came_of_it(manifest):
    from orchestration.assets.score_tables import DESCRIPTIONS

    judged = manifest["nodes"]["model.regulars.int_scores_settled"]["depends_on"]["nodes"]
    assert sorted(judged) == sorted(f"source.regulars.scores.{name}" for name in DESCRIPTIONS), "macros/score_models.sql has the list"


def test_every_segment_and_every_stage_of_a_customer_has_its_audience(manifest):
    sql = (MODELS / "marts" / "rfm_segments.sql").read_text()
    wanted = {f"segment_{name}" for name in re.findall(r"(?:then|else) '(\w+)'", sql)} - {"segment_champions"} | {"champions"}
    tests = [test for test in manifest["nodes"].values() if test.get("attached_node") == "model.regulars.lifecycle"]
    wanted |= {
        f"stage_{name}" for test in tests if test["column_name"] == "stage" for name in test["test_metadata"]["kwargs"].get("values", [])
    }
    assert "stage_lapsed" in wanted
    assert not wanted - {node["name"] for node in models(manifest) if stage(node) == "audiences"}


def test_schema_and_group_are_the_stage(manifest):
    assert {node["schema"] for node in models(manifest)} <= set(STAGES)
    assert all(node["schema"] == stage(node) == node["config"]["meta"]["dagster"]["group"] for node in models(manifest))


def test_every_model_has_its_pair_and_says_what_each_column_is(manifest):
    files = [*MODELS.rglob("*.sql"), *MODELS.rglob("*.py")]
    assert files
    assert not [str(file.relative_to(MODELS)) for file in files if not file.with_suffix(".yml").exists()]
    nameless = [
        f"{node['name']}.{column}" for node in models(manifest) for column, facts in node["columns"].items() if not facts["description"]
    ]
    assert not nameless
    assert not [node["name"] for node in models(manifest) if not node["description"] or not node["columns"]]


def test_no_sql_asks_the_clock():
    asks = re.compile(r"\b(now\(|current_timestamp|current_date|get_current_time|today\()", re.IGNORECASE)
    files = [*MODELS.rglob("*.sql"), *(ROOT / "dbt_project" / "macros").rglob("*.sql")]
    assert not [str(file.relative_to(ROOT)) for file in files if asks.search(re.sub(r"--.*|\{#.*?#\}", "", file.read_text(), flags=re.S))]


def test_a_long_file_says_why():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", "*.sql"], cwd=ROOT, capture_output=True, text=True
    )
    assert listed.returncode == 0, listed.stderr
    wrong = []
    for name in listed.stdout.split():
        text = (ROOT / name).read_text() if (ROOT / name).exists() else ""
        if len(text.splitlines()) <= LONGEST:
            continue
        if name.endswith(".py"):
            reason = ast.get_docstring(ast.parse(text)) or ""
        else:
            reason = "\n".join(re.findall(r"\{#.*?#\}|--.*", text, flags=re.S)[:1])
        if not re.search(r"one file|\blong(er)?\b", reason, re.IGNORECASE):
            wrong.append(f"{name}: {len(text.splitlines())} lines")
    assert not wrong


def test_names_that_say_nothing_are_not_used():
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "lib", "misc"}
    folders = [
        ROOT / part
        for part in (
            "orchestration",
            "ml",
            "activations",
            "expectations",
            "matching",
            "content",
            "reports",
            "experiments",
            "alerts",
            "demo",
            "dbt_project",
        )
    ]
    wrong = [str(path) for folder in folders for path in folder.rglob("*") if path.stem in banned and "target" not in path.parts]
    assert not wrong
