"""The warehouse: the one dbt project as assets, from staging to the outbox.

In two steps, what is known and what is done about it, because the scores stand between them: left to itself, Dagster cuts one set of
assets into three, each with a start of dbt of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.dbt_manifest import validate_manifest
from dagster_dbt.errors import DagsterDbtError

from orchestration.assets.landed import LANDED
from orchestration.assets.pictures import PICTURES
from orchestration.assets.samples import sample_of
from orchestration.assets.truth import identity_against
from orchestration.building import build, read_project
from orchestration.messages_audit import audited
from orchestration.resources import DBT_PROJECT, Clock, Folders
from orchestration.warehouse import Warehouse


def manifest() -> Path:
    """The project's manifest, made anew when a file of the project is newer."""
    path = DBT_PROJECT.manifest_path
    folder = Path(DBT_PROJECT.project_dir)
    sources = [
        file
        for part in ("models", "macros", "seeds", "tests", "dbt_project.yml")
        for file in ([folder / part] if (folder / part).is_file() else (folder / part).rglob("*"))
        if file.is_file()
    ]
    if not path.exists() or path.stat().st_mtime < max(file.stat().st_mtime for file in sources):
        read_project(folder, is_new=True)
    return path


def build_and_describe(context: dg.AssetExecutionContext, clock: Clock, folders: Folders, reader: Warehouse) -> Iterator[Any]:
    """Builds and tests the selected models as of the run's clock, then adds row counts, samples and pictures."""
    folders.landing.declare(*LANDED.values())  # what has no row yet is readable, empty
    step = context.op_execution_context.op.name
    events: list[Any] = []
    failed: DagsterDbtError | None = None
    try:
        with reader.writing():
            # one folder for all steps and runs, of which the warehouse's lock lets one through at a time
            for event in build(
                context, Path(DBT_PROJECT.project_dir), folders.data, clock.as_of(context), lambda far: context.log.info(f"{step}: {far}")
            ):
                events.append(event)
    except DagsterDbtError as error:  # dbt itself came to its end; after any other fault it may not have
        failed = error
    # what was built is reported even where something later failed
    yield from _described(events, reader, folders.data / "demo" / "truth", context.log)
    if failed:
        raise failed


DECIDING = "regulars.scores regulars.audiences regulars.triggers regulars.decisions regulars.proof"
TRANSLATOR = DagsterDbtTranslator(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False))


@dbt_assets(manifest=manifest(), exclude=DECIDING, name="warehouse", dagster_dbt_translator=TRANSLATOR)
def warehouse(
    context: dg.AssetExecutionContext, clock: Clock, folders: Folders, warehouse_reader: Warehouse
) -> Iterator[dg.Output[Any] | dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckResult]:
    """From staging to the features: what is known."""
    yield from build_and_describe(context, clock, folders, warehouse_reader)


@dbt_assets(manifest=manifest(), select=DECIDING, name="decisions", dagster_dbt_translator=TRANSLATOR)
def decisions(
    context: dg.AssetExecutionContext, clock: Clock, folders: Folders, warehouse_reader: Warehouse
) -> Iterator[dg.Output[Any] | dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckResult]:
    """From the judgement of the scores to the outbox and to what came of it all. A step of its own, because the scores come before it."""
    yield from build_and_describe(context, clock, folders, warehouse_reader)


def _described(events: list[Any], reader: Warehouse, truth: Path, log: dg.DagsterLogManager) -> Iterator[Any]:
    built = [event for event in events if isinstance(event, dg.Output)]
    if not built:
        yield from events
        return
    nodes = validate_manifest(DBT_PROJECT.manifest_path)["nodes"]  # as the assets were made of it
    with reader.open() as connection:
        for event in events:
            if not isinstance(event, dg.Output):
                yield event
                continue
            node = nodes[event.metadata["unique_id"].value]
            relation, schema = node["name"], node["schema"]
            rows = connection.table(f"{schema}.{relation}")
            shown = rows.limit(5)
            (counted,) = rows.count("*").fetchall()[0]
            extra: dict[str, Any] = {
                "dagster/row_count": counted,
                "dagster/column_schema": _columns(rows, node),
                "sample": sample_of(shown),
            }
            picture = PICTURES.get(f"{schema}.{relation}")
            if picture and counted:
                extra["picture"] = picture(connection)
            if (schema, relation) == ("identity", "identifiers"):
                extra |= identity_against(truth, connection)
            if (schema, relation) == ("decisions", "messages_audited"):
                extra["audit"] = dg.MetadataValue.md(audited(connection))
            if (schema, relation) == ("scores", "drift"):
                for model, words in rows.filter("is_alarmed").project("model, words").fetchall():
                    log.warning(f"scores.{model}: {words}")
            yield event.with_metadata({**event.metadata, **extra})


def _columns(relation: duckdb.DuckDBPyRelation, node: dict[str, Any]) -> dg.TableSchema:
    described = node["columns"]
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name, type=str(kind).lower(), description=described.get(name, {}).get("description"))
            for name, kind in zip(relation.columns, relation.types, strict=True)
        ]
    )
