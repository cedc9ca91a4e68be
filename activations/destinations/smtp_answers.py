"""What a mail server's answers mean for the message: its codes by RFC 3463 and 7372 (iana.org/assignments/smtp-enhanced-status-codes), and
what it calls the message.
"""

import re

from activations.masking import mask_text
from activations.model import Deferred, Outcome, Rejected, Throttled, Unreachable

_CODES = {
    "5.1.0": "invalid_address", "5.1.1": "no_such_mailbox", "5.1.2": "no_such_domain", "5.1.3": "invalid_address",
    "5.1.10": "no_such_domain", "5.2.1": "mailbox_disabled", "5.2.2": "mailbox_full", "5.2.3": "too_large", "5.3.4": "too_large",
    "5.7.1": "refused_by_policy",
}  # fmt: skip
#: Of the sender, its domain's records or the log-in. 5.7.5x and 5.7.60 are Exchange's: learn.microsoft.com, Email non-delivery reports.
_SETUP = re.compile(rb"5\.(1\.[78]|7\.([089]|1[0-3]|2[0-7]|5[47]|60))(?!\d)")
_SETUP_WORDS = (b"relay", b"sender address rejected", b"sender verify failed", b"sendasdenied")


def refusal(code: int, answer: bytes) -> Outcome:
    """What a refused recipient or text means. 421 is the server's own trouble, any other 4xx the message's, and it may go later. A log-in,
    a right to send or a signature of our domain that is missing is no recipient's fault: servers tell of it at the recipient all the same.
    """
    if code >= 500 and (code == 530 or _SETUP.match(answer) or any(words in answer.lower() for words in _SETUP_WORDS)):
        return Unreachable(f"the server does not send for us: {told(code, answer)}")
    if not 500 <= code < 600:
        return (
            Throttled()
            if code == 421
            else Deferred(told(code, answer))
            if 400 <= code < 500
            else Unreachable(f"an answer that makes no sense here: {told(code, answer)}")
        )
    found = re.match(rb"5\.\d{1,3}\.\d{1,3}", answer)
    return Rejected(_CODES.get(found[0].decode(), "refused") if found else "refused", told(code, answer))


def told(code: int, answer: bytes) -> str:
    return mask_text(f"{code} {' '.join(answer.decode(errors='replace').split())}")


def queue_id(answer: bytes) -> str | None:
    """What the server calls the message, where it says so; Amazon SES says `Ok` and its own id."""
    found = re.search(rb"(?:queued as|id=|Message id|^Ok(?= [0-9a-f]{16}-)) ?<?([\w.@-]{4,80})", answer)
    return found[1].decode() if found else None
