"""dbt in this process: the project read once, its models and tests built as of an instant, each result told as it comes.

A command of its own would start Python, import dbt and read the project anew for each step, and hand over what happened as text.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.interrupts import raise_interrupts_as
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import get_manifest_and_translator_from_dbt_assets, get_subset_selection_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration.environment import dbt_sees
from orchestration.joined_tests import Joined, joined
from orchestration.lean_dbt import lean
from orchestration.stopping_dbt import stopping

#: Models and their tests on the data; unit tests of the models are about the code and run with the tests of the project.
BUILD = ["build", "--exclude-resource-type", "unit_test"]
#: The same order of models and tests, found faster; and no manifest after each build, which would be that of the last reading.
FAST = ["--use-fast-test-edges", "--no-write-json"]
#: Instant and memory that the project is read with, in no data folder: what it says does not depend on them, and with others than the
#: last time dbt would read all of it anew.
READ_WITH = ("", "1GB")
RESULTS = frozenset({"LogSeedResult", "LogModelResult", "LogTestResult"})
_read: dict[Path, tuple[int, Any]] = {}


def read_project(project: Path, is_new: bool = False) -> Any:
    """The project as dbt reads it, and in its target folder the manifest, written where there is none. is_new: a file of it has changed
    since, so all is read and written anew. Raises RuntimeError."""
    manifest = project / "target" / "manifest.json"
    known = _read.get(project)
    if not is_new and known and manifest.exists() and known[0] == manifest.stat().st_mtime_ns:
        return known[1]
    again = ["--no-partial-parse"] if is_new else ["--no-write-json"] if manifest.exists() else []
    with dbt_sees(project / "target", *READ_WITH):
        ended = _invoked(["parse", *again], project, project / "target", lambda _: None)
    if not ended.success:
        raise RuntimeError(f"dbt cannot read the project: {ended.exception}")
    _read[project] = (manifest.stat().st_mtime_ns, ended.result)
    return ended.result


def build(context: dg.AssetExecutionContext, project: Path, data: Path, as_of: datetime, say: Callable[[str], None]) -> Iterator[Any]:
    """Builds and tests what the context selects in the warehouse of a data folder, then yields the results as Dagster's. say: is told
    now and then how far it is. Raises DagsterDbtCliRuntimeError behind the last result, where a model or a test failed."""
    manifest, translator, _ = get_manifest_and_translator_from_dbt_assets([context.assets_def])
    selection = _selected(context, manifest, translator)
    parsed = read_project(project)
    asked = Joined(parsed, {}) if _names_tests(selection, manifest) else joined(parsed)
    step = context.get_step_execution_context()
    outputs = step.get_output_asset_keys()
    step.get_output_asset_keys = lambda: outputs  # Dagster asks for all of them with each of them
    results: list[DbtCoreCliEventMessage] = []
    errors: list[str] = []

    def hear(message: Any) -> None:
        if message.info.level == "error":
            errors.append(message.info.msg)
        if message.info.name in RESULTS:
            before = len(results)
            for said in asked.apart(_as_said(message), _rows_found):
                results.append(DbtCoreCliEventMessage(said, {}))
                if said["data"]["node_info"]["node_status"] == "fail":
                    errors.append(f"{said['data']['name']} does not hold for {said['data']['num_failures']}")
            if len(results) // 60 > before // 60:
                say(f"{len(results)} models and tests done")

    try:
        # an interruption is Python's own in there: at that dbt stops the query that runs, at Dagster's it would not
        with dbt_sees(data, f"{as_of:%Y-%m-%d %H:%M:%S}"), raise_interrupts_as(KeyboardInterrupt):
            ended = _invoked([*BUILD, *FAST, *selection], project, data / "dbt", hear, asked.manifest)
        if hasattr(ended.result, "write"):
            ended.result.write(str(data / "dbt" / f"run_results_{context.op_execution_context.op.name}.json"))
    except KeyboardInterrupt as interruption:
        raise DagsterExecutionInterruptedError from interruption
    for result in results:
        yield from result.to_default_asset_events(manifest, translator, context, data / "dbt")
    if not ended.success:
        said = "\n\n".join(errors) or str(ended.exception)
        raise DagsterDbtCliRuntimeError(f"dbt did not build everything; {data / 'dbt' / 'dbt.log'} says how it went.\n\n{said}")


def _selected(context: dg.AssetExecutionContext, manifest: Any, translator: DagsterDbtTranslator) -> list[str]:
    tags = context.op_execution_context.op.tags
    picked = {word: tags.get(f"dagster_dbt/{word}") for word in ("select", "exclude", "selector")}
    arguments, indirect = get_subset_selection_for_context(
        context, manifest, **picked, dagster_dbt_translator=translator, current_dbt_indirect_selection_env=None
    )
    return [*arguments, *(["--indirect-selection", indirect] if indirect else [])]


def _names_tests(selection: Sequence[str], manifest: Any) -> bool:
    """Whether some tests are to run and others of their model are not."""
    tests = {".".join(node["fqn"]) for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    return not tests.isdisjoint(word for argument in selection for word in argument.split())


def _rows_found(query: str) -> dict[str, int]:
    """By test the rows that it found, asked in the warehouse that dbt has open."""
    from dbt.adapters.factory import get_adapter_by_type

    adapter = get_adapter_by_type("duckdb")  # type: ignore[no-untyped-call]
    with adapter.connection_named("tests that failed"):
        _, answer = adapter.execute(query, fetch=True)
    return {str(test): int(count) for test, count in answer.rows if count}


def _invoked(arguments: Sequence[str], project: Path, target: Path, hear: Callable[[Any], None], manifest: Any = None) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    place = {"project-dir": project, "profiles-dir": project, "target-path": target, "log-path": target}
    settings = [text for name, value in place.items() for text in (f"--{name}", str(value))]
    # its log has each model and test; their SQL is in the folders `compiled` and `run` beside it
    quiet = ["--log-level", "none", "--log-level-file", "info", "--log-format-file", "text", "--no-print", "--no-use-colors"]
    here = Path.cwd()
    try:
        with lean(), stopping():
            ended = dbtRunner(manifest=manifest, callbacks=[hear]).invoke([*arguments, *settings, *quiet])
    finally:
        os.chdir(here)
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        gc.collect()  # what dbt holds of the file would keep others from it
    error = ended.exception
    while error is not None:  # dbt takes an interruption for an error of its own, or trips over it
        if isinstance(error, KeyboardInterrupt):
            raise error
        error = error.__context__
    return ended


def _as_said(message: Any) -> dict[str, Any]:
    from dbt_common.events.functions import msg_to_dict

    said: dict[str, Any] = msg_to_dict(message)
    return said
