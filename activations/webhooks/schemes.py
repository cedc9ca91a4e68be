"""How each vendor proves its webhooks, in what form they come, and whether it asks at the address first. Names are those of registry.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from activations.webhooks import signatures_forms as forms
from activations.webhooks import signatures_hmac as hmacs
from activations.webhooks import signatures_keys as keys
from activations.webhooks.signatures import Check, ForgedError

_JSON = ("application/json",)
_FORM = ("application/x-www-form-urlencoded",)
#: One of our own making can be guessed when it is shorter.
SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Scheme:
    """check: see signatures.py. content_types: without parameters; `application/json` stands for `application/…+json` too. greets: it
    tries the address by GET or HEAD, and takes it only where that is answered 200. tolerance: seconds between signing and coming.
    read_key: raises ForgedError where a secret is no key of the kind that is needed.
    """

    check: Check
    content_types: tuple[str, ...] = _JSON
    greets: bool = False
    tolerance: float = 300.0
    read_key: Callable[[str], object] | None = None

    @property
    def is_token(self) -> bool:
        """Nothing is signed: the secret is a token that we chose and that comes with each request."""
        return self.check is keys.token

    def takes(self, content_type: str) -> bool:
        """Whether a body may come as this."""
        kind = content_type.partition(";")[0].strip().lower()
        return kind in self.content_types or (kind.endswith("+json") and kind.startswith("application/") and _JSON[0] in self.content_types)

    def fault_of(self, secret: str) -> str | None:
        """What is wrong with a secret, without it; `None`: it will do."""
        if self.is_token and len(secret) < SHORTEST_TOKEN:
            return f"must have at least {SHORTEST_TOKEN} characters: nothing else proves the sender"
        try:
            if self.read_key is not None:
                self.read_key(secret)
        except ForgedError as error:
            return str(error).replace("the secret is", "is").replace("the signature is", "is")
        return None


SCHEMES: Mapping[str, Scheme] = {
    "sendgrid": Scheme(keys.sendgrid, read_key=keys.elliptic_key),
    "twilio": Scheme(forms.twilio, (*_FORM, *_JSON)),
    "klaviyo": Scheme(hmacs.klaviyo),
    "mailchimp": Scheme(hmacs.mailchimp, _FORM, greets=True),
    "mailchimp_transactional": Scheme(forms.mandrill, _FORM, greets=True),
    "customer_io": Scheme(hmacs.customer_io),
    "hubspot": Scheme(hmacs.hubspot),
    "brevo": Scheme(keys.token),
    "resend": Scheme(hmacs.svix, read_key=hmacs.svix_key),
    "mailersend": Scheme(hmacs.mailersend),
    "mailtrap": Scheme(hmacs.mailtrap),
    "mailgun": Scheme(hmacs.mailgun),
    "postal": Scheme(keys.postal, read_key=keys.rsa_key),
    "unisender_go": Scheme(keys.unisender_go, greets=True),
    # These sign nothing. Amazon SNS signs with a certificate that would have to be fetched from an address in the request.
    "amazon_ses": Scheme(keys.token, (*_JSON, "text/plain")),
    "mailjet": Scheme(keys.token),
    "postmark": Scheme(keys.token),
    "sparkpost": Scheme(keys.token),
}


def vendor_of(name: str) -> str | None:
    """The vendor of a destination's name (`sendgrid_uk` is of `sendgrid`), the longest where several fit; None where none does."""
    return max((vendor for vendor in SCHEMES if name == vendor or name.startswith(f"{vendor}_")), key=len, default=None)
