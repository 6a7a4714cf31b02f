"""The company's customers and load balancer in one process: `python -m cockpit.demo.traffic.load --plan FILE`.

It sends steady traffic to the hosts that are up and checks every reply: it must be a success, name its build, and show
the commit of that build. The counts are written once a second. A restarted process continues the counts.
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
from cockpit.demo.traffic.tally import MIXED, OK, RequestCount, Tally, read_tally, write_tally

SHARES = {"dogfood": 0.03, "canary": 0.02, "production": 0.95}
RATE = 120.0
"""Requests a second over all tiers, at pace 1."""
HEALTH_INTERVAL = 0.125
"""Seconds between two health checks of a host."""
TICK = 0.02
MAX_BACKLOG = 0.1
"""Seconds of traffic that are caught up on after a pause; more would be a burst that no customer sent."""
WRITE_INTERVAL = 1.0


class LoadPlan(Struct, frozen=True):
    """The members that get traffic, and how much."""

    members: tuple[Member, ...]
    tally: str
    """The file of the tally."""
    rate: float = RATE
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
"""(weight, route, request). Every working build serves all of them."""


class Load:
    """Sends traffic until cancelled."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._path = Path(plan.tally)
        self._before = read_tally(self._path)
        self._balancer = Balancer(plan.members, SHARES)
        self._members = tuple(member for member in plan.members if member.tier in SHARES)
        self._hosts = {member.host: Host.at(member.url) for member in self._members}
        self._dice = random.Random(plan.seed)
        self._counts = Counter({(r.tier, r.build, r.route, r.kind): r.count for r in self._before.rows})
        self._commits: dict[str, str] = {}
        """{build: the commit in its first reply}."""
        self._began = 0.0

    async def run(self) -> None:
        """Send, count and write until cancelled."""
        self._began = time.monotonic()
        # Check all hosts before sending: else the first host to answer would get all traffic.
        await asyncio.gather(*(self._check_health(member) for member in self._members))
        try:
            async with asyncio.TaskGroup() as group:
                for member in self._members:
                    group.create_task(self._poll(member))
                group.create_task(self._write())
                await self._send_all(group)
        finally:
            write_tally(self._path, self.tally)
            for host in self._hosts.values():
                host.close()

    @property
    def tally(self) -> Tally:
        """The counts so far, earlier runs included."""
        rows = tuple(RequestCount(*key, count) for key, count in sorted(self._counts.items()))
        resent = self._before.resent + sum(host.resent for host in self._hosts.values())
        return Tally(rows, resent, self._before.seconds + time.monotonic() - self._began)

    async def _send_all(self, group: asyncio.TaskGroup) -> None:
        weights, kinds = [weight for weight, _, _ in MIX], [(route, request) for _, route, request in MIX]
        due = time.monotonic()
        while True:
            now = time.monotonic()
            due = max(due, now - MAX_BACKLOG)
            while due <= now:
                due += 1 / self._plan.rate
                if member := self._balancer.next_member():
                    route, request = self._dice.choices(kinds, weights)[0]
                    group.create_task(self._send_request(member, route, request))
            await asyncio.sleep(TICK)

    async def _send_request(self, member: Member, route: str, request: bytes) -> None:
        build = ""
        try:
            reply = await self._hosts[member.host].send(request)
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
        """The kind of failure of a reply; empty for a good one."""
        if reply.status >= 500:
            return f"{reply.status} {reply.headers.get('x-error', '').partition(':')[0]}"
        if reply.status != 200 or not build:
            return f"status {reply.status}" if build else "no X-Build header"
        commit = reply.headers.get("x-commit", "")
        consistent = commit and f"shop at {commit}</footer>".encode() in reply.body
        return OK if consistent and self._commits.setdefault(build, commit) == commit else MIXED

    async def _poll(self, member: Member) -> None:
        while True:
            await asyncio.sleep(HEALTH_INTERVAL)
            await self._check_health(member)

    async def _check_health(self, member: Member) -> None:
        try:
            reply = await self._hosts[member.host].send(HEALTH)
            if reply.status == 200:
                state = MemberState.UP
            else:
                state = MemberState.DRAINING if json.loads(reply.body)["build"] else MemberState.OUT
        except (OSError, TimeoutError, ConnectionLost, ValueError, KeyError):
            state = MemberState.OUT
        self._balancer.set_state(member.host, state)

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(WRITE_INTERVAL)
            write_tally(self._path, self.tally)


async def _run_until_signal(plan: LoadPlan) -> None:
    task = asyncio.ensure_future(Load(plan).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def main(argv: Sequence[str] | None = None) -> None:
    """Send the traffic of the plan until SIGTERM."""
    parser = argparse.ArgumentParser(prog="cockpit.demo.traffic.load")
    parser.add_argument("--plan", type=Path, required=True)
    plan = msgspec.json.decode(parser.parse_args(argv).plan.read_bytes(), type=LoadPlan)
    asyncio.run(_run_until_signal(plan))


if __name__ == "__main__":
    main()
