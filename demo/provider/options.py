"""What can be set about the pretend provider."""

from dataclasses import dataclass
from typing import Literal

Limits = Literal["bulk", "all", "off"]
RepeatedInBulk = Literal["first_kept", "refused"]


@dataclass(frozen=True)
class Options:
    """Settings of one provider.

    limits: which of the vendor's limits are enforced: the per-second limit of the bulk endpoints, all limits, none.
    klaviyo_key, twilio_token: the only accepted secret; None accepts any that is not empty.
    repeated_in_bulk: what a bulk call does with an event that is already stored. The specification's sentence on it
        can be read both ways, so a careful client is tried against both.
    settle_seconds: an e-mail that nobody reacted to counts as received after this time of the provider's clock.
    """

    limits: Limits = "bulk"
    klaviyo_key: str | None = None
    twilio_token: str | None = None
    repeated_in_bulk: RepeatedInBulk = "first_kept"
    settle_seconds: float = 60.0
