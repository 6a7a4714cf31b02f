"""Where Consul is and as whom to speak to it: from the config, else from Consul's usual environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cockpit.ports import Failed

LOCAL = "127.0.0.1:8500"
"""Consul's own default: the agent on this machine."""


@dataclass(frozen=True)
class ConsulAddress:
    """One Consul agent, and what it takes to be let in."""

    host: str
    port: int
    scheme: str = "http"
    token: str = field(default="", repr=False)
    verify: bool | str = True
    """Whether certificates are verified, or the file of the authority that signs them."""
    cert: tuple[str, str] | None = None
    """The files of our own certificate and its key."""
    datacenter: str = ""

    @property
    def url(self) -> str:
        """As people write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def consul_address(
    environ: Mapping[str, str],
    *,
    address: str = "",
    token_file: str = "",
    ca: str = "",
    cert: str = "",
    key: str = "",
    datacenter: str = "",
) -> ConsulAddress:
    """The address; what is empty comes from `environ` as Consul's own commands read it. Raises `Failed`.

    The variables: https://developer.hashicorp.com/consul/commands#environment-variables
    """
    host, port, scheme = _split(address or environ.get("CONSUL_HTTP_ADDR", "") or LOCAL)
    secure = _yes(environ.get("CONSUL_HTTP_SSL", ""))
    ca = ca or environ.get("CONSUL_CACERT", "")
    cert, key = cert or environ.get("CONSUL_CLIENT_CERT", ""), key or environ.get("CONSUL_CLIENT_KEY", "")
    if bool(cert) != bool(key):
        raise Failed(
            "consul", f"a certificate needs its key: only the {'cert' if cert else 'key'} is given", "give both"
        )
    for file in filter(None, (ca, cert, key)):
        _read(file)
    for name in ("CONSUL_CAPATH", "CONSUL_TLS_SERVER_NAME"):
        if environ.get(name) and not ca:
            raise Failed(
                "consul", f"{name} is not something cockpit can use", "name one file, store.ca or CONSUL_CACERT"
            )
    verify: bool | str = ca or _yes(environ.get("CONSUL_HTTP_SSL_VERIFY", "") or "true")
    if cert and not verify:
        raise Failed("consul", "a certificate of ours is only shown to a server that is verified", "set store.ca")
    return ConsulAddress(
        host=host,
        port=port or (443 if scheme == "https" else 80),
        scheme=scheme or ("https" if secure else "http"),
        token=_token(environ, token_file),
        verify=verify,
        cert=(cert, key) if cert else None,
        datacenter=datacenter,
    )


def _split(address: str) -> tuple[str, int, str]:
    """(host, port or 0, scheme or empty)."""
    remedy = "write store.address or CONSUL_HTTP_ADDR as HOST:PORT or https://HOST:PORT"
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host, port = parts.hostname or "", parts.port or (0 if parts.scheme else 8500)
    except ValueError as bad:
        raise Failed("consul", f"the address cannot be read ({bad})", remedy) from bad
    if parts.scheme not in ("", "http", "https") or not host:
        raise Failed("consul", f"{parts.scheme or 'the address'} is not something cockpit can connect to", remedy)
    if parts.username is not None or parts.path.strip("/"):
        raise Failed("consul", "the address holds more than a host and a port", remedy)
    return host, port, parts.scheme


def _token(environ: Mapping[str, str], token_file: str) -> str:
    """The token: a file that the config names, else the variable with a token, else the one with a file."""
    file = token_file or ("" if environ.get("CONSUL_HTTP_TOKEN") else environ.get("CONSUL_HTTP_TOKEN_FILE", ""))
    token = _read(file) if file else environ.get("CONSUL_HTTP_TOKEN", "")
    if any(not character.isprintable() for character in token):
        raise Failed(
            "consul", f"the token in {file or 'CONSUL_HTTP_TOKEN'} is more than one line", "keep one token there"
        )
    return token


def _read(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as bad:
        reason = bad.strerror if isinstance(bad, OSError) else "it is not text"
        raise Failed("consul", f"{file} cannot be read: {reason}", "let this user read it, or name another") from bad


def _yes(word: str) -> bool:
    return word.lower() in ("1", "t", "true")
