"""Shopify's history in one go, as it is advised to be fetched: an operation is started, waited for, and its file of JSON lines downloaded
(shopify.dev: "Perform bulk operations with the GraphQL Admin API"). What cannot be had so is listed page by page.

A record within a list of another one is a line of its own that names its parent, and stands anywhere: so the parents are kept in memory,
about 300 bytes an order. The file has no name on disk, and goes with its process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import orjson
import requests

from orchestration.sources.errors import SourceError
from orchestration.sources.rest.fields import Json
from orchestration.sources.rest.http import TIMEOUT_SECONDS, Answer, Api, Request
from orchestration.sources.rest.paging import Page, Pages

#: How often an operation is started anew, and a file asked for again, before the records are listed page by page.
RUNS, DOWNLOADS = 2, 3
#: Between two looks at an operation, in seconds: longer each time, up to the last. One that takes longer than PATIENCE is given up.
LOOKS = (0.5, 2.0, 5.0, 10.0, 30.0)
PATIENCE = 12 * 3600.0
PAGE_SIZE = 1000

_RUN = """mutation ($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id } userErrors { code message } } }"""
_LOOK = "query ($id: ID!) { node(id: $id) { ... on BulkOperation { status errorCode rootObjectCount fileSize url } } }"
#: As many operations run as may: another table's, or those of a run that was killed.
_BUSY = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}


@dataclass(frozen=True)
class Bulk:
    """All records that `document` asks for. children: the list within each record, if any; a record comes once for each of its children
    then. paged: how they are listed where the operation fails for good. path: of the API."""

    document: str
    path: str
    paged: Pages
    children: str = ""

    def read(self, api: Api, first: Request, rows: str) -> Iterator[Page]:
        for _ in range(RUNS):
            done = self._run(api)
            if done is None:
                break
            if done["status"] != "COMPLETED":
                continue  # a part of it is in no way told from all of it
            with tempfile.TemporaryFile() as file:
                if _fetch(done, file):
                    file.seek(0)
                    records = self._joined(file) if self.children else map(orjson.loads, file)
                    while some := list(islice(records, PAGE_SIZE)):
                        yield Page(Answer(None, {}, api.url), some)
                    return
        yield from self.paged.read(api, first, rows)

    def _run(self, api: Api) -> Json | None:
        """The operation once it has ended; `None` where it cannot be started."""
        waited = 0.0

        def wait(turn: int) -> None:
            nonlocal waited
            if waited > PATIENCE:
                fault = f"an operation of its bulk API took longer than {PATIENCE / 3600:.0f} hours."
                raise SourceError(api.source, self.path, fault, "Nothing was landed; the next run begins anew.")
            seconds = LOOKS[min(turn, len(LOOKS) - 1)]
            api.sleep(seconds)
            waited += seconds

        turn = 0
        while (started := _asked(api, self.path, _RUN, query=self.document)["bulkOperationRunQuery"])["bulkOperation"] is None:
            if not {error.get("code") for error in started["userErrors"]} & _BUSY:
                return None
            wait(turn)
            turn += 1
        turn = 0
        while True:
            wait(turn)
            turn += 1
            operation = _asked(api, self.path, _LOOK, id=started["bulkOperation"]["id"])["node"]
            if operation is None or operation["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return operation or {"status": "EXPIRED"}

    def _joined(self, file: IO[bytes]) -> Iterator[Json]:
        """Each child within its parent."""
        parents: dict[str, bytes] = {}
        for line in file:
            record = orjson.loads(line)
            if "__parentId" not in record:
                parents[record["id"]] = line
        file.seek(0)
        for line in file:
            child = orjson.loads(line)
            parent = child.pop("__parentId", None)
            if parent is not None:
                yield {**orjson.loads(parents[parent]), self.children: {"nodes": [child], "pageInfo": {"hasNextPage": False}}}


def _asked(api: Api, path: str, document: str, **variables: str) -> Any:
    return api.ask(Request(path, method="POST", body={"query": document, "variables": variables})).body["data"]


def _fetch(operation: Json, file: IO[bytes]) -> bool:
    """Downloads the operation's file; `False` where it cannot be had whole. It lies elsewhere; the token does not go along."""
    if not operation["url"]:
        return not int(operation["rootObjectCount"])  # of nothing there is no file
    for _ in range(DOWNLOADS):
        file.seek(0)
        file.truncate()
        with suppress(requests.RequestException), requests.get(operation["url"], stream=True, timeout=TIMEOUT_SECONDS) as answer:
            answer.raise_for_status()
            for part in answer.iter_content(2**20):
                file.write(part)
        file.seek(0)
        if _is_whole(file, operation):
            return True
    return False


def _is_whole(file: Iterable[bytes], operation: Json) -> bool:
    """Whether all is there: as many bytes and records as were told, each line JSON, each child with its parent."""
    size, roots, parents = 0, set[str](), set[str]()
    try:
        for line in file:
            size += len(line)
            record = orjson.loads(line)
            (parents if "__parentId" in record else roots).add(record.get("__parentId") or record["id"])
    except (orjson.JSONDecodeError, KeyError):
        return False
    told = operation["fileSize"]
    return (told is None or size == int(told)) and len(roots) == int(operation["rootObjectCount"]) and parents <= roots
