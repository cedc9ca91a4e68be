"""What happens between a difference and its report: written down, opened, said, settled, closed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from activations.destination import Destination, Prepares, Replaces, Work
from activations.masking import mask
from activations.model import Accepted, Unknown, why
from activations.syncs.addresses import NAMES
from activations.syncs.changes import Changes, Mode, write_changes
from activations.syncs.handover import Handover
from activations.syncs.journal import Current
from activations.syncs.outset import Outset
from activations.syncs.plan import Plan
from activations.syncs.report import SyncReport
from activations.syncs.row_log import write_log
from activations.syncs.rows import Rows
from activations.syncs.settlement import settle
from activations.syncs.standing import DOUBTED, REJECTED, UNTOUCHED, Answers, Standing
from activations.transport.conversation import Conversation
from activations.transport.http import NoAnswer
from activations.transport.patience import Patience, ask

_SAMPLES = 3


@dataclass(slots=True)
class Course:
    """What happens between the difference and the report."""

    found: Outset
    destination: Destination
    mode: Mode
    clock: Callable[[], datetime]
    progress: Callable[[str], None]
    patience: Patience
    report: SyncReport
    stopwatch: Callable[[], float]
    is_backfill: bool
    plan: Plan | None = None

    def run(self) -> None:
        found, report = self.found, self.report
        path = found.files.path(found.sync_id, "changes")
        waiting = found.files.waiting(found.current.generation)
        changes = write_changes(path, found.desired, found.known, found.change, self.mode, waiting, self.clock())
        report.created, report.updated, report.waiting = changes.created, changes.updated, changes.waiting
        if self.plan is not None:
            self.plan.check(found, self.destination, self.mode, changes)  # the file that nobody names goes with the next sync
        if changes.total == 0:
            path.unlink()
            return
        is_first = self.is_backfill or not found.current.is_loaded
        found.journal.begin(found.sync_id, self.mode, found.current.generation, is_first_load=is_first, at=self.clock())
        report.sync_id = found.sync_id
        standing = Standing(changes.total)
        if self.mode is Mode.MIRROR and isinstance(self.destination, Replaces) and Work.UPSERT not in self.destination.abilities:
            self._replace(self.destination, changes, standing)
        else:
            self._hand_over(changes, standing, is_first)
        self._close(standing)

    def _hand_over(self, changes: Changes, standing: Standing, is_first: bool) -> None:
        found, report, begun = self.found, self.report, self.stopwatch()
        talk = Handover(
            found.sync_id,
            Rows(found.files.path(found.sync_id, "changes")),
            self.destination,
            found.journal,
            standing,
            self.patience,
            lambda: self.progress(_line(report, standing, changes, self.stopwatch() - begun)),
            is_first,
        )
        try:
            if changes.upserts + changes.removals and isinstance(self.destination, Prepares):
                destination: Prepares = self.destination
                talk.target = ask(lambda: destination.prepare(report.audience, found.desired.schema), self.patience)
            talk.hand_over(Work.APPEND if self.mode is Mode.APPEND else Work.UPSERT, 0, changes.upserts)
            if not talk.stopped and changes.removals:
                talk.hand_over(Work.REMOVE, changes.upserts, changes.upserts + changes.removals)
        except NoAnswer as failure:
            talk.stopped = str(failure)
        report.stopped, report.requests = talk.stopped, talk.requests

    def _replace(self, destination: Replaces, changes: Changes, standing: Standing) -> None:
        found, report = self.found, self.report
        found.journal.note(found.sync_id, [], changes.total)
        whole = found.desired.whole(found.desired.schema.names)
        talk = Conversation(lambda _: [destination.replace(report.audience, whole)], is_repeatable=True, patience=self.patience)
        outcome = talk.settle([b""])[0]
        answers = Answers(0, changes.total)
        if not isinstance(outcome, Accepted):
            report.stopped = why(outcome)
            status = DOUBTED if isinstance(outcome, Unknown) else UNTOUCHED
            answers.others = dict.fromkeys(range(changes.total), (status, "not_sent", report.stopped))
        report.requests = 1
        standing.take(answers)
        found.journal.note(found.sync_id, [answers], changes.total)

    def _close(self, standing: Standing) -> None:
        found, report, at = self.found, self.report, self.clock()
        settlement = settle(found.files, found.sync_id, found.current.generation, self.mode, standing, at)
        write_log(found.files, found.sync_id, report.destination, report.audience, self.mode, standing, at)
        is_loaded = found.current.is_loaded or settlement.left == 0
        now = Current(found.sync_id, settlement.members, is_loaded)
        changes = {"status": "closed", **settlement.counts(), "stopped": report.stopped}
        found.journal.close(found.sync_id, changes, now, settlement.held, at)
        report.accepted, report.removed, report.left = settlement.upserted, settlement.removed, settlement.left
        report.held, report.rejected = len(settlement.held), standing.codes(REJECTED)
        report.samples = self._samples(standing)
        found.files.clean(now.generation)

    def _samples(self, standing: Standing) -> list[str]:
        places = (standing.status == REJECTED).nonzero()[0][:_SAMPLES]
        rows = Rows(self.found.files.path(self.found.sync_id, "changes")).taken(places, NAMES).to_pylist()
        reasons = [standing.reasons[place] for place in places.tolist()]
        return [
            f"{mask(row['email'] or row['phone'] or '')} rejected: {code} {detail}".strip()
            for row, (code, detail) in zip(rows, reasons, strict=True)
        ]


def _line(report: SyncReport, standing: Standing, changes: Changes, seconds: float) -> str:
    """One line of progress: rows a second, accepted, rejected, left."""
    done = standing.accepted + standing.rejected
    speed = round(done / seconds) if seconds > 0 else 0
    left = changes.upserts + changes.removals - done
    name = f"{report.audience} at {report.destination}"
    return f"{name}: {speed:,} rows a second, {standing.accepted:,} accepted, {standing.rejected:,} rejected, {left:,} left"
