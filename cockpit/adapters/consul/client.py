"""Requests to Consul over py-consul's connections, with errors as `Failed`.

Does not use py-consul's own calls, only its connections and headers: its transaction call sends no token, and its
key-value call decodes every value of a response, while a watch of a thousand hosts needs only the changed one.
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
from cockpit.ports import MAYBE_DONE, Failed, Unconfirmed

TIMEOUT = 10.0
"""Seconds for the response to a request that is not a blocking query."""
WAIT = 30
"""Seconds that a blocking query waits at most. Consul's default is 5 min, but it keeps cancelled queries until then."""
WAIT_TIMEOUT = 45.0
"""Seconds for the response to a blocking query: the server adds up to a sixteenth to the wait."""
MAX_CONNECTIONS = 32
"""Connections for requests that are not blocking queries."""
REMEDY_ADDRESS = "start Consul there, or change store.address or CONSUL_HTTP_ADDR"
REMEDY_TLS = "check store.ca, store.cert and store.key"
REMEDY_LEADER = "check that it has a leader: consul operator raft list-peers"

T = TypeVar("T")


class ConsulAnswer(NamedTuple):
    """A response of Consul with an expected status; any other status is raised as `Failed`."""

    code: int
    version: int
    """X-Consul-Index, for the next blocking query; 0 if there is none."""
    body: bytes


class ConsulClient:
    """One Consul agent. `watches` is the number of blocking queries that may run at once.

    Connects at the first request, on the event loop of that request.
    """

    def __init__(self, address: ConsulAddress, watches: int = 32) -> None:
        self.address = address
        self.name = f"consul {address.url}"
        """The system's name in errors."""
        self._watches = watches
        self._requests: consul.aio.Consul | None = None
        self._blocking: consul.aio.Consul | None = None
        self._closed = False

    async def read(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        """GET. Raises `Failed`."""
        async with self._translated():
            self._requests = self._requests or self._open(MAX_CONNECTIONS, TIMEOUT)
            return _expected(await _get(self._requests, path, params), expect)

    async def wait(self, path: str, *params: tuple[str, str], expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        """GET on the connections for watches: a blocking query if `params` have an index. Raises `Failed`."""
        async with self._translated():
            self._blocking = self._blocking or self._open(self._watches + MAX_CONNECTIONS, WAIT_TIMEOUT)
            return _expected(await _get(self._blocking, path, params), expect)

    async def write(self, path: str, body: bytes | str = b"", expect: tuple[int, ...] = (200,)) -> ConsulAnswer:
        """PUT. Raises `Failed`, and `Unconfirmed` if the server may have done it nevertheless."""
        async with self._translated(writing=True):
            client = self._requests = self._requests or self._open(MAX_CONNECTIONS, TIMEOUT)
            params = [("dc", client.dc)] if client.dc else []
            headers = client.prepare_headers()
            return _expected(await client.http.put(_answer, path, params=params, data=body, headers=headers), expect)

    def decoded(self, answer: ConsulAnswer, decoder: msgspec.json.Decoder[T], writing: bool = False) -> T:
        """The decoded body. Raises `Failed`, or `Unconfirmed` for a write, if it is not an answer of Consul."""
        try:
            return decoder.decode(answer.body)
        except (msgspec.MsgspecError, ValueError) as bad:
            kind = Unconfirmed if writing else Failed
            raise kind(self.name, f"does not answer as Consul does: {clean(str(bad))}", REMEDY_ADDRESS) from bad

    async def close(self) -> None:
        """Close the connections; later requests are refused."""
        self._closed = True
        for client in (self._requests, self._blocking):
            if client is not None:
                await client.close()
        self._requests = self._blocking = None

    def _open(self, connections: int, timeout: float) -> consul.aio.Consul:
        if self._closed:
            raise Failed(self.name, "it was closed")
        address = self.address
        client = consul.aio.Consul(
            host=f"[{address.host}]" if ":" in address.host else address.host,
            port=address.port,
            scheme=address.scheme,
            dc=address.datacenter or None,
            verify=address.verify if address.scheme == "https" else False,  # True would load the machine's CAs
            cert=address.cert,
            connections_limit=connections,
            connections_timeout=timeout,
        )
        client.token = address.token or None  # the parameter would be overridden by CONSUL_HTTP_TOKEN
        # aiohttp repeats a PUT by itself if a kept connection breaks: a write that was done would then conflict with
        # itself. Callers repeat a write only if they can tell whether it was done.
        client.http._session._retry_connection = False
        return client

    @asynccontextmanager
    async def _translated(self, writing: bool = False) -> AsyncIterator[None]:
        try:
            yield
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError, ssl.SSLError) as error:
            reason = clean(str(error))
            raise Failed(self.name, f"TLS verification failed: {reason}", REMEDY_TLS) from error
        except aiohttp.ClientConnectorError as error:
            code = error.os_error.errno
            reason = os.strerror(code).lower() if code and code > 0 else clean(str(error.os_error))
            raise Failed(self.name, reason, REMEDY_ADDRESS) from error
        except _UnexpectedStatus as unexpected:
            raise unexpected.failed(self.name, writing) from unexpected
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            if "[SSL:" in str(error):  # the server rejected the client's certificate
                raise Failed(self.name, f"TLS verification failed: {clean(str(error))}", REMEDY_TLS) from error
            reason = (
                "it does not answer"
                if isinstance(error, TimeoutError)
                else f"the connection broke: {clean(str(error))}"
            )
            raise _failure(self.name, reason, writing) from error


def _failure(system: str, reason: str, writing: bool) -> Failed:
    """The exception for a missing response: a write may have been done."""
    if writing:
        return Unconfirmed(system, reason, MAYBE_DONE)
    return Failed(system, reason, REMEDY_LEADER)


class _UnexpectedStatus(Exception):
    """A status that was not expected."""

    def __init__(self, answer: ConsulAnswer) -> None:
        super().__init__(answer.code)
        self._answer = answer

    def failed(self, system: str, writing: bool) -> Failed:
        reason = clean(self._answer.body[:300].decode("utf-8", "replace").strip()) or "no reason given"
        match self._answer.code:
            case 403:
                remedy = "use a token with the permission: `cockpit acl` prints the policies"
                return Failed(system, f"permission denied ({reason})", remedy)
            case 401:
                return Failed(system, reason, "it has no ACLs: remove the token")
            case 413:
                return Failed(system, f"too much for one transaction: {reason}", "nothing was written")
            case code if code >= 500:
                return _failure(system, reason, writing)
            case code:
                return Failed(system, f"answered {code}: {reason}", REMEDY_ADDRESS)


def _expected(answer: ConsulAnswer, codes: tuple[int, ...]) -> ConsulAnswer:
    if answer.code not in codes:
        raise _UnexpectedStatus(answer)
    return answer


async def _get(client: consul.aio.Consul, path: str, params: tuple[tuple[str, str], ...]) -> ConsulAnswer:
    # Not compressed: Consul is on the same machine or network, and compressing 1,000 hosts costs more than it saves.
    headers: Mapping[str, str] = {**client.prepare_headers(), "Accept-Encoding": "identity"}
    query = [*params, *((("dc", client.dc),) if client.dc else ())]
    answer: ConsulAnswer = await client.http.get(_answer, path, params=query, headers=headers, raw=True)
    return answer


def _answer(response: Any) -> ConsulAnswer:
    body = response.body if isinstance(response.body, bytes) else response.body.encode()
    index = response.headers.get("X-Consul-Index", "0")
    return ConsulAnswer(response.code, int(index) if index.isdigit() else 0, body)
