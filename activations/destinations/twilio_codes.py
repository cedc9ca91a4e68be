"""Twilio's error codes of the message resource in plain words (twilio.com/docs/api/errors)."""

from activations.masking import mask_text
from activations.model import Outcome, Rejected, Throttled, Unreachable
from activations.transport.http import Answer

ROW_CODES = {
    14101: "invalid_number", 21211: "invalid_number", 21214: "unreachable_number", 21217: "invalid_number", 21219: "number_not_verified",
    21265: "short_code", 21266: "same_as_sender", 21401: "invalid_number", 21407: "invalid_number", 21408: "country_not_allowed",
    21421: "invalid_number", 21602: "body_missing", 21604: "number_missing", 21605: "body_too_long", 21608: "number_not_verified",
    21610: "opted_out", 21612: "unroutable_number", 21614: "not_a_mobile_number", 21617: "body_too_long", 21618: "body_not_allowed",
    21619: "body_missing", 21635: "landline", 30003: "unreachable_number", 30004: "blocked_number", 30005: "unknown_number",
    30006: "landline", 30007: "filtered", 30450: "blocked_as_pumping", 60410: "blocked_as_fraud",
}  # fmt: skip
"""About the recipient or the text: final for the row."""
BUSY_CODES = {14107, 20429, 21611, 30001, 30022, 63017, 63018, 63038}
"""Too many requests, the sender's queue is full, a limit of the account or of its registration for now."""
SETUP_CODES = {
    *range(20001, 20010), 20104, 20403, 20404, 20422, 20500, 21212, 21213, 21215, 21420, 21601, 21603, 21606, 21607, 21609, 21613, 21615,
    21616, 21624, 21626, 21627, 21637, 21638, 21640, *range(21654, 21665), *range(21701, 21725), 30002, 30023, 30024, 30032, 30034, 30035,
    30036,
}  # fmt: skip
"""About the account, its credentials, the sender, the callback or a parameter that every message has: no row's fault."""


def refusal(answer: Answer) -> Outcome:
    """What a refused message means. A code that is not known here is the row's, so that it cannot hold up the others."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code, words = body.get("code"), mask_text(str(body.get("message", "")))
    if code in BUSY_CODES:
        return Throttled()
    if code in SETUP_CODES or answer.status in (404, 405, 415) or code is None:
        return Unreachable(f"Twilio refused the sender or the account ({answer.status}, code {code}): {words}")
    return Rejected(ROW_CODES.get(code, str(code)), f"Twilio {code}: {words}")
