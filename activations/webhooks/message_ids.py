"""Our message's id in the Message-ID that the SMTP destination writes: `<message_id@sender's domain>`.

A stranger's can look the same: the warehouse takes only what the ledger has.
"""

import re

_OURS = re.compile(r"[0-9a-f]{32}")


def ours(message_id: str | None) -> str | None:
    """The part before the @, where it has the form of our ids (an MD5 in hexadecimal digits)."""
    local = (message_id or "").strip("<> ").partition("@")[0]
    return local if _OURS.fullmatch(local) else None
