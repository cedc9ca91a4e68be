"""Klaviyo's limits: windows of a second and a minute for each endpoint of an account, as the reference page of each operation says
(developers.klaviyo.com/en/reference; `x-klaviyo-ratelimit` in the specification).
"""

from activations.transport.pacing import ByEndpoint, Limit, Window


def _of(burst: int, steady: int) -> tuple[Limit, ...]:
    return Window(burst, 1.0), Window(steady, 60.0)


PACE: ByEndpoint = {
    "POST /api/profile-bulk-import-jobs": _of(10, 150),
    "GET /api/profile-bulk-import-jobs/{id}": _of(10, 150),
    "GET /api/profile-bulk-import-jobs/{id}/import-errors": _of(10, 150),
    "GET /api/profiles": _of(75, 750),
    "GET /api/lists": _of(75, 750),
    "POST /api/lists": (*_of(10, 150), Window(150, 86_400.0)),
    "GET /api/lists/{id}/profiles": _of(75, 750),
    "DELETE /api/lists/{id}/relationships/profiles": _of(10, 150),
    "POST /api/events": _of(350, 3_500),
    "POST /api/event-bulk-create-jobs": _of(10, 150),
}


def endpoint(method: str, path: str) -> str:
    """Which of them a request counts for: /api/lists/Y6nRLr/profiles is one of /api/lists/{id}/profiles."""
    parts = path.split("/")
    return f"{method} {'/'.join([*parts[:3], *(['{id}'] if len(parts) > 3 else []), *parts[4:]])}"
