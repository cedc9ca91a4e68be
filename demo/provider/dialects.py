"""Which vendor a request is for, whose account it uses, and how that vendor refuses."""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Scope

from demo.provider.answers import KlaviyoError
from demo.provider.answers import error_answer as klaviyo_refuses
from demo.provider.sendgrid_dialect import SendGridError
from demo.provider.sendgrid_dialect import error_answer as sendgrid_refuses
from demo.provider.twilio_dialect import TwilioError
from demo.provider.twilio_dialect import error_answer as twilio_refuses

_PREFIXES = {"/api/": "klaviyo", "/2010-04-01/": "twilio", "/v3/": "sendgrid", "/downloads/": "sendgrid"}
# Status: code and sentence of Klaviyo, number of Twilio; both of them and SendGrid have a sentence.
_REFUSALS = {
    429: ("throttled", "Too many requests."),
    500: ("error", "Something went wrong."),
    502: ("error", "Bad gateway."),
    503: ("service_unavailable", "Try again later."),
    504: ("error", "Gateway timeout."),
}


def vendor_of(path: str) -> str | None:
    """klaviyo, twilio or sendgrid; None for what is the provider's own."""
    return next((vendor for prefix, vendor in _PREFIXES.items() if path.startswith(prefix)), None)


def account_of(scope: Scope) -> bytes:
    """What tells one account from another: Twilio's is in the path, the others' is their key. Kept in memory alone."""
    if scope["path"].startswith("/2010-04-01/"):
        return str(scope["path"]).split("/")[3].encode()
    return next((value for name, value in scope["headers"] if name == b"authorization"), b"")


def refusal(path: str, status: int, headers: Mapping[str, str]) -> Response:
    """A refusal in the dialect of the vendor whose path it is."""
    code, sentence = _REFUSALS[status]
    vendor = vendor_of(path)
    if vendor == "twilio":
        return twilio_refuses(TwilioError(status, 20_000 + status, sentence), dict(headers))
    if vendor == "sendgrid":
        return sendgrid_refuses(SendGridError(status, sentence.lower().rstrip(".")), dict(headers))
    return klaviyo_refuses(KlaviyoError(status, code, sentence, pointer="/data/"), headers)
