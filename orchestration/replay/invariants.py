"""What must hold of every message whatever the policy: looked at from outside the decisions, on what was played. One list, in one file.

The facts (consent, time zone, orders) are those of the models of profiles; the rules are said here anew, on purpose.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.replay.scratch import DELIVERIES, Scratch


class Invariants:
    """Give `look` to `play` as what comes after each instant; `broken` says what did not hold, a line each, with people by their ids."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch = scratch
        self.policy = scratch.project.policy
        self._lines: list[str] = []
        scratch.connection.execute("create schema if not exists replay")
        self._is_first = True

    def look(self, instant: datetime) -> None:
        """Notes what is known at this instant of whom something is sent to."""
        ((lost, twice),) = self.scratch.connection.execute("""
            select
                (select count(*) from decisions.candidates as asked
                    full join decisions.decisions as decided on asked.message_id = decided.message_id
                    where asked.message_id is null or decided.message_id is null),
                (select count(*) from (select message_id from decisions.decisions group by message_id having count(*) > 1))
        """).fetchall()
        if lost or twice:
            self._lines.append(f"{instant}: {lost} candidates have no outcome, {twice} have several")
        sent = f"""
            select
                timestamp '{instant}' as sent_at,
                sent.message_id, sent.campaign, sent.scenario, sent.profile_id, sent.channel, sent.purpose, sent.address,
                coalesce(agreed.is_granted, false) as has_consent,
                case sent.channel when 'sms' then people.is_sms_suppressed else people.is_email_suppressed end as is_suppressed,
                people.time_zone,
                sent.is_void_after_order and exists (
                    select 1 from profiles.profile_orders as orders
                    where orders.profile_id = sent.profile_id and orders.is_paid and orders.ordered_at >= sent.occurred_at
                ) as is_ordered_since
            from decisions.decisions as sent
            inner join profiles.profiles as people on sent.profile_id = people.profile_id
            left join profiles.consents as agreed
                on sent.profile_id = agreed.profile_id and sent.channel = agreed.channel and sent.purpose = agreed.purpose
            where sent.kind = 'message' and sent.reason is null
        """
        self.scratch.connection.execute(
            f"create or replace table replay.sent as {sent}" if self._is_first else f"insert into replay.sent {sent}"
        )
        self._is_first = False

    def broken(self) -> list[str]:
        """What did not hold; empty when all did."""
        if self._is_first:
            return []
        checks = [
            ("sent twice", "select message_id, min(profile_id) as profile_id, max(sent_at) as sent_at, min(campaign) as campaign "
             "from replay.sent group by message_id having count(*) > 1"),
            ("sent without consent", "from replay.sent where purpose = 'marketing' and not has_consent"),
            ("sent though suppressed", "from replay.sent where is_suppressed"),
            ("sent after the order that it asks for", "from replay.sent where is_ordered_since"),
            ("sent without an address", "from replay.sent where address is null"),
        ]  # fmt: skip
        strange = ", ".join(f"'{reason}'" for reason in self.scratch.project.reasons)
        checks.append(("held for no known reason", f"""
            select profile_id, decided_at as sent_at, campaign from replay.played where reason is not null and reason not in ({strange})
        """))  # fmt: skip
        checks += [(f"sent less than {hours} hours after another of its scenario", query) for hours, query in self._cooldown()]
        checks += self._caps()
        for what, query in checks:
            for row in self.scratch.frame(f"select profile_id, sent_at, campaign from ({query}) order by sent_at limit 5").to_dict(
                "records"
            ):
                self._lines.append(f"{row['campaign']} to {row['profile_id']} at {row['sent_at']:%Y-%m-%d %H:%M}: {what}")
        return [*self._lines, *self._asleep(), *self._held_out()]

    def _cooldown(self) -> list[tuple[int, str]]:
        hours = self.policy["cooldown_hours"]
        return [(hours, f"""
            select later.* from replay.sent as later
            inner join replay.sent as earlier on later.profile_id = earlier.profile_id and later.scenario = earlier.scenario
            where later.purpose = 'marketing' and earlier.sent_at < later.sent_at
                and earlier.sent_at > later.sent_at - interval '{hours} hours'
        """)]  # fmt: skip

    def _caps(self) -> list[tuple[str, str]]:
        """What reached the person or the address before, in each window, by the ledger's own words."""
        self.scratch.connection.execute(f"""
            create or replace table replay.reached as
            select told.message_id, ids.current_profile_id as profile_id, told.channel, told.at_, played.address
            from (
                select message_id, arg_max(profile_id, updated_at) as profile_id, arg_max(channel, updated_at) as channel,
                    arg_max(status, updated_at) as status, arg_max(coalesce(finished_at, claimed_at), updated_at) as at_
                from {DELIVERIES} group by message_id
            ) as told
            inner join identity.profile_ids as ids on told.profile_id = ids.profile_id
            left join replay.sent as played on told.message_id = played.message_id
            where told.status in ('accepted', 'unknown', 'sending')
                and told.message_id not in (
                    select message_id from staging.stg_feedback__engagements
                    where message_id is not null and status in ('bounced', 'rejected', 'failed')
                )
        """)
        found = []
        for channel, spans in self.policy["caps"].items():
            for span, hours in (("day", 24), ("week", 168)):
                of = "" if channel == "all" else f"and later.channel = '{channel}' and earlier.channel = '{channel}'"
                found.append((f"over the cap of {spans[span]} a {span} ({channel})", f"""
                    select any_value(later.profile_id) as profile_id, later.sent_at, any_value(later.campaign) as campaign
                    from replay.sent as later
                    inner join replay.reached as earlier
                        on (later.profile_id = earlier.profile_id or later.address = earlier.address)
                        and earlier.at_ < later.sent_at and earlier.at_ > later.sent_at - interval '{hours} hours' {of}
                    where later.purpose = 'marketing'
                    group by later.message_id, later.sent_at having count(distinct earlier.message_id) >= {spans[span]}
                """))  # fmt: skip
        return found

    def _asleep(self) -> list[str]:
        begin, end = self.policy["quiet_from_hour"], self.policy["quiet_until_hour"]
        found = []
        for row in self.scratch.frame("from replay.sent where purpose = 'marketing'").to_dict("records"):
            there = (row["sent_at"].tz_localize("UTC")).astimezone(ZoneInfo(row["time_zone"]))
            is_quiet = begin <= there.hour < end if begin <= end else there.hour >= begin or there.hour < end
            if is_quiet:
                found.append(f"{row['campaign']} to {row['profile_id']}: sent at {there:%H:%M} in {row['time_zone']}, in quiet hours")
        return found[:5]

    def _held_out(self) -> list[str]:
        whole, own = self.policy["holdout_global_pct"], self.scratch.project.holdouts
        found = []
        for row in self.scratch.frame("""
            select distinct sent.campaign, sent.profile_id, ids.profile_id as one_id from replay.sent as sent
            inner join identity.profile_ids as ids on sent.profile_id = ids.current_profile_id where sent.purpose = 'marketing'
        """).to_dict("records"):  # fmt: skip
            drawn = 100 * _share(f"{row['campaign']}:{row['one_id']}")
            if 100 * _share(f"global:{row['one_id']}") < whole or drawn < own[row["campaign"]]:
                found.append(f"{row['campaign']} to {row['profile_id']}: sent to the control group")
        return found[:5]


def _share(text: str) -> float:
    digits = int(hashlib.md5(text.encode()).hexdigest()[:8], 16)  # noqa: S324 - a name, no secret
    return (digits % 100 + digits // 100 / 42949673) / 100


def window(first: datetime, last: datetime, every: timedelta) -> list[datetime]:
    """The instants from the first to the last, so far apart."""
    return [first + every * number for number in range(int((last - first) / every) + 1)]
