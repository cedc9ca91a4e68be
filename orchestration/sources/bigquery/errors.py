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


def may_pass(error: Exception) -> bool:
    """Whether to ask again: limits of the rate, faults of the server, cut connections and bodies."""
    reasons = [found.get("reason") for found in getattr(error, "errors", None) or () if isinstance(found, dict)]
    return isinstance(error, _PASSING) or bool(set(reasons) & set(_PASSING_REASONS))


def unreadable(part: str, error: Exception) -> SourceError:
    """What the client raised, as a sentence with what to do. part: the table or dataset."""
    cause = error.cause if isinstance(error, exceptions.RetryError) and error.cause else error
    remedy = next((words for kinds, words in _REMEDIES if isinstance(cause, kinds)), "The next run tries again; nothing was changed.")
    code = getattr(cause, "code", None)
    said = next(
        (found["message"] for found in getattr(cause, "errors", None) or () if isinstance(found, dict) and "message" in found), cause
    )
    sentence = (str(said).splitlines() or ["nothing"])[0][:300].rstrip(". ")
    return SourceError("ga4", part, f"BigQuery says{f' {int(code)}' if code else ''}: {sentence}.", remedy)
