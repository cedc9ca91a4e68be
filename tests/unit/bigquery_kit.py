"""A pretend BigQuery: datasets.tables.list, tables.get and tabledata.list over tables of rows, as the REST API answers.

Source: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables and .../rest/v2/tabledata/list
One file.
"""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from api_kit import Asked, Reply, Served, serving

PROJECT, DATASET = "shop-project", "analytics_123456789"
_REASONS = {
    400: ("invalid", "INVALID_ARGUMENT"),
    401: ("authError", "UNAUTHENTICATED"),
    403: ("accessDenied", "PERMISSION_DENIED"),
    404: ("notFound", "NOT_FOUND"),
    429: ("rateLimitExceeded", "RESOURCE_EXHAUSTED"),
    500: ("backendError", "INTERNAL"),
    503: ("backendError", "UNAVAILABLE"),
}
_PATH = re.compile(r"/bigquery/v2/projects/([^/]+)/datasets/([^/]+)/tables(?:/([^/]+?)(/data)?)?")


def error(status: int, message: str = "it is so") -> Reply:
    """An error as the API says it."""
    reason, name = _REASONS[status]
    details = [{"message": message, "domain": "global", "reason": reason}]
    return Reply({"error": {"code": status, "message": message, "errors": details, "status": name}}, status)


@dataclass
class Table:
    """A table: Arrow rows, what version of it they are, and how many of them sit in the streaming buffer (-1: it is not streamed to)."""

    rows: pa.Table
    version: int = 1
    streamed: int = -1


@dataclass
class BigQuery:
    """A running one. tables may be changed at any time. before_page: called with the table's name and the page's number (from 0) before
    rows are given; what it returns is answered instead. page_rows: the most that a page has."""

    tables: dict[str, Table] = field(default_factory=dict)
    page_rows: int = 100
    before_page: Callable[[str, int], Reply | None] = lambda _, __: None
    served: Served = field(default_factory=lambda: Served(""))

    @property
    def url(self) -> str:
        return self.served.url

    def put(self, name: str, rows: pa.Table | Sequence[dict[str, Any]], schema: pa.Schema | None = None, streamed: int = -1) -> None:
        """Replaces a table, or makes it."""
        before = self.tables.get(name)
        data = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), schema=schema)
        self.tables[name] = Table(data, before.version + 1 if before else 1, streamed)

    def pages(self, name: str) -> int:
        """How many pages of a table were asked for."""
        return sum(asked.path.endswith(f"/tables/{name}/data") for asked in self.served.asked)

    def answer(self, asked: Asked) -> Reply:
        place = _PATH.fullmatch(asked.path)
        if place is None or (place[1], place[2]) != (PROJECT, DATASET):
            return error(404, f"Not found: Dataset {asked.path}")
        if place[3] is None:
            return self._list(asked)
        table = self.tables.get(place[3])
        if table is None:
            return error(404, f"Not found: Table {PROJECT}:{DATASET}.{place[3]}")
        return self._page(place[3], table, asked) if place[4] else Reply(self._resource(place[3], table))

    def _list(self, asked: Asked) -> Reply:
        names = sorted(self.tables)
        first = int(asked.params.get("pageToken", 0))
        last = first + min(50, int(asked.params.get("maxResults", 50)))
        body: dict[str, Any] = {"kind": "bigquery#tableList", "etag": "list", "totalItems": len(names)}
        if names:
            body["tables"] = [
                {"kind": "bigquery#table", "id": _id(name), "type": "TABLE", **_reference(name)} for name in names[first:last]
            ]
        if last < len(names):
            body["nextPageToken"] = str(last)
        return Reply(body)

    def _resource(self, name: str, table: Table) -> dict[str, Any]:
        stored = table.rows.num_rows - max(table.streamed, 0)
        resource = {
            "kind": "bigquery#table",
            "etag": f"etag-{table.version}",
            "id": _id(name),
            **_reference(name),
            "schema": {"fields": [_field(column) for column in table.rows.schema]},
            "numBytes": str(stored * 1000),
            "numRows": str(stored),
            "creationTime": "1782777600000",
            "lastModifiedTime": str(1782777600000 + table.version),
            "type": "TABLE",
            "location": "EU",
        }
        if table.streamed >= 0:
            resource["streamingBuffer"] = {"estimatedRows": str(table.streamed), "estimatedBytes": "1", "oldestEntryTime": "1782777600000"}
        return resource

    def _page(self, name: str, table: Table, asked: Asked) -> Reply:
        first = int(asked.params.get("pageToken", "t0")[1:])
        instead = self.before_page(name, first // self.page_rows)
        if instead is not None:
            return instead
        table = self.tables[name]  # it may just have been replaced
        last = first + min(self.page_rows, int(asked.params.get("maxResults", self.page_rows)))
        body: dict[str, Any] = {"kind": "bigquery#tableDataList", "etag": f"data-{table.version}", "totalRows": str(table.rows.num_rows)}
        rows = page_rows(table.rows.slice(first, last - first))
        if rows:
            body["rows"] = rows
        if last < table.rows.num_rows:
            body["pageToken"] = f"t{last}"
        return Reply(body)


@contextlib.contextmanager
def bigquery() -> Iterator[BigQuery]:
    """Serves one for as long as the block runs."""
    pretend = BigQuery()
    with serving(pretend.answer) as pretend.served:
        yield pretend


def page_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as tabledata.list writes them: cells by place, numbers as text, no NULL lists."""
    columns = [[_cell(value, kind.type) for value in table.column(place).to_pylist()] for place, kind in enumerate(table.schema)]
    return [{"f": [{"v": cell} for cell in cells]} for cells in zip(*columns, strict=True)]


def _cell(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return [{"v": _cell(item, kind.value_type)} for item in value or ()]
    if value is None:
        return None
    if pa.types.is_struct(kind):
        return {"f": [{"v": _cell(value[part.name], part.type)} for part in kind]}
    if pa.types.is_boolean(kind):
        return "true" if value else "false"
    if pa.types.is_timestamp(kind):
        return str(round(value.timestamp() * 1_000_000))  # formatOptions.useInt64Timestamp
    return str(value)


def _field(column: pa.Field) -> dict[str, Any]:
    kind, mode = column.type, "NULLABLE"
    if pa.types.is_list(kind):
        kind, mode = kind.value_type, "REPEATED"
    if pa.types.is_struct(kind):
        return {"name": column.name, "type": "RECORD", "mode": mode, "fields": [_field(part) for part in kind]}
    names = {
        pa.types.is_boolean: "BOOLEAN",
        pa.types.is_floating: "FLOAT",
        pa.types.is_integer: "INTEGER",
        pa.types.is_timestamp: "TIMESTAMP",
    }
    return {"name": column.name, "type": next((name for test, name in names.items() if test(kind)), "STRING"), "mode": mode}


def _id(name: str) -> str:
    return f"{PROJECT}:{DATASET}.{name}"


def _reference(name: str) -> dict[str, Any]:
    return {"tableReference": {"projectId": PROJECT, "datasetId": DATASET, "tableId": name}}
