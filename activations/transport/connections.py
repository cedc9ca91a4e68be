"""The session that requests go through: no redirects, no cookies, no settings from the environment, timed sockets."""

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError
from urllib3.poolmanager import PoolManager

from activations.transport.sockets import CURRENT, TimedSocket

_REUSED_WITHIN_SECONDS = 2.0
"""A server closes an idle connection when it likes (5 s are common). A request that meets this on its way is lost in doubt,
so a connection that was idle for longer is not used again."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None is ever followed, so none is read."""


def new_session(
    auth: AuthBase, headers: Mapping[str, str], connections: int, proxies: Mapping[str, str] | None, ca_bundle: str | None
) -> requests.Session:
    """A session for several threads at once; what is asked within an `exchange` ends with it."""
    session = _Session()
    session.trust_env = False  # a .netrc would replace the credentials
    session.auth = auth
    session.headers.update(headers)
    session.proxies.update(proxies or {})
    session.verify = ca_bundle or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nothing shared between threads
    for scheme in ("https://", "http://"):
        session.mount(scheme, _TimedAdapter(pool_maxsize=connections, max_retries=0))
    return session


class _Timed:
    """Mixed into a connection."""

    sock: Any
    _used_at = 0.0

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        if CURRENT.get().seconds_left <= 0:
            self.sock.close()
            raise ConnectTimeoutError(self, "the request's time was over before there was a connection")
        self.sock = TimedSocket(self.sock)

    def getresponse(self) -> Any:
        response = super().getresponse()  # type: ignore[misc]
        self._used_at = CURRENT.get().clock()
        return response

    @property
    def is_connected(self) -> bool:
        is_fresh = CURRENT.get().clock() - self._used_at <= _REUSED_WITHIN_SECONDS
        return is_fresh and bool(super().is_connected)  # type: ignore[misc]


class _Plain(_Timed, HTTPConnection):
    pass


class _Encrypted(_Timed, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _TimedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_ours(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _use_ours(manager)
        return manager


def _use_ours(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}
