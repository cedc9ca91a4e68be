"""What can be set about the pretend provider."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Limits = Literal["bulk", "all", "off"]
RepeatedInBulk = Literal["first_kept", "refused"]


@dataclass(frozen=True)
class Options:
    """Settings of one provider.

    limits: which of the vendor's limits are enforced: the per-second limit of the bulk endpoints, all limits, none.
    klaviyo_key, twilio_token, sendgrid_key: the only accepted secret; None accepts any that is not empty.
    repeated_in_bulk: what a bulk call does with an event that is already stored. The specification's sentence on it
        can be read both ways, so a careful client is tried against both.
    twilio_rate, sendgrid_rate, mail_rate: requests in so many seconds that an account may make of each endpoint of Twilio, of
        SendGrid, of SendGrid's mail/send. The vendors publish no numbers; they are counted, and enforced with limits = "all".
    concurrency: how many requests of one account an endpoint of these two may answer at once, counted.
    specifications: the folder with the vendors' OpenAPI documents, by which every request is then judged; it needs openapi-core.
    klaviyo_webhook, klaviyo_webhook_secret: where Klaviyo's events of messages are sent, as an address on this machine, and what signs
        them; None sends none.
    sendgrid_webhook: where SendGrid's events are sent, as an address on this machine; None sends none. Twilio's are sent to the
        StatusCallback of each message, if that is on this machine: a pretend provider calls nobody else.
    settle_seconds: an e-mail that nobody reacted to counts as received after this time of the provider's clock.
    """

    limits: Limits = "bulk"
    klaviyo_key: str | None = None
    twilio_token: str | None = None
    sendgrid_key: str | None = None
    repeated_in_bulk: RepeatedInBulk = "first_kept"
    twilio_rate: tuple[int, float] = (100, 1.0)
    sendgrid_rate: tuple[int, float] = (600, 60.0)
    mail_rate: tuple[int, float] = (10_000, 1.0)
    concurrency: int = 100
    specifications: Path | None = None
    klaviyo_webhook: str | None = None
    klaviyo_webhook_secret: str = ""
    sendgrid_webhook: str | None = None
    settle_seconds: float = 60.0
