"""The vendors' endpoints, and how many requests each of them lets an account make."""

import re
from dataclasses import dataclass

from demo.provider.options import Options


@dataclass(frozen=True)
class Window:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: how it is named in the statistics, its windows (shortest first), how many requests at once, is it in bulk."""

    vendor: str
    method: str
    path: str
    windows: tuple[Window, ...]
    concurrency: int | None = None
    is_bulk: bool = False

    @property
    def name(self) -> str:
        """METHOD and path, as the specification writes them."""
        return f"{self.method} {self.path}"


def _klaviyo(method: str, path: str, per_second: int, per_minute: int, is_bulk: bool = False) -> Endpoint:
    return Endpoint("klaviyo", method, path, (Window(per_second, 1), Window(per_minute, 60)), is_bulk=is_bulk)


# `x-klaviyo-ratelimit` of each operation, revision 2026-07-15.
KLAVIYO = (
    _klaviyo("POST", "/api/profile-bulk-import-jobs", 10, 150, True),
    _klaviyo("GET", "/api/profile-bulk-import-jobs/{id}", 10, 150),
    _klaviyo("GET", "/api/profile-bulk-import-jobs/{id}/import-errors", 10, 150),
    _klaviyo("GET", "/api/profiles", 75, 750),
    _klaviyo("GET", "/api/lists", 75, 750),
    _klaviyo("POST", "/api/lists", 10, 150),
    _klaviyo("GET", "/api/lists/{id}/profiles", 75, 750),
    _klaviyo("POST", "/api/lists/{id}/relationships/profiles", 10, 150, True),
    _klaviyo("DELETE", "/api/lists/{id}/relationships/profiles", 10, 150, True),
    _klaviyo("POST", "/api/events", 350, 3500),
    _klaviyo("GET", "/api/events", 350, 3500),
    _klaviyo("POST", "/api/event-bulk-create-jobs", 10, 150, True),
    _klaviyo("GET", "/api/metrics", 10, 150),
    _klaviyo("POST", "/api/profile-suppression-bulk-create-jobs", 75, 750),
)
_TWILIO = (("POST", ""), ("GET", ""), ("GET", "/{sid}"))
_SENDGRID = (
    *(("PUT", "marketing/contacts"), ("DELETE", "marketing/contacts"), ("POST", "marketing/contacts/search/emails")),
    *(("GET", "marketing/contacts/imports/{id}"), ("POST", "marketing/lists"), ("GET", "marketing/lists")),
    *(("DELETE", "marketing/lists/{id}/contacts"), ("GET", "marketing/field_definitions"), ("POST", "marketing/field_definitions")),
    *(("POST", "mail/send"), ("POST", "asm/suppressions/global")),
    *((method, "asm/groups/{group}/suppressions") for method in ("GET", "POST")),
    *(("GET", f"suppression/{kind}") for kind in ("unsubscribes", "bounces", "blocks", "spam_reports", "invalid_emails")),
)


def endpoints(options: Options) -> tuple[Endpoint, ...]:
    """Every endpoint with its limits: Klaviyo's as it publishes them, those of the others as they are set."""
    twilio, sendgrid, mail = (Window(*rate) for rate in (options.twilio_rate, options.sendgrid_rate, options.mail_rate))
    messages = "/2010-04-01/Accounts/{account}/Messages"
    return (
        *KLAVIYO,
        *(Endpoint("twilio", method, f"{messages}{more}.json", (twilio,), options.concurrency) for method, more in _TWILIO),
        *(
            Endpoint("sendgrid", method, f"/v3/{path}", (mail if path == "mail/send" else sendgrid,), options.concurrency)
            for method, path in _SENDGRID
        ),
    )


class Endpoints:
    """Finds the endpoint that a request goes to."""

    def __init__(self, options: Options) -> None:
        self._plain: dict[tuple[str, str], Endpoint] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Endpoint]] = []
        for endpoint in endpoints(options):
            if "{" in endpoint.path:
                pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(endpoint.path)))
                self._patterns.append((endpoint.method, pattern, endpoint))
            else:
                self._plain[endpoint.method, endpoint.path] = endpoint

    def find(self, method: str, path: str) -> Endpoint | None:
        """The endpoint, or None."""
        place = path.rstrip("/")
        if (method, place) in self._plain:
            return self._plain[method, place]
        fits = (endpoint for its_method, pattern, endpoint in self._patterns if its_method == method and pattern.fullmatch(place))
        return next(fits, None)
