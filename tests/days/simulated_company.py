"""A company on a simulated clock: real store, locks, engine, repository, builds and webhook.

Its hosts switch builds at once. Its screens consist of the commander's lease and the dispatcher.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import msgspec

from cockpit.adapters.notifiers.destinations import NotifierUrls, notifiers
from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_heartbeat import CommanderHeartbeat
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Changed, Dispatcher, Done
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.control.preview import preview
from cockpit.deploy import store_keys
from cockpit.deploy.facts import Call, Fact
from cockpit.deploy.gate.traffic import Count, Counter, Scrape, add_scrape
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.deploy.policy import Policy
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.loop import Engine
from cockpit.engine.notification_sender import NotificationSender
from cockpit.ports import Locks, Put, Repository, Store
from cockpit.rules.commander.duty import duty_at
from cockpit.rules.decisions.preflight import preview_query
from cockpit.wiring.context import Context
from cockpit.wiring.stores import open_store
from tests.git_origin import GitOrigin

PATIENCE = 30.0
"""Real seconds to wait for work that takes no simulated time."""
TICK = 10.0
"""Simulated seconds between two heartbeats of hosts and screens."""
ENGINE_TTL = 80_000.0
"""Longer than the day, because the clock jumps."""
TTL = 30.0


class SimulatedHosts:
    """All hosts of the fleet: they switch to their target at once. Requests to a bad build fail on one tier."""

    def __init__(self, store: Store, board: Board, clock: Callable[[], float], origin: GitOrigin) -> None:
        self._store = store
        self._board = board
        self._policy = board.snapshot.policy
        self._clock = clock
        self._origin = origin
        self._targets: dict[str, Target] = {}
        self._serving: dict[str, tuple[str, float]] = {}
        self._counts: dict[tuple[str, str, str], Count] = {}
        self._bad_tiers: dict[str, str] = {}
        self._reporting = asyncio.Lock()
        """One report at a time, so that an older one never replaces a newer."""

    async def run(self) -> None:
        """Follow the targets until cancelled."""
        async for entries in self._store.watch(store_keys.TARGETS):
            for entry in entries:
                if tier := store_keys.tier_of_target(entry.key):
                    self._targets[tier] = msgspec.json.decode(entry.value or b"", type=Target)
            await self.beat()

    async def beat(self) -> None:
        """Write the status of every host."""
        async with self._reporting:
            statuses = [self._status(host, tier.name) for tier in self._policy.tiers for host in tier.hosts]
            await self._store.commit(*statuses, durable=False)

    def _status(self, host: str, tier: str) -> Put:
        now, target = self._clock(), self._targets.get(tier)
        build, since = self._serving.get(host, ("", now))
        if target and (wanted := target.wants(host)) != build:
            build, since = self._serving[host] = wanted, now
        state = HostState.SERVING if build else HostState.EMPTY
        status = Status(host, tier, state, now, since, build, serial=target.serial if target else 0)
        return Put(store_keys.status(tier, host), msgspec.json.encode(status))

    def scrape(self) -> Scrape:
        """The counters after some more traffic."""
        for tier in self._policy.tiers:
            for host in tier.hosts:
                if build := self._serving.get(host, ("",))[0]:
                    errors = 400 if self._bad_tier(build) == tier.name else 0
                    key = (host, tier.name, build)
                    self._counts[key] = self._counts.get(key, Count()) + Count(4000, errors)
        return Scrape(self._clock(), tuple(Counter(*key, total) for key, total in self._counts.items()))

    def _bad_tier(self, build: str) -> str:
        """The tier on which the build fails, by the files of its commit."""
        if build not in self._bad_tiers:
            builds = (made for release in self._board.snapshot.log.value.releases for made in release.builds)
            paths = self._origin.paths(next(made.commit for made in builds if made.id == build))
            self._bad_tiers[build] = next((path.split("/")[1] for path in paths if path.startswith("bad/")), "")
        return self._bad_tiers[build]


class SimulatedScreen:
    """A commander's screen: the commander lease and the dispatcher."""

    def __init__(self, company: "SimulatedCompany", person: str, interactive: bool = True) -> None:
        self.person = person
        self._sign_at_end = Sign.LEFT
        heartbeat = CommanderHeartbeat(company.store, company.clock, lambda: self._sign_at_end)
        self._lease = CommanderLease(company.locks, person, TTL, heartbeat, company.person_on_duty)
        self._dispatcher = Dispatcher(
            company.store, company.board.past, company.clock, self._lease, interactive=interactive
        )
        self._due, self._done = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._company = company

    async def open(self) -> None:
        """Open the screen."""
        self._task = asyncio.create_task(self._lease.keep(self._beats, lambda error: None))
        self._company.screens.append(self)
        await self.beat()

    async def beat(self) -> None:
        """Renew the lease once."""
        self._done.clear()
        self._due.set()
        async with asyncio.timeout(PATIENCE):
            await self._done.wait()

    async def close(self, ending: Sign = Sign.LEFT) -> None:
        """Quit, or lose the connection."""
        assert self._task is not None
        self._company.screens.remove(self)
        self._sign_at_end = ending
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def give(self, verb: str, request: CommandRequest | None = None) -> Done | Changed | Refusal:
        """Give a command; its outcome."""
        return await self._dispatcher.dispatch(
            find_command(verb), msgspec.structs.replace(request or CommandRequest(""), by=self.person)
        )

    async def execute(self, verb: str, request: CommandRequest | None = None) -> None:
        """Give a command, which must be executed."""
        outcome = await self.give(verb, request)
        assert isinstance(outcome, Done), (self.person, verb, outcome)

    async def expect_refusal(self, verb: str, text: str, request: CommandRequest | None = None) -> str:
        """Give a command, which must be refused with that text in its reason; the reason."""
        outcome = await self.give(verb, request)
        assert isinstance(outcome, Refusal), (self.person, verb, outcome)
        assert text in outcome.reason
        return outcome.reason

    async def _beats(self) -> AsyncIterator[None]:
        while True:
            await self._due.wait()
            self._due.clear()
            yield
            self._done.set()


