"""Rows that their source deleted, and rows that it has and that never came: seen by comparing keys, set against set."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa

from orchestration.landing.known import Known, listed, same
from orchestration.landing.quarantine import QUARANTINE
from orchestration.landing.rules import keys_of
from orchestration.landing.zone import Landing, named, quoted
from orchestration.sources.table import EACH_RUN, Table

COMPARED = "_keys_compared"


def is_due(landing: Landing, table: Table, as_of: datetime) -> bool:
    """Whether the keys of the table are to be compared in this run."""
    if table.deletes is None or table.deletes == EACH_RUN:
        return table.deletes is not None
    mark = landing.folder(table) / COMPARED
    return not mark.exists() or not timedelta(0) <= as_of - datetime.fromisoformat(mark.read_text()) < table.deletes


def take_note(landing: Landing, table: Table, as_of: datetime) -> None:
    """Writes down when keys were compared, for tables that are not compared on each run."""
    if table.deletes != EACH_RUN:
        with landing.writing(table, COMPARED) as unfinished:
            unfinished.write_text(as_of.isoformat())


def too_many(table: Table, gone: int, live: int, present: int) -> str:
    """What to say where so much is gone that the source is taken for broken; nothing where it may be believed.

    A single row may go, whatever share it is, unless nothing at all is left.
    """
    if gone == 0 or table.vanish_at_most >= 1 or (present and gone <= max(1, table.vanish_at_most * live)):
        return ""
    return (
        f"{gone:,} of {live:,} rows are not in the source any more, more than the {table.vanish_at_most:.0%} "
        f"that may vanish at once; none was deleted. If the source was emptied, is half restored or the URL names another database, mend "
        f"that. If the rows are meant to be gone, run raw/{table.raw_name} once with the tag regulars/accept_deletes = {table.raw_name}."
    )


class Keys:
    """The keys that the source has now, against those that live in the landing zone as it was before this run.

    A condition on the relation `judged`: is_missed. are_complete: `False` where some keys could not be read.
    """

    is_missed: str

    def __init__(self, known: Known, landing: Landing) -> None:
        self._known = known
        self._table = known.table
        self._connection = known.connection
        self._quarantine = landing.scan(QUARANTINE)
        self.are_complete = True
        key = self._table.key
        self.is_missed = f"exists (select 1 from missed where {same('missed', 'judged', key)})"
        self._connection.execute(f"create or replace temp table live as select distinct {listed(key)} from {known.living(listed(key))}")
        self._connection.execute("create or replace temp table present as select *, '' as _row_key from live limit 0")
        self._connection.execute("create or replace temp table handled (_row_key varchar)")

    def see(self, batch: pa.Table) -> None:
        """Takes in keys of the source: text columns r0, r1, ... in the order of the table's key. One that breaks the rules never landed."""
        self._connection.register("batch", batch)
        self._note(f"({keys_of(self._table)})")
        self._connection.unregister("batch")

    def handle(self, judged: str) -> None:
        """Takes in the keys of judged rows: read in this run, so not missed, and among the keys that the source has."""
        self.note_refused(judged)
        self._note(judged)

    def note_refused(self, judged: str) -> None:
        """Takes in what was read, and is no row: not missed."""
        self._connection.execute(f"insert into handled select _row_key from {judged}")

    def missed(self) -> int:
        """Makes the temporary table `missed`: keys that the source has, not alive here, not just read, never refused. Gives their number.

        They come of a transaction that took longer than the overlap, or of an import that kept old times.
        """
        table, key = self._table, self._table.key
        was_deleted = f"exists (select 1 from ({self._known.dead}) as dead where {same('dead', 'present', key)})"
        refused = f"select row_key from {self._quarantine} where source = {quoted(table.source)} and table_name = {quoted(table.name)}"
        self._connection.execute(f"""
            create or replace temp table missed as select distinct {listed(key)} from present
            where not exists (select 1 from live where {same("live", "present", key)})
                and _row_key not in (from handled)
                and (_row_key not in ({refused}) or {was_deleted})
        """)
        return self._count("missed")

    def vanished(self) -> tuple[int, int, int]:
        """Makes the temporary table `gone`: live keys that the source does not have. Gives the numbers of gone, live and present keys."""
        missing = f"not exists (select 1 from present where {same('live', 'present', self._table.key)})"
        self._connection.execute(f"create or replace temp table gone as select * from live where {missing}")
        return self._count("gone"), self._count("live"), self._count("present")

    def told(self, batch: pa.Table) -> None:
        """Makes the same table of keys that the source says are gone, text columns as in `see`; they live no more."""
        key = self._table.key
        self._connection.register("batch", batch)
        known = f"exists (select 1 from ({keys_of(self._table)}) as told where {same('live', 'told', key)})"
        self._connection.execute(f"create or replace temp table gone as select * from live where {known}")
        self._connection.unregister("batch")
        self._connection.execute(f"delete from live where exists (select 1 from gone where {same('live', 'gone', key)})")

    def deletions(self) -> str:
        """A query: for each key in `gone` a version with the last known values, deleted."""
        known, key = self._known, self._table.key
        columns = ", ".join(known.column(name) for name in known.columns)
        last = f"{named(self._table.watermark)} desc, " if self._table.watermark else ""
        return f"""
            select {listed(known.columns)}, {known.stamps(False, True)} from {known.living(columns)} as version
            where exists (select 1 from gone where {same("gone", "version", key)})
            qualify row_number() over (partition by {listed(key)} order by {last}_landed_at desc) = 1
        """

    def _note(self, keys: str) -> None:
        told = " and ".join(f"{named(name)} is not null" for name in self._table.key)
        self._connection.execute(f"insert into present select {listed(self._table.key)}, _row_key from {keys} as seen where {told}")

    def _count(self, relation: str) -> int:
        ((rows,),) = self._connection.execute(f"select count(*) from {relation}").fetchall()
        return int(rows)
