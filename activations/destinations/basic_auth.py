"""User and password in a request's header, and nowhere else."""

from requests.auth import HTTPBasicAuth


class BasicAuth(HTTPBasicAuth):
    """As HTTP says it."""

    def __repr__(self) -> str:
        return "BasicAuth(***)"
