"""Consul's address and credentials, from the config or from Consul's usual environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cockpit.ports import Failed

LOCAL = "127.0.0.1:8500"
"""Consul's default: the agent on this machine."""


@dataclass(frozen=True)
class ConsulAddress:
    """One Consul agent, with the token and certificates for it."""

    host: str
    port: int
    scheme: str = "http"
    token: str = field(default="", repr=False)
    verify: bool | str = True
    """Whether to verify the server's certificate, or the CA file to verify it with."""
    cert: tuple[str, str] | None = None
    """The files of the client certificate and its key."""
    datacenter: str = ""

    @property
    def url(self) -> str:
        """`SCHEME://HOST:PORT`."""
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
    """The address; an empty argument is read from `environ` as Consul's own commands do. Raises `Failed`.

    The variables: https://developer.hashicorp.com/consul/commands#environment-variables
    """
    host, port, scheme = _split(address or environ.get("CONSUL_HTTP_ADDR", "") or LOCAL)
    tls = _is_true(environ.get("CONSUL_HTTP_SSL", ""))
    ca = ca or environ.get("CONSUL_CACERT", "")
    cert, key = cert or environ.get("CONSUL_CLIENT_CERT", ""), key or environ.get("CONSUL_CLIENT_KEY", "")
    if bool(cert) != bool(key):
        given = "store.cert" if cert else "store.key"
        raise Failed("consul", f"a certificate needs its key, and only {given} is set", "set store.cert and store.key")
    for file in filter(None, (ca, cert, key)):
        _read(file)
    for name in ("CONSUL_CAPATH", "CONSUL_TLS_SERVER_NAME"):
        if environ.get(name) and not ca:
            raise Failed("consul", f"{name} is not supported", "set store.ca or CONSUL_CACERT to one file")
    verify: bool | str = ca or _is_true(environ.get("CONSUL_HTTP_SSL_VERIFY", "") or "true")
    if cert and not verify:
        raise Failed("consul", "a client certificate is only sent to a verified server", "set store.ca")
    return ConsulAddress(
        host=host,
        port=port or (443 if scheme == "https" else 80),
        scheme=scheme or ("https" if tls else "http"),
        token=_token(environ, token_file),
        verify=verify,
        cert=(cert, key) if cert else None,
        datacenter=datacenter,
    )


def _split(address: str) -> tuple[str, int, str]:
    """(host, port, scheme); a missing port is 0, a missing scheme empty."""
    remedy = "write store.address or CONSUL_HTTP_ADDR as HOST:PORT or https://HOST:PORT"
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host, port = parts.hostname or "", parts.port or (0 if parts.scheme else 8500)
    except ValueError as bad:
        raise Failed("consul", f"invalid address ({bad})", remedy) from bad
    if parts.scheme not in ("", "http", "https"):
        raise Failed("consul", f"cannot connect by {parts.scheme}", remedy)
    if not host:
        raise Failed("consul", "the address has no host", remedy)
    if parts.username is not None or parts.path.strip("/"):
        raise Failed("consul", "the address has more than a host and a port", remedy)
    return host, port, parts.scheme


def _token(environ: Mapping[str, str], token_file: str) -> str:
    """The token from the configured file, else from CONSUL_HTTP_TOKEN, else from CONSUL_HTTP_TOKEN_FILE."""
    file = token_file or ("" if environ.get("CONSUL_HTTP_TOKEN") else environ.get("CONSUL_HTTP_TOKEN_FILE", ""))
    token = _read(file) if file else environ.get("CONSUL_HTTP_TOKEN", "")
    if any(not character.isprintable() for character in token):
        source = file or "CONSUL_HTTP_TOKEN"
        raise Failed("consul", f"the token in {source} has more than one line", "keep only the token there")
    return token


def _read(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as bad:
        reason = bad.strerror if isinstance(bad, OSError) else "it is not text"
        raise Failed(
            "consul", f"cannot read {file}: {reason}", "give this user read access, or set another file"
        ) from bad


def _is_true(value: str) -> bool:
    return value.lower() in ("1", "t", "true")
