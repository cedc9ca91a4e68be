"""A BigQuery dataset through the official client: which tables there are, what they are now, and a table as a Parquet file.

Reading costs nothing but time: tabledata.list is no query.
Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from orchestration.sources.bigquery.errors import may_pass, unreadable
from orchestration.sources.bigquery.pages import copy_table

_TIMEOUT = 120.0  # seconds for one request
_LOCAL = ("localhost", "127.0.0.1", "::1")
#: What the client raises: its own errors, those of its credentials, and those of requests.
_RAISED = (exceptions.GoogleAPIError, GoogleAuthError, requests.exceptions.RequestException)


@dataclass(frozen=True)
class Dataset:
    """An open dataset. What passes by itself (limits of the rate, faults of the server, cut answers) is tried again, for as long as
    `retry` says; the rest is a SourceError."""

    client: bigquery.Client
    project: str
    name: str
    retry: Retry

    def table_names(self) -> list[str]:
        """All tables."""
        try:
            return [item.table_id for item in self.client.list_tables(f"{self.project}.{self.name}", retry=self.retry, timeout=_TIMEOUT)]
        except _RAISED as error:
            raise unreadable(self.name, error) from error

    def table(self, name: str) -> bigquery.Table | None:
        """What is said of a table now; `None` where it is gone."""
        try:
            return self.client.get_table(f"{self.project}.{self.name}.{name}", retry=self.retry, timeout=_TIMEOUT)
        except exceptions.NotFound:
            return None
        except _RAISED as error:
            raise unreadable(name, error) from error

    def copy(self, table: bigquery.Table, path: Path, *, grows: bool) -> bool:
        """Copies the table to a Parquet file; whether it was still there. Raises ChangedError where its pages do not fit together."""
        try:
            copy_table(self.client, table, path, self.retry, _TIMEOUT, grows=grows)
        except exceptions.NotFound:
            return False
        except _RAISED as error:
            raise unreadable(str(table.table_id), error) from error
        return True


@contextlib.contextmanager
def opened(
    project: str, dataset: str, endpoint: str = "", patience: timedelta = timedelta(minutes=5), pause: float = 1.0
) -> Iterator[Dataset]:
    """The dataset, for as long as the block lasts. Raises SourceError where there are no credentials.

    They are found as the client does by itself (GOOGLE_APPLICATION_CREDENTIALS, or what the machine has). endpoint: another server than
    Google's; one on this machine is asked without credentials. patience: how long a request is tried again; pause: at most so many
    seconds before the first time, more from time to time.
    """
    is_local = urlsplit(endpoint).hostname in _LOCAL
    try:
        client = bigquery.Client(
            project=project,
            credentials=AnonymousCredentials() if is_local else None,  # type: ignore[no-untyped-call]
            client_options=ClientOptions(api_endpoint=endpoint) if endpoint else None,
        )
    except (GoogleAuthError, OSError) as error:
        raise unreadable(dataset, error) from error
    with contextlib.closing(client):
        yield Dataset(client, project, dataset, Retry(predicate=may_pass, initial=pause, maximum=30.0, timeout=patience.total_seconds()))
