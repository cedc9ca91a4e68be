"""Whom the providers themselves must not write to, asked in the moment before: an address on such a list gets nothing, whoever sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from activations.destination import Destination, ReadsSuppressions
from activations.messages.courier import NOT_CHECKED
from activations.model import Message
from orchestration.feedback import suppressed
from orchestration.landing import Landing
from orchestration.landing.zone import connect
from orchestration.sources.errors import SourceError
from orchestration.sources.suppressions import SUPPRESSIONS

#: A list is read again when it is older than this; what a provider learned since is in its next reading.
ASK_AGAIN_SECONDS = 60.0
SUPPRESSED = "suppressed"


class Lists:
    """The lists of the destinations that carry messages: what was landed of them, and what came since.

    expected: the addresses that will be asked about. now: the time of day, aware; stopwatch: seconds that never go back.
    unread: who could not be asked, in words, once each.
    """

    def __init__(
        self,
        destinations: Mapping[str, Destination],
        landing: Landing,
        expected: Iterable[str],
        now: Callable[[], datetime],
        stopwatch: Callable[[], float],
    ) -> None:
        self._asked = {name: one for name, one in destinations.items() if isinstance(one, ReadsSuppressions)}
        self._landing, self._now, self._stopwatch = landing, now, stopwatch
        self._expected = {address.strip().lower() for address in expected}
        self._looked_up: set[str] = set()
        self._landed: set[tuple[str, str]] = set()
        self._addresses: dict[str, set[tuple[str, str]]] = {}
        self._read_at: dict[str, float] = {}
        self._silent: set[str] = set()
        self.unread: list[str] = []

    def objections(self, batch: Sequence[Message]) -> dict[str, str]:
        """`suppressed` for messages to an address on a provider's list; marketing waits, in doubt, where its own did not answer."""
        self._read()
        self._look_up(one.address.strip().lower() for one in batch)
        listed = self._landed.union(*self._addresses.values())
        found = {one.message_id: SUPPRESSED for one in batch if (one.channel, one.address.strip().lower()) in listed}
        doubted = (one for one in batch if one.destination in self._silent and one.purpose == "marketing")
        return {one.message_id: NOT_CHECKED for one in doubted} | found

    def _read(self) -> None:
        for name, destination in self._asked.items():
            if self._stopwatch() - self._read_at.get(name, float("-inf")) < ASK_AGAIN_SECONDS:
                continue
            try:
                rows = suppressed({name: destination}, self._landing, self._now())
                self._addresses[name] = {(row["channel"], row["address"]) for row in rows}
                self._silent.discard(name)
            except SourceError as error:
                self._silent.add(name)
                if str(error) not in self.unread:
                    self.unread.append(str(error))
            self._read_at[name] = self._stopwatch()

    def _look_up(self, addresses: Iterable[str]) -> None:
        """Of all lists that were ever landed, these addresses: decisions know them by their people, an address may be nobody's by now."""
        unknown = {*addresses, *self._expected} - self._looked_up
        if unknown and self._landing.files(SUPPRESSIONS):
            with connect() as connection:
                connection.register("asked", pa.table({"address": sorted(unknown)}))
                query = f"select distinct channel, address from {self._landing.scan(SUPPRESSIONS)} semi join asked using (address)"
                self._landed.update(connection.execute(query).fetchall())
        self._looked_up |= unknown