@dataclass
class SimulatedCompany:
    """The company and its clock."""

    config: Config
    origin: GitOrigin
    context: Context
    repository: Repository
    board: Board
    hosts: SimulatedHosts
    now: list[float]
    screens: list[SimulatedScreen] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.context.store

    @property
    def locks(self) -> Locks:
        return self.context.locks

    @property
    def policy(self) -> Policy:
        return self.config.policy

    def clock(self) -> float:
        return self.now[0]

    def jump_to(self, at: float) -> None:
        """Set the clock forward."""
        assert at > self.now[0], "the clock goes forward"
        self.now[0] = at

    def person_on_duty(self) -> str:
        duty = duty_at(self.policy.calendar, self.policy.rota, self.clock())
        return duty.person if duty else ""

    @property
    def latest(self) -> Release:
        release = self.board.snapshot.latest
        assert release is not None
        return release

    async def until(self, holds: Callable[[Snapshot], bool]) -> Snapshot:
        """The first snapshot that holds, without simulated time passing."""
        snapshot = await self.board.until(holds, PATIENCE)
        assert holds(snapshot), (snapshot.latest and [e.what for e in snapshot.latest.events][-5:], snapshot.verdict)
        return snapshot

    async def until_event(self, kind: type[Fact], times: int = 1) -> None:
        """Wait until the newest release has that many events of that kind."""
        await self.until(
            lambda s: sum(isinstance(e.what, kind) for e in (s.latest.events if s.latest else ())) >= times
        )

    async def tick(self, times: int = 1) -> Snapshot:
        """Advance the clock by `TICK`, with heartbeats, traffic and the engine's judgement at each tick."""
        for _ in range(times):
            self.now[0] += TICK
            await self.hosts.beat()
            for screen in self.screens:
                await screen.beat()
            await self.until(self._has_statuses)
            traffic = add_scrape(self.board.snapshot.traffic.value, self.hosts.scrape())
            self.board.put(traffic=Seen(traffic, self.clock()))
            await self.until(self._is_judged)
        return self.board.look()

    def _has_statuses(self, snapshot: Snapshot) -> bool:
        return min(status.at for status in snapshot.statuses.value.values()) >= self.clock()

    def _is_judged(self, snapshot: Snapshot) -> bool:
        """Whether the engine has judged the present moment, if there is something to judge."""
        release, judgement = snapshot.open, snapshot.judgement.value
        has_step = release and release.rung >= 0 and release.build and not release.install
        return not has_step or (judgement is not None and judgement.at >= self.clock())

    async def until_verdict(self, *calls: Call) -> None:
        """Tick until the gate gives one of these calls for the current step and has recorded it."""
        for _ in range(20):
            if (await self.tick()).verdict.call in calls:
                await self.until(lambda s: s.verdict.call in calls and _is_recorded(s))
                return
        raise AssertionError((calls, self.board.look().verdict))

    async def preview_main(self) -> None:
        """Put the preview of a release of main on the board."""
        value = await asyncio.to_thread(preview, self.repository, preview_query(self.board.look()))
        self.board.put(preview=Seen(value, self.clock()))


def _is_recorded(snapshot: Snapshot) -> bool:
    """Whether the current verdict is in the log."""
    release = snapshot.latest
    return bool(release and release.last_verdict and release.last_verdict.call is snapshot.verdict.call)


@asynccontextmanager
async def simulated_company(
    config: Config, origin: GitOrigin, begin: float, webhook: str
) -> AsyncIterator[SimulatedCompany]:
    """Run the company with its engine from the time `begin` on."""
    now = [begin]

    def clock() -> float:
        return now[0]

    store, locks = open_store(config, False, clock)
    context = Context(config, store, locks)
    board, executor = Board(config.policy, clock), replace(context.executor(), clock=clock)
    hosts = SimulatedHosts(store, board, clock, origin)
    sender = NotificationSender(board, store, lambda: notifiers(NotifierUrls((webhook,))), pauses=(0.1, 0.5, 1.0))
    engine = Engine(board, store, locks, executor, clock, "engine@shop", ttl=ENGINE_TTL, sender=sender)
    company = SimulatedCompany(config, origin, context, executor.repository, board, hosts, now)
    tasks = [
        asyncio.create_task(follow(board, Sources(store, locks), clock)),
        asyncio.create_task(hosts.run()),
        asyncio.create_task(engine.run()),
    ]
    try:
        yield company
    finally:
        for screen in tuple(company.screens):
            await screen.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()
