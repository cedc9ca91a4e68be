"""What is known of why one person got what they got: the present state first, then all that was considered for them, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import duckdb

from activations.masking import mask, mask_text
from orchestration.systems import policy
from orchestration.warehouse import Warehouse

_ADDRESS = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.\w+|\+\d{7,15}")
_WHO = """
select distinct current_profile_id from identity.profile_ids where profile_id = $given
union
select profile_ids.current_profile_id
from identity.identifiers as identifiers inner join identity.profile_ids as profile_ids on identifiers.profile_id = profile_ids.profile_id
where (identifiers.identifier_value = $given and identifiers.identifier_type <> 'guest')
    or (identifiers.identifier_type = 'email' and identifiers.identifier_value = lower(trim($given)))
    or (identifiers.identifier_type = 'phone' and identifiers.identifier_value = regexp_replace($given, '[^0-9+]', '', 'g'))
"""
_STATE = """
select email, phone, holdout_bucket, has_open_complaint, open_tickets_count, is_email_reachable, is_sms_reachable
from profiles.profiles where profile_id = $person
"""
_DRAWN = """
select assigned.experiment, assigned.phase, assigned.arm, assigned.assigned_at
from decisions.assignments as assigned inner join identity.profile_ids as profile_ids on assigned.profile_id = profile_ids.profile_id
where profile_ids.current_profile_id = $person and (assigned.is_control or not starts_with(assigned.experiment, 'holdout'))
order by assigned.assigned_at, assigned.experiment
"""
_TIMELINE = """
select happened_at, happening, outcome, campaign, channel, because, rule_version, model_versions
from decisions.explanations where profile_id = $person
order by happened_at, array_position(['decided', 'withheld', 'handed over', 'answered'], happening), campaign, outcome
"""


def explain(warehouse: Warehouse, person: str) -> list[str]:
    """Lines for a person named by a profile id (any that they ever had), an address, or an id of a customer or contact; addresses masked.

    Raises LookupError where nobody, or more than one, goes by that name.
    """
    with warehouse.open() as connection:
        found = [row[0] for row in connection.execute(_WHO, {"given": person}).fetchall()]
        if len(found) != 1:
            what = "nobody goes by that" if not found else f"{len(found)} people go by that: {', '.join(sorted(found))}"
            raise LookupError(f"{mask_text(person)}: {what}.")
        return [*_present(connection, found[0]), "", *_timeline(connection, found[0])]


def _present(connection: duckdb.DuckDBPyConnection, person: str) -> list[str]:
    olds = _rows(connection, "select profile_id from identity.profile_ids where current_profile_id = $person order by 1", person)
    names = [row["profile_id"] for row in olds if row["profile_id"] != person]
    lines = [f"{person}" + (f" (before: {', '.join(names)})" if names else "")]
    states = _rows(connection, _STATE, person)
    if not states:
        return [*lines, "  no profile: forgotten, or not known any more"]
    state = states[0]
    for channel, address in (("email", state["email"]), ("sms", state["phone"])):
        reached = "can be reached" if state[f"is_{channel}_reachable"] else "cannot be reached with marketing"
        lines.append(f"  {channel}: {mask(address) if address else 'no address'}, {reached}")
    consents = "select channel, purpose, is_granted from profiles.consents where profile_id = $person order by all"
    for row in _rows(connection, consents, person):
        lines.append(f"  consent to {row['purpose']} by {row['channel']}: {'given' if row['is_granted'] else 'refused or withdrawn'}")
    for row in _rows(connection, "select channel, reason, since_at from profiles.suppressions where profile_id = $person", person):
        lines.append(f"  suppressed on {row['channel']} since {row['since_at']:%Y-%m-%d %H:%M}: {row['reason']}")
    caps = policy("caps")
    counted = _rows(connection, "select * from decisions.int_messages_counted where profile_id = $person", person)
    for name, cap in (caps or {}).items():
        over = "all channels" if name == "all" else name
        for span, key, words in (("day", "24h", "24 hours"), ("week", "7d", "7 days")):
            if (most := (cap or {}).get(span)) is not None:  # what the policy does not name has no cap
                lines.append(f"  cap over {over}: {counted[0][f'sent_{name}_{key}'] if counted else 0} of {most} in {words}")
    for row in _rows(connection, "select cooldown_factor, because from decisions.fatigue where profile_id = $person", person):
        lines.append(f"  cooldown: {policy('cooldown_hours') * float(row['cooldown_factor']):g} hours ({row['because']})")
    is_control = state["holdout_bucket"] < policy("holdout_global_pct") / 100
    lines.append(f"  control group of the whole programme: {'yes, gets no marketing' if is_control else 'no'}")
    for row in _rows(connection, _DRAWN, person):
        lines.append(f"  {row['experiment']} ({row['phase']}): {row['arm']} since {row['assigned_at']:%Y-%m-%d %H:%M}")
    if state["open_tickets_count"]:
        lines.append(f"  open tickets: {state['open_tickets_count']}{', a complaint' if state['has_open_complaint'] else ''}")
    return lines


def _timeline(connection: duckdb.DuckDBPyConnection, person: str) -> list[str]:
    rows = _rows(connection, _TIMELINE, person)
    if not rows:
        return ["nothing was ever considered for this person"]
    lines = []
    for row in rows:
        what = "goes" if row["outcome"] == "allowed" else str(row["outcome"]).replace("_", " ")
        why = f" ({_hidden(row['because'])})" if row["because"] else ""
        channel = f" by {row['channel']}" if row["channel"] else ""
        lines.append(
            f"{row['happened_at']:%Y-%m-%d %H:%M}  {row['campaign'] or 'sent by the shop itself'}{channel}  {row['happening']}: {what}{why}"
        )
        versions = [f"rules {row['rule_version']}"] if row["rule_version"] else []
        versions += [f"models {row['model_versions']}"] if row["model_versions"] else []
        if versions:
            lines.append(f"                  {', '.join(versions)}")
    return lines


def _hidden(words: str) -> str:
    """Words of ours with addresses masked: e-mail addresses and numbers as E.164 has them; dates and figures stay."""
    return _ADDRESS.sub(lambda found: mask(found.group()), words)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, person: str) -> Sequence[dict[str, Any]]:
    found = connection.execute(query, {"person": person})
    names = [head[0] for head in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
