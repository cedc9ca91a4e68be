"""The command `regulars explain`: why one person got what they got, or rightly nothing."""

from __future__ import annotations

import click
import duckdb

from orchestration.environment import data_folder, prepare
from orchestration.explanation import explain
from orchestration.warehouse import Warehouse


@click.command("explain")
@click.argument("person")
def explain_person(person: str) -> None:
    """All that was considered for PERSON, what went, what did not and why, and what came of it.

    PERSON is a profile id (any that they ever had), an address, or an id of a customer or contact. As a table: decisions.explanations.
    """
    prepare()
    try:
        lines = explain(Warehouse(data=str(data_folder())), person)
    except (LookupError, FileNotFoundError) as error:
        raise click.ClickException(str(error.args[0])) from error
    except duckdb.CatalogException as error:
        raise click.ClickException("the warehouse is of an older version: run regulars run once.") from error
    click.echo("\n".join(lines))
