"""What BigQuery's client raises, and what to make of it: what passes by itself, and what to tell a person of the rest.

Source: https://cloud.google.com/bigquery/docs/error-messages
"""

from __future__ import annotations

import requests
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError, TransportError

from orchestration.sources.errors import SourceError

_PASSING_REASONS = ("rateLimitExceeded", "backendError", "internalError", "badGateway")
_PASSING = (
    exceptions.TooManyRequests,
    exceptions.ServerError,
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.Timeout,
    requests.exceptions.JSONDecodeError,  # half an answer
    TransportError,
)
_REMEDIES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((GoogleAuthError, exceptions.Unauthorized), "Set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account."),
    ((exceptions.Forbidden,), "Give the service account the role BigQuery Data Viewer on the dataset."),
    ((exceptions.NotFound,), "Check GA4_PROJECT and GA4_DATASET (analytics_ and the property's number)."),
)
#: Where the reason says more than the status: a quota that is used up comes as 403, as a lacking right does.
_REASONS = {
    "quotaExceeded": "A quota of the project is used up: raise it in the Google Cloud console, or leave it to the next run.",
    "rateLimitExceeded": "Too many requests of this project at once: the next run goes on from here.",
    "billingNotEnabled": "Link the project to a billing account in the Google Cloud console.",
    "accessNotConfigured": "Enable the BigQuery API for the project in the Google Cloud console.",
}


def may_pass(error: Exception) -> bool:
    """Whether to ask again: limits of the rate, faults of the server, cut connections and bodies."""
    reasons = [found.get("reason") for found in getattr(error, "errors", None) or () if isinstance(found, dict)]
    return isinstance(error, _PASSING) or bool(set(reasons) & set(_PASSING_REASONS))


def unreadable(part: str, error: Exception) -> SourceError:
    """What the client raised, as a sentence with what to do. part: the table or dataset."""
    cause = error.cause if isinstance(error, exceptions.RetryError) and error.cause else error
    remedy = next((words for kinds, words in _REMEDIES if isinstance(cause, kinds)), "The next run tries again; nothing was changed.")
    reasons = {found.get("reason") for found in getattr(cause, "errors", None) or () if isinstance(found, dict)}
    remedy = next((words for reason, words in _REASONS.items() if reason in reasons), remedy)
    code = getattr(cause, "code", None)
    said = next(
        (found["message"] for found in getattr(cause, "errors", None) or () if isinstance(found, dict) and "message" in found), cause
    )
    sentence = (str(said).splitlines() or ["nothing"])[0][:300].rstrip(". ")
    return SourceError("ga4", part, f"BigQuery says{f' {int(code)}' if code else ''}: {sentence}.", remedy)
