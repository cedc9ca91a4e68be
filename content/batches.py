"""Many messages, written one by one: rows in, rows out; what cannot be written costs nobody else's message."""

from collections.abc import Mapping, Sequence
from typing import Any

from content.audit import of_message
from content.templates import Templates
from content.tokens import Campaign
from content.values import Shop, values_of
from content.writing import UnwrittenError, write

Audited = dict[tuple[str, str, str | None, tuple[str, ...], bool], tuple[list[str], list[str]]]


def written_rows(
    templates: Templates, campaigns: Sequence[Campaign], shop: Shop, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of decisions.int_messages_tokened as rows of decisions.int_messages_written, in the same order."""
    known = {campaign.name: campaign for campaign in campaigns}
    audited: Audited = {}
    return [_row(templates, known[row["campaign"]], shop, row, audited) for row in rows]


def _row(templates: Templates, campaign: Campaign, shop: Shop, row: Mapping[str, Any], audited: Audited) -> dict[str, Any]:
    made: dict[str, Any] = dict.fromkeys(("subject", "body", "html_body", "tokens", "personal_data", "warnings", "unwritten_because"))
    made["message_id"] = row["message_id"]
    try:
        written = write(templates, campaign, row["channel"], values_of(row, shop), row.get("content"))
    except UnwrittenError as error:
        return made | {"unwritten_because": str(error)}
    # what is said of it rests on the template and on which tokens had a value, not on the values: a few answers for all
    asked = (campaign.name, row["channel"], row.get("content"), written.tokens, bool(row["others_at_address"]))
    if asked not in audited:
        audited[asked] = of_message(templates, campaign, row["channel"], written.tokens, row["others_at_address"], row.get("content"))
    personal, warnings = audited[asked]
    return made | {
        "subject": written.subject,
        "body": written.body,
        "html_body": written.html_body,
        "tokens": list(written.tokens),
        "personal_data": personal,
        "warnings": warnings,
    }
