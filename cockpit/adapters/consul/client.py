"""Requests to Consul over py-consul's connections, with its failures in our words.

Two things are done beside py-consul's own calls, on the connections and headers it prepares: its transaction call sends
no token, and its key-value call decodes every value of an answer, where a watch of a thousand hosts wants the one that
changed.
"""

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import aiohttp
import consul
import consul.aio
import msgspec

from cockpit.adapters.consul.address import ConsulAddress
from cockpit.deploy.text import clean
from cockpit.ports import PERHAPS_DONE, Failed, Unsure

ANSWER = 10.0
"""Seconds in which Consul has to answer what does not wait for a change."""
WAIT = 30
"""Seconds a blocking query waits at most. A cancelled one lives on in the server until then, so not Consul's 5 min."""
WAITED = 45.0
"""Seconds after which a blocking query is given up: the server adds up to a sixteenth to the wait."""
TALKING = 32
"""Connections for everything but watching."""
REMEDY_ADDRESS = "start Consul there, or change store.address or CONSUL_HTTP_ADDR"
REMEDY_TLS = "see store.ca, store.cert and store.key"
REMEDY_LEADER = "see whether it has a leader: consul operator raft list-peers"

T = TypeVar("T")


class ConsulAnswer(NamedTuple):
    """What Consul said; a status that is not listed as expected is raised as `Failed` before."""

    code: int
    version: int
    """The version of what was asked for, for the next blocking query; 0 where none was given."""
    body: bytes


class ConsulClient:
    """One Consul agent. `watches` is how many blocking queries may run at once.

    The connections are made at the first request, on the event loop that makes it.
    """

    def __init__(self, address: ConsulAddress, watches: int = 32) -> None:
        self.address = address
        self.name = f"consul {address.url}"
        """Of the system, in failures."""
        self._watches = watches
        self._talking: consul.aio.Consul | None = None
        self._watching: consul.aio.Consul | None = None
        self._closed = False

    async def read(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        """GET. Raises `Failed`."""
        async with self._translated():
            self._talking = self._talking or self._open(TALKING, ANSWER)
            return _expected(await _get(self._talking, path, params), expect)

    async def wait(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        """GET on the connections for watching: a blocking query where `params` hold an index. Raises `Failed`."""
        async with self._translated():
            self._watching = self._watching or self._open(self._watches + TALKING, WAITED)
            return _expected(await _get(self._watching, path, params), expect)

    async def write(self, path: str, body: bytes | str = b"", expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        """PUT. Raises `Failed`, and `Unsure` where the server may have done it nevertheless."""
        async with self._translated(writing=True):
            client = self._talking = self._talking or self._open(TALKING, ANSWER)
            params = [("dc", client.dc)] if client.dc else []
            headers = client.prepare_headers()
            return _expected(await client.http.put(_answer, path, params=params, data=body, headers=headers), expect)

    def decoded(self, answer: ConsulAnswer, decoder: msgspec.json.Decoder[T], writing: bool = False) -> T:
        """The answer's body. Raises `Failed`, `Unsure` for a write, where it is not what Consul says."""
        try:
            return decoder.decode(answer.body)
        except (msgspec.MsgspecError, ValueError) as bad:
            kind = Unsure if writing else Failed
            raise kind(self.name, f"does not answer as Consul does: {clean(str(bad))}", REMEDY_ADDRESS) from bad

    async def close(self) -> None:
        """Let go of the connections; a request after that is refused."""
        self._closed = True
        for client in (self._talking, self._watching):
            if client is not None:
                await client.close()
        self._talking = self._watching = None

    def _open(self, connections: int, timeout: float) -> consul.aio.Consul:
        if self._closed:
            raise Failed(self.name, "it was closed")
        address = self.address
        client = consul.aio.Consul(
            host=f"[{address.host}]" if ":" in address.host else address.host,
            port=address.port,
            scheme=address.scheme,
            dc=address.datacenter or None,
            verify=address.verify if address.scheme == "https" else False,  # else it reads the machine's authorities
            cert=address.cert,
            connections_limit=connections,
            connections_timeout=timeout,
        )
        client.token = address.token or None  # not by its parameter, which CONSUL_HTTP_TOKEN would override
        # aiohttp sends a PUT again by itself when a kept connection breaks: a write that was made would come back as a
        # conflict with itself. We send it again where we know how to tell.
        client.http._session._retry_connection = False
        return client

    @asynccontextmanager
    async def _translated(self, writing: bool = False) -> AsyncIterator[None]:
        try:
            yield
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError, ssl.SSLError) as error:
            reason = clean(str(error))
            raise Failed(self.name, f"no trust over TLS: {reason}", REMEDY_TLS) from error
        except aiohttp.ClientConnectorError as error:
            code = error.os_error.errno
            reason = os.strerror(code).lower() if code and code > 0 else clean(str(error.os_error))
            raise Failed(self.name, reason, REMEDY_ADDRESS) from error
        except _Refused as refused:
            raise refused.failed(self.name, writing) from refused
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            if "[SSL:" in str(error):  # refused by the other side, after the connection stood
                raise Failed(self.name, f"no trust over TLS: {clean(str(error))}", REMEDY_TLS) from error
            reason = (
                "it gives no answer"
                if isinstance(error, TimeoutError)
                else f"the connection broke: {clean(str(error))}"
            )
            raise _failure(self.name, reason, writing) from error


def _failure(system: str, reason: str, writing: bool) -> Failed:
    """No answer: of a write nobody can tell whether it was made."""
    if writing:
        return Unsure(system, reason, PERHAPS_DONE)
    return Failed(system, reason, REMEDY_LEADER)


class _Refused(Exception):
    """A status that was not expected."""

    def __init__(self, answer: ConsulAnswer) -> None:
        super().__init__(answer.code)
        self._answer = answer

    def failed(self, system: str, writing: bool) -> Failed:
        said = clean(self._answer.body[:300].decode("utf-8", "replace").strip()) or "no reason given"
        match self._answer.code:
            case 403:
                remedy = "use a token that may: `cockpit acl` prints the policies"
                return Failed(system, f"permission denied ({said})", remedy)
            case 401:
                return Failed(system, said, "it has no ACLs: use no token")
            case 413:
                return Failed(system, f"too much for one transaction: {said}", "nothing was written")
            case code if code >= 500:
                return _failure(system, said, writing)
            case code:
                return Failed(system, f"answered {code}: {said}", REMEDY_ADDRESS)


def _expected(answer: ConsulAnswer, codes: tuple[int, ...]) -> ConsulAnswer:
    if answer.code not in codes:
        raise _Refused(answer)
    return answer


async def _get(client: consul.aio.Consul, path: str, params: tuple[tuple[str, str], ...]) -> ConsulAnswer:
    # Not compressed: Consul and we sit on one machine or in one network, and zipping 1,000 hosts costs more.
    headers: Mapping[str, str] = {**client.prepare_headers(), "Accept-Encoding": "identity"}
    query = [*params, *((("dc", client.dc),) if client.dc else ())]
    answer: ConsulAnswer = await client.http.get(_answer, path, params=query, headers=headers, raw=True)
    return answer


def _answer(response: Any) -> ConsulAnswer:
    body = response.body if isinstance(response.body, bytes) else response.body.encode()
    index = response.headers.get("X-Consul-Index", "0")
    return ConsulAnswer(response.code, int(index) if index.isdigit() else 0, body)
