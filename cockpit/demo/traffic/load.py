"""The company's customers and its balancer in one process: `python -m cockpit.demo.traffic.load --plan FILE`.

Steady traffic, shared out over the hosts that are up. Every answer is checked: it must be a success, name its build,
and show the one commit that this build was made of. What became of each request is counted and written down once a
second, and counting goes on where an earlier run stopped.
"""

import argparse
import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from cockpit.demo.traffic.balancer import Balancer, Member, MemberState
from cockpit.demo.traffic.client import ConnectionLost, Host, Reply
from cockpit.demo.traffic.tally import FINE, MIXED, RequestCount, Tally, read_tally, write_tally

SHARES = {"dogfood": 0.03, "canary": 0.02, "production": 0.95}
POLL = 0.125
"""Seconds between two looks at a host's /health."""
TICK = 0.02
MOST_BEHIND = 0.1
"""Seconds of traffic that are made up for after a pause; more would be a flood that no customer sent."""
WRITTEN = 1.0


class LoadPlan(Struct, frozen=True):
    """What to send where."""

    members: tuple[Member, ...]
    tally: str
    """The file to write."""
    rate: float = 120.0
    """Requests a second over all tiers."""
    seed: int = 1


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode()


def _order(**order: object) -> bytes:
    body = json.dumps(order)
    return (
        f"POST /checkout HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


HEALTH = _get("/health")
MIX: tuple[tuple[int, str, bytes], ...] = (
    (24, "/", _get("/")),
    (9, "/product", _get("/product/kettle")),
    (8, "/product", _get("/product/mug")),
    (5, "/product", _get("/product/knife")),
    (14, "/search", _get("/search?q=Te")),
    (8, "/cart", _get("/cart?items=kettle,mug")),
    (20, "/checkout", _order(items={"kettle": 1, "mug": 2})),
    (7, "/checkout", _order(items={"pan": 1})),
    (5, "/checkout", _order(items={"knife": 1}, currency="EUR")),
)
"""(weight, route, request): what customers do. Every build that works serves all of it."""


class Load:
    """Traffic until cancelled."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._path = Path(plan.tally)
        self._before = read_tally(self._path)
        self._balancer = Balancer(plan.members, SHARES)
        self._members = tuple(member for member in plan.members if member.tier in SHARES)
        self._hosts = {member.host: _host(member.url) for member in self._members}
        self._dice = random.Random(plan.seed)
        self._counts = Counter({(r.tier, r.build, r.route, r.kind): r.count for r in self._before.rows})
        self._commits: dict[str, str] = {}
        """{build: the commit it showed first}."""
        self._began = 0.0

    async def run(self) -> None:
        """Send, count and write until cancelled."""
        self._began = time.monotonic()
        # The first look at all hosts comes first: else the one that answers soonest would get everybody's traffic.
        await asyncio.gather(*(self._look(member) for member in self._members))
        try:
            async with asyncio.TaskGroup() as group:
                for member in self._members:
                    group.create_task(self._poll(member))
                group.create_task(self._write())
                await self._send(group)
        finally:
            write_tally(self._path, self.tally)
            for host in self._hosts.values():
                host.close()

    @property
    def tally(self) -> Tally:
        """All that was counted, earlier runs included."""
        rows = tuple(RequestCount(*key, count) for key, count in sorted(self._counts.items()))
        resent = self._before.resent + sum(host.resent for host in self._hosts.values())
        return Tally(rows, resent, self._before.seconds + time.monotonic() - self._began)

    async def _send(self, group: asyncio.TaskGroup) -> None:
        weights, kinds = [weight for weight, _, _ in MIX], [(route, request) for _, route, request in MIX]
        due = time.monotonic()
        while True:
            now = time.monotonic()
            due = max(due, now - MOST_BEHIND)
            while due <= now:
                due += 1 / self._plan.rate
                if member := self._balancer.next():
                    route, request = self._dice.choices(kinds, weights)[0]
                    group.create_task(self._ask(member, route, request))
            await asyncio.sleep(TICK)

    async def _ask(self, member: Member, route: str, request: bytes) -> None:
        build = ""
        try:
            reply = await self._hosts[member.host].ask(request)
            build = reply.headers.get("x-build", "")
            kind = self._kind(reply, build)
        except TimeoutError:
            kind = "timeout"
        except ConnectionRefusedError:
            kind = "refused"
        except (ConnectionLost, OSError) as error:
            kind = f"reset: {error}"
        self._counts[member.tier, build, route, kind] += 1

    def _kind(self, reply: Reply, build: str) -> str:
        """What is wrong with an answer; empty for nothing."""
        if reply.status >= 500:
            return f"{reply.status} {reply.headers.get('x-error', '').partition(':')[0]}"
        if reply.status != 200 or not build:
            return f"status {reply.status}" if build else "no build named"
        commit = reply.headers.get("x-commit", "")
        whole = commit and f"shop at {commit}</footer>".encode() in reply.body
        return FINE if whole and self._commits.setdefault(build, commit) == commit else MIXED

    async def _poll(self, member: Member) -> None:
        while True:
            await asyncio.sleep(POLL)
            await self._look(member)

    async def _look(self, member: Member) -> None:
        try:
            reply = await self._hosts[member.host].ask(HEALTH)
            if reply.status == 200:
                state = MemberState.UP
            else:
                state = MemberState.DRAINING if json.loads(reply.body)["build"] else MemberState.OUT
        except (OSError, TimeoutError, ConnectionLost, ValueError, KeyError):
            state = MemberState.OUT
        self._balancer.heard(member.host, state)

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(WRITTEN)
            write_tally(self._path, self.tally)


def _host(url: str) -> Host:
    address, _, port = url.partition("://")[2].rstrip("/").partition(":")
    return Host(address, int(port))


async def _until_told(plan: LoadPlan) -> None:
    task = asyncio.ensure_future(Load(plan).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def main(argv: Sequence[str] | None = None) -> None:
    """Send what the plan says until SIGTERM."""
    parser = argparse.ArgumentParser(prog="cockpit.demo.traffic.load")
    parser.add_argument("--plan", type=Path, required=True)
    plan = msgspec.json.decode(parser.parse_args(argv).plan.read_bytes(), type=LoadPlan)
    asyncio.run(_until_told(plan))


if __name__ == "__main__":
    main()
