"""The command `regulars export`: marts and profiles as Parquet files, for BI tools that should not open the live warehouse."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb

from orchestration.environment import ROOT, data_folder, prepare
from orchestration.landing.zone import quoted

SCHEMAS = ("marts", "profiles")


def export_tables(connection: duckdb.DuckDBPyConnection, folder: Path, *, personal: bool = False) -> dict[str, int]:
    """Writes each table and view of SCHEMAS to `<folder>/<schema>/<table>.parquet`, whole and renamed into place; a file of a table that
    is gone goes too. Columns that name or reach a person, and what people wrote, stay here unless `personal`; so do private steps (`int_`).
    Returns the rows written, by `<schema>.<table>`.
    """
    written: dict[str, int] = {}
    for schema in SCHEMAS:
        place = folder / schema
        place.mkdir(parents=True, exist_ok=True)
        found = connection.execute(
            "select table_name, list([column_name, data_type] order by ordinal_position) from information_schema.columns"
            " where table_schema = ? group by all order by 1",
            [schema],
        ).fetchall()
        models = ROOT / "dbt_project" / "models" / schema
        for table, columns in found:
            if table.startswith("int_") or not (models / f"{table}.sql").exists():
                continue  # a step, or what runs keep for themselves
            kept = [name for name, kind in columns if personal or not _is_personal(name, kind)]
            names = ", ".join(f'"{name}"' for name in kept)
            unfinished = place / f".{table}.parquet.unfinished"
            query = f'copy (select {names} from "{schema}"."{table}") to {quoted(unfinished)} (format parquet)'
            (rows,) = connection.execute(query).fetchall()[0]
            unfinished.replace(place / f"{table}.parquet")
            written[f"{schema}.{table}"] = int(rows)
        for stale in place.glob("*.parquet"):
            if f"{schema}.{stale.stem}" not in written:
                stale.unlink()
    return written


def _is_personal(name: str, kind: str) -> bool:
    """Whether a column names or reaches a person, or holds what somebody wrote; a figure or a yes or no does neither."""
    from orchestration.assets.samples import PERSONAL

    return kind in ("VARCHAR", "DATE") and bool(PERSONAL.search(name) or name in ("comment", "text"))


@click.command()
@click.option("--folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where marts/ and profiles/ are written.")
@click.option("--personal", is_flag=True, help="Names and addresses too.")
def export(folder: Path, personal: bool) -> None:
    """Write marts and profiles as Parquet files, for BI tools."""
    from orchestration.warehouse import Warehouse

    prepare()
    try:
        with Warehouse(data=str(data_folder())).open() as connection:
            written = export_tables(connection, folder, personal=personal)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from None
    for name, rows in written.items():
        click.echo(f"{name}: {rows:,} rows")
