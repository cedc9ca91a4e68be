"""A server that answers as Shopify's Admin GraphQL API does, as far as the source asks: the asked fields alone, pages by cursor
in the order of change, a filter by the time of change, a budget of points that comes back with time, bulk operations. One file.
"""

import copy
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from api_kit import Asked, Reply

TOKEN = "shpat_secret"
Record = dict[str, Any]


@dataclass
class Operation:
    """A bulk operation: ends after `looks` looks, well or with an error code, of which it keeps a part of the result."""

    url: str
    lines: list[str]
    roots: int
    looks: int
    error: str = ""
    is_expired: bool = False

    @property
    def body(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()

    def looked_at(self) -> Record:
        self.looks -= 1
        if self.looks > 0:
            return {"status": "RUNNING", "errorCode": None, "rootObjectCount": "0", "fileSize": None, "url": None}
        size = str(len(self.body))
        if self.error:
            return {"status": "FAILED", "errorCode": self.error, "rootObjectCount": str(self.roots // 2), "fileSize": size, "url": None}
        url = self.url if self.lines else None
        return {"status": "COMPLETED", "errorCode": None, "rootObjectCount": str(self.roots), "fileSize": size if url else None, "url": url}


@dataclass
class Shopify:
    """The shop's records, whole; bulk operations end after `looks` looks, `busy` of them are refused; `points` are left of the budget
    (`None`: no limit), `clock` are the seconds that were slept."""

    customers: list[Record] = field(default_factory=list)
    orders: list[Record] = field(default_factory=list)
    products: list[Record] = field(default_factory=list)
    points: float | None = None
    restore_rate: float = 100.0
    clock: float = 0.0
    _spent_at: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    operations: list[Operation] = field(default_factory=list)
    busy: int = 0
    looks: int = 1

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/bulk/"):
            return self._file(asked)
        if asked.headers.get("X-Shopify-Access-Token") != TOKEN:
            return Reply({"errors": "[API] Invalid API key or access token"}, 401)
        if asked.method != "POST" or not re.fullmatch(r"/admin/api/\d{4}-\d\d/graphql.json", asked.path):
            return Reply({"errors": "Not Found"}, 404)
        document, variables = asked.body["query"], asked.body["variables"]
        if "bulkOperationRunQuery" in document:
            return Reply({"data": {"bulkOperationRunQuery": self._start(asked, variables["query"])}})
        if "BulkOperation" in document:
            return Reply({"data": {"node": self.operations[int(variables["id"].rpartition("/")[2])].looked_at()}})
        selection, end = _selection(re.findall(r"\w+|[^\s\w]", document[document.index("{", document.index(")")) :]), 0)
        assert end, "the document ends before its last brace"
        ((name, (arguments, fields)),) = selection.items()
        cost = 2 + int(arguments.get("first", 1))
        if self.points is not None:
            self.points = min(1000.0, self.points + (self.clock - self._spent_at) * self.restore_rate)
            self._spent_at = self.clock
            if cost > self.points:
                error = {
                    "message": "Throttled",
                    "extensions": {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"},
                }
                return Reply({"errors": [error], "extensions": self._cost(cost, None)})
            self.points -= cost
        if name in ("order", "refund"):
            records = self.orders if name == "order" else [refund for order in self.orders for refund in order["refunds"]]
            record = next((one for one in records if one["id"] == variables["id"]), None)
            data = None if record is None else _shown(record, fields, variables)
        else:
            data = self._page(name, arguments, fields, variables)
        return Reply({"data": {name: data}, "extensions": self._cost(cost, cost)})

    def _start(self, asked: Asked, document: str) -> Record:
        if self.busy:
            self.busy -= 1
            return {"bulkOperation": None, "userErrors": [{"code": "OPERATION_IN_PROGRESS", "message": "Too many."}]}
        selection, _ = _selection(re.findall(r"\w+|[^\s\w]", document), 0)
        ((name, (arguments, fields)),) = selection.items()
        assert not arguments
        roots, children = [], []
        for record in getattr(self, name):
            asked_of = fields["edges"][1]["node"][1]
            lists = {one: within for one, (_, within) in asked_of.items() if within and "edges" in within}
            roots.append(_shown(record, {one: value for one, value in asked_of.items() if one not in lists}, {}))
            for one, within in lists.items():
                nodes = [_shown(node, within["edges"][1]["node"][1], {}) for node in record[one]["nodes"]]
                children += [{**node, "__parentId": record["id"]} for node in nodes]
        lines = [json.dumps(one) for one in (*reversed(children), *roots)]
        self.operations.append(Operation(f"http://{asked.headers['Host']}/bulk/{len(self.operations)}", lines, len(roots), self.looks))
        return {"bulkOperation": {"id": f"gid://shopify/BulkOperation/{len(self.operations) - 1}"}, "userErrors": []}

    def _file(self, asked: Asked) -> Reply:
        assert "X-Shopify-Access-Token" not in asked.headers, "the file lies elsewhere"
        operation = self.operations[int(asked.path.rpartition("/")[2])]
        expired = b"<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>"
        return Reply(expired, 400) if operation.is_expired else Reply(operation.body)

    def _cost(self, requested: int, actual: int | None) -> Record:
        status = {"maximumAvailable": 1000.0, "currentlyAvailable": self.points or 0.0, "restoreRate": self.restore_rate}
        return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}

    def _ids(self, name: str, size: int, fields: Record, variables: Record) -> Record:
        records = sorted((one for one in getattr(self, name)), key=lambda one: int(one["id"].rpartition("/")[2]))
        page = [one for one in records if int(one["id"].rpartition("/")[2]) > int(variables.get("after", 0))][:size]
        end = page[-1]["id"].rpartition("/")[2] if page else None
        return {"nodes": [_shown(one, fields["nodes"][1], variables) for one in page], "pageInfo": {"endCursor": end}}

    def _page(self, name: str, arguments: Record, fields: Record, variables: Record) -> Record:
        size = int(arguments["first"])
        if arguments["sortKey"] == "ID":
            return self._ids(name, size, fields, variables)
        records = sorted(getattr(self, name), key=_place)
        for condition in filter(None, variables.get("query", "").split(" AND ")):
            if condition.startswith("("):
                states = {part.removeprefix("financial_status:").upper() for part in condition.strip("()").split(" OR ")}
                records = [one for one in records if one["displayFinancialStatus"] in states]
                continue
            (since,) = re.fullmatch(r"updated_at:>='([^']*)'", condition).groups()  # type: ignore[union-attr]
            records = [one for one in records if one["updatedAt"] >= since]
        if variables.get("after"):
            records = [one for one in records if _place(one) > tuple(variables["after"].split("|"))]
        page = records[:size]
        end = "|".join(_place(page[-1])) if page else None
        return {"nodes": [_shown(one, fields["nodes"][1], variables) for one in page], "pageInfo": {"endCursor": end}}


def _place(record: Record) -> tuple[str, str]:
    return record["updatedAt"], record["id"]


def _selection(tokens: list[str], at: int) -> tuple[dict[str, tuple[Record, Any]], int]:
    """{ name(argument: value) { … } } as names with their arguments and selections."""
    assert tokens[at] == "{"
    at += 1
    found: dict[str, tuple[Record, Any]] = {}
    while tokens[at] != "}":
        name, arguments, within = tokens[at], {}, None
        at += 1
        if tokens[at] == "(":
            end = tokens.index(")", at)
            text = "".join(tokens[at + 1 : end])
            arguments = dict(part.split(":", 1) for part in text.replace("$", "").split(","))
            at = end + 1
        if tokens[at] == "{":
            within, at = _selection(tokens, at)
        found[name] = (arguments, within)
    return found, at + 1


def _shown(record: Any, fields: Record | None, variables: Record) -> Any:
    """The asked fields alone; a field that does not exist is a KeyError, as the API refuses it."""
    if fields is None or record is None:
        assert not isinstance(record, dict), "an object needs a selection"
        return record
    if isinstance(record, list):
        return [_shown(one, fields, variables) for one in record]
    shown: Record = {}
    for name, (arguments, within) in fields.items():
        value = record[name]
        if isinstance(value, dict) and "nodes" in value and "first" in arguments:
            value = _connection(value["nodes"], int(arguments["first"]), variables.get(arguments.get("after", "")))
        elif isinstance(value, list) and "first" in arguments:
            value = value[: int(arguments["first"])]
        shown[name] = _shown(value, within, variables)
    return shown


def _connection(nodes: list[Record], size: int, after: str | None) -> Record:
    start = int(after or 0)
    return {"nodes": nodes[start : start + size], "pageInfo": {"hasNextPage": start + size < len(nodes), "endCursor": str(start + size)}}


def order(sample: Record, number: int, updated_at: datetime, **changed: Any) -> Record:
    """Another order like the sample, with its own lines and refunds."""
    made: Record = copy.deepcopy(sample)
    for line in made["lineItems"]["nodes"]:
        line["id"] += f"{number:04}"
    for refund in made["refunds"]:
        refund["id"] += f"{number:04}"
        for line in refund["refundLineItems"]["nodes"]:
            line["id"] += f"{number:04}"
    return {**made, "id": f"gid://shopify/Order/{number}", "updatedAt": f"{updated_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", **changed}
