"""Files on a server by SFTP, which is imported only where files go to one: its library takes a quarter of a second."""

import base64

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

_TIMEOUT_SECONDS = 30.0


class Sftp(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's, but for two things: it talks to a server only whose key is known, and each connection is new."""

    cachable = False

    def _connect(self) -> None:
        options = dict(self.ssh_kwargs)
        known_hosts, host_key = options.pop("known_hosts", None), options.pop("host_key", None)
        client = self.client = paramiko.SSHClient()
        if host_key:
            kind, key = str(host_key).split()[:2]
            port = options.get("port", 22)
            named = self.host if port == 22 else f"[{self.host}]:{port}"
            client.get_host_keys().add(named, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(key)))
        else:
            client.load_system_host_keys(str(known_hosts) if known_hosts else None)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        waits = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), _TIMEOUT_SECONDS)
        try:
            client.connect(self.host, allow_agent=False, look_for_keys=False, **waits | options)
            self.ftp = client.open_sftp()
            self.ftp.get_channel().settimeout(_TIMEOUT_SECONDS)
        except BaseException:
            client.close()
            raise

    def close(self) -> None:
        self.client.close()
