"""Weeks in the life of a shop, run after run: people act, messages go out as decided, come back, are lost; and what must never happen.

One file, a little long.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from decisions_draws import write_down
from decisions_invariants import check, is_limited
from decisions_random import Drawn
from decisions_reference import decide
from decisions_sql import Decider
from decisions_world import Person, World

Row = dict[str, Any]


@dataclass
class Sent:
    """A message that left, and when. told_back: the provider said that it reached nobody."""

    row: Row
    person: Person
    at: datetime
    run: int
    told_back: bool


class Weeks:
    """A world that goes on: `run` decides, sends and checks; `live` lets some hours pass."""

    def __init__(self, decider: Decider, drawn: Drawn, people: int) -> None:
        self.decider, self.drawn, self.random, self.policy = decider, drawn, drawn.random, decider.policy
        self.world = World([drawn.person(number) for number in range(people)], [], stock={"sold_out": 0, "many": 90})
        for person in self.world.people:
            person.orders = []
        drawn.try_on(self.world)
        decider.forget()
        self.sent: list[Sent] = []
        self.runs = 0
        self.outcomes: dict[str, list[tuple[str, datetime]]] = defaultdict(list)

    def live(self) -> None:
        """Requests come, people order, send back, ask and fall silent; whoever is known by an elder id now goes by that."""
        r, before = self.random, self.drawn.now
        self.drawn.now = now = before + timedelta(seconds=r.choice([3600, 3600, 7200, 6 * 3600, 86399, 86400, 86401]))
        for person in self.world.people:
            if r.random() < 0.4:
                new = [one for one in self.drawn.requests(person) if one.occurred_at][:2]
                self.world.requests += [replace(one, occurred_at=now, occasion=f"{now} {place}") for place, one in enumerate(new)]
            if r.random() < 0.05:
                person.orders.append((now - timedelta(seconds=r.randrange(2)), r.random() < 0.8, r.choice([None, now])))
            person.tickets = r.choice([0, 1]) if r.random() < 0.05 else person.tickets
            if r.random() < 0.03:
                person.consents[r.choice(["email", "sms"]), "marketing"] = r.random() < 0.7
            if r.random() < 0.02:
                person.olds.append(person.profile_id)
                person.profile_id = f"elder{self.runs}_{person.profile_id}"
        for experiment in self.world.experiments.values():
            if experiment.phase == "test" and r.random() < 0.05:  # the last arm won: the first keeps a tenth of the people
                experiment.phase = "watch"
                for arm in experiment.arms:
                    arm.share = {experiment.arms[0].name: 0.1, experiment.arms[-1].name: 0.9}.get(arm.name, 0.0)
        for message in self.sent[-5:]:
            if r.random() < 0.1:
                message.told_back = self.world.deliveries[message.row["message_id"]].has_bounced = True

    def run(self) -> list[Row]:
        """Decides, checks, and sends what may go."""
        now, world = self.drawn.now, self.world
        self.decider.decide(world, now)
        rows = self.decider.rows("from decisions.decisions")
        expected = decide(world, self.policy, now)
        assert {row["message_id"]: row["reason"] for row in rows} == {key: one.reason for key, one in expected.items()}
        check(rows, world, self.policy, now)
        write_down(expected, world, self.policy, now)
        self.all_is_assigned(rows)
        people = {person.profile_id: person for person in world.people}
        going = [row for row in rows if row["reason"] is None and row["kind"] == "message"]
        for row in going:
            delivery = self.drawn.delivery(row["message_id"], row["profile_id"], row["campaign"], row["channel"])
            at = now + timedelta(seconds=self.random.randrange(300))
            delivery.claimed_at, delivery.finished_at = at, self.random.choice([None, at])
            world.deliver([delivery])
            if delivery.status != "pending":
                assert all(row["message_id"] != message.row["message_id"] for message in self.sent), "the same message twice"
                self.sent.append(Sent(row, people[row["profile_id"]], at, self.runs, delivery.sent_at is None))
        self.never_too_much(going)
        self.runs += 1
        return rows

    def all_is_assigned(self, rows: list[Row]) -> None:
        """The log is the policy's; whoever is sent marketing is in it, with the arm that they get, and nobody is in two arms of a phase."""
        found = {
            (row["experiment"], row["phase"], row["profile_id"]): row["arm"] for row in self.decider.rows("from decisions.assignments")
        }
        assert found == {key: arm for key, (_, _, arm) in self.world.log.rows.items()}
        ids = {person.profile_id: person.ids for person in self.world.people}
        for row in rows:
            if row["reason"] is None and row["purpose"] == "marketing":
                own = {(experiment, phase): arm for (experiment, phase, key), arm in found.items() if key in ids[row["profile_id"]]}
                assert own.get(("holdout", "test")) != "control" or self.policy["holdout_global_pct"] == 0
                tried = self.world.experiments.get(row["campaign"])
                if row["variant"] is not None:
                    assert tried and self.world.log.arm_of(tried.name, tried.phase, self.person_of(row)) == row["variant"]

    def person_of(self, row: Row) -> Person:
        return next(person for person in self.world.people if person.profile_id == row["profile_id"])

    def never_too_much(self, going: list[Row]) -> None:
        """Whatever goes now leaves person and address below every cap in the 24 hours and 7 days before, and is not too soon."""
        now, people = self.drawn.now, {person.profile_id: person for person in self.world.people}
        for row in filter(is_limited, going):
            person = people[row["profile_id"]]
            before = [one for one in self.sent if one.run < self.runs and not one.told_back]
            for held in (
                [one for one in before if one.person is person],
                [one for one in before if one.row["channel"] == row["channel"] and one.person.address(row["channel"]) == row["address"]],
            ):
                self._keeps_caps(row, held, now)
                self._is_not_too_soon(row, person, held, now)

    def _keeps_caps(self, row: Row, held: list[Sent], now: datetime) -> None:
        for scope in ("all", row["channel"]):
            for span, most in (self.policy["caps"].get(scope) or {}).items():
                since = now - {"day": timedelta(hours=24), "week": timedelta(days=7)}[span]
                assert sum(one.at > since and scope in ("all", one.row["channel"]) for one in held) < most, (scope, span, row)

    def _is_not_too_soon(self, row: Row, person: Person, held: list[Sent], now: datetime) -> None:
        scenario = self.policy.scenarios[row["campaign"]]
        lately = {self.policy.scenarios[one.row["campaign"]]: max(one.at, one.at) for one in held}
        cooldown = timedelta(hours=self.policy["cooldown_hours"] * person.tired)
        assert scenario not in lately or lately[scenario] <= now - cooldown, row
        for stronger in self.policy["yields_to"].get(scenario, []):
            assert stronger not in lately or lately[stronger] <= now - timedelta(hours=self.policy["scenario_hours"]), row

    def never_two_in_any_window(self) -> None:
        """Over all the weeks: of marketing that reached its address, no rolling window of 24 hours or 7 days holds more than the cap."""
        limited = [one for one in self.sent if is_limited(one.row) and not one.told_back]
        for scope in ("all", "email", "sms"):
            for span, most in (self.policy["caps"].get(scope) or {}).items():
                width = {"day": timedelta(hours=24), "week": timedelta(days=7)}[span]
                fitting = [one for one in limited if scope in ("all", one.row["channel"])]
                for names in (lambda one: id(one.person), lambda one: one.row["address"]):
                    for last in fitting:
                        window = [one for one in fitting if names(one) == names(last) and last.at - width < one.at <= last.at]
                        assert len(window) <= most, (scope, span, window)

    def each_asked_for_once(self) -> None:
        """One message for an occasion of a person, and a second by the other channel alone, after the first came back."""
        occasions = Counter((one.row["campaign"], id(one.person), one.row["occasion"]) for one in self.sent)
        assert not [name for name, count in occasions.items() if count > 1]
