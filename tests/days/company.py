"""A company whose time is the test's own: real store, locks, engine, repository, builds and webhook, and a clock that
is put forward; its hosts obey at once, and its commanders sit at screens of which only the seat is there.
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
"""Real seconds for what takes none of the day's."""
TICK = 10.0
"""Seconds of the day between two signs of life of everything."""
LEASE = 80_000.0
"""Of the engine: longer than the day, which is put forward under its feet."""
TTL = 30.0


class Hosts:
    """Every host of the fleet: does as its target says, at once, and counts requests; bad builds fail on one tier."""

    def __init__(self, store: Store, board: Board, clock: Callable[[], float], origin: GitOrigin) -> None:
        self._store = store
        self._board = board
        self._policy = board.snapshot.policy
        self._clock = clock
        self._origin = origin
        self._targets: dict[str, Target] = {}
        self._serves: dict[str, tuple[str, float]] = {}
        self._counted: dict[tuple[str, str, str], Count] = {}
        self._fails: dict[str, str] = {}
        self._turn = asyncio.Lock()
        """One report at a time, so that an older one never lands on a newer."""

    async def obey(self) -> None:
        """Until cancelled."""
        async for entries in self._store.watch(store_keys.TARGETS):
            for entry in entries:
                if tier := store_keys.tier_of_target(entry.key):
                    self._targets[tier] = msgspec.json.decode(entry.value or b"", type=Target)
            await self.beat()

    async def beat(self) -> None:
        """Every host says what it serves."""
        async with self._turn:
            said = [self._says(host, tier.name) for tier in self._policy.tiers for host in tier.hosts]
            await self._store.commit(*said, durable=False)

    def _says(self, host: str, tier: str) -> Put:
        now, target = self._clock(), self._targets.get(tier)
        build, since = self._serves.get(host, ("", now))
        if target and (wanted := target.wants(host)) != build:
            build, since = self._serves[host] = wanted, now
        state = HostState.SERVING if build else HostState.EMPTY
        status = Status(host, tier, state, now, since, build, serial=target.serial if target else 0)
        return Put(store_keys.status(tier, host), msgspec.json.encode(status))

    def scrape(self) -> Scrape:
        """What their counters say after a while of steady traffic."""
        for tier in self._policy.tiers:
            for host in tier.hosts:
                if build := self._serves.get(host, ("",))[0]:
                    errors = 400 if self._bad(build) == tier.name else 0
                    place = (host, tier.name, build)
                    self._counted[place] = self._counted.get(place, Count()) + Count(4000, errors)
        return Scrape(self._clock(), tuple(Counter(*place, total) for place, total in self._counted.items()))

    def _bad(self, build: str) -> str:
        """The tier on which that build fails, as the files that it was made of say."""
        if build not in self._fails:
            made = (one for release in self._board.snapshot.log.value.releases for one in release.builds)
            paths = self._origin.paths(next(one.commit for one in made if one.id == build))
            self._fails[build] = next((path.split("/")[1] for path in paths if path.startswith("bad/")), "")
        return self._fails[build]


class Screen:
    """A commander's terminal: the lease that keeps them commander, and the dispatcher of their commands."""

    def __init__(self, company: "Company", person: str, interactive: bool = True) -> None:
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
        self._task = asyncio.create_task(self._lease.keep(self._turns, lambda said: None))
        self._company.screens.append(self)
        await self.beat()

    async def beat(self) -> None:
        """Renew the lease once, as a screen does every few seconds."""
        self._done.clear()
        self._due.set()
        async with asyncio.timeout(PATIENCE):
            await self._done.wait()

    async def close(self, ending: Sign = Sign.LEFT) -> None:
        """Leave, or lose the line."""
        assert self._task is not None
        self._company.screens.remove(self)
        self._sign_at_end = ending
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def give(self, verb: str, ask: CommandRequest | None = None) -> Done | Changed | Refusal:
        """What comes of a command."""
        return await self._dispatcher.dispatch(
            find_command(verb), msgspec.structs.replace(ask or CommandRequest(""), by=self.person)
        )

    async def does(self, verb: str, ask: CommandRequest | None = None) -> None:
        """Give a command that is taken."""
        came = await self.give(verb, ask)
        assert isinstance(came, Done), (self.person, verb, came)

    async def is_refused(self, verb: str, said: str, ask: CommandRequest | None = None) -> str:
        """Give a command that is not; the reason, which says so."""
        came = await self.give(verb, ask)
        assert isinstance(came, Refusal), (self.person, verb, came)
        assert said in came.reason
        return came.reason

    async def _turns(self) -> AsyncIterator[None]:
        while True:
            await self._due.wait()
            self._due.clear()
            yield
            self._done.set()


@dataclass
class Company:
    """All of it, at one moment of the day."""

    config: Config
    origin: GitOrigin
    world: Context
    repository: Repository
    board: Board
    hosts: Hosts
    now: list[float]
    screens: list[Screen] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.world.store

    @property
    def locks(self) -> Locks:
        return self.world.locks

    @property
    def policy(self) -> Policy:
        return self.config.policy

    def clock(self) -> float:
        return self.now[0]

    def put_forward(self, at: float) -> None:
        """Nothing happens until then."""
        assert at > self.now[0], "time goes forward"
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
        """The picture in which it is so, without a second of the day passing."""
        snapshot = await self.board.until(holds, PATIENCE)
        assert holds(snapshot), (snapshot.latest and [e.what for e in snapshot.latest.events][-5:], snapshot.verdict)
        return snapshot

    async def told(self, kind: type[Fact], times: int = 1) -> None:
        """Wait until the newest release has had that so many times."""
        await self.until(
            lambda s: sum(isinstance(e.what, kind) for e in (s.latest.events if s.latest else ())) >= times
        )

    async def tick(self, many: int = 1) -> Snapshot:
        """Some seconds of the day: everything gives a sign of life, and what the engine says of it is there."""
        for _ in range(many):
            self.now[0] += TICK
            await self.hosts.beat()
            for screen in self.screens:
                await screen.beat()
            await self.until(self._heard)
            traffic = add_scrape(self.board.snapshot.traffic.value, self.hosts.scrape())
            self.board.put(traffic=Seen(traffic, self.clock()))
            await self.until(self._judged)
        return self.board.look()

    def _heard(self, snapshot: Snapshot) -> bool:
        return min(one.at for one in snapshot.statuses.value.values()) >= self.clock()

    def _judged(self, snapshot: Snapshot) -> bool:
        """Whether the engine has had its say on the present moment, where it has one."""
        release, said = snapshot.open, snapshot.judgement.value
        has = release and release.rung >= 0 and release.build and not release.install
        return not has or (said is not None and said.at >= self.clock())

    async def says(self, *calls: Call) -> None:
        """Let the day go on until the gate says that of the present step, and it is in the log."""
        for _ in range(20):
            if (await self.tick()).verdict.call in calls:
                await self.until(lambda s: s.verdict.call in calls and _is_told(s))
                return
        raise AssertionError((calls, self.board.look().verdict))

    async def look_at_main(self) -> None:
        """What `start` would bring, as the feed of the repository has it."""
        found = await asyncio.to_thread(preview, self.repository, preview_query(self.board.look()))
        self.board.put(preview=Seen(found, self.clock()))


def _is_told(snapshot: Snapshot) -> bool:
    """Whether the present verdict is in the log."""
    release = snapshot.latest
    return bool(release and release.last_verdict and release.last_verdict.call is snapshot.verdict.call)


@asynccontextmanager
async def company(config: Config, origin: GitOrigin, begin: float, webhook: str) -> AsyncIterator[Company]:
    """The company with its engine at work, from `begin` on; the store is closed at the end."""
    now = [begin]

    def clock() -> float:
        return now[0]

    store, locks = open_store(config, False, clock)
    world = Context(config, store, locks)
    board, executor = Board(config.policy, clock), replace(world.executor(), clock=clock)
    hosts = Hosts(store, board, clock, origin)
    sender = NotificationSender(board, store, lambda: notifiers(NotifierUrls((webhook,))), pauses=(0.1, 0.5, 1.0))
    engine = Engine(board, store, locks, executor, clock, "engine@town", ttl=LEASE, sender=sender)
    made = Company(config, origin, world, executor.repository, board, hosts, now)
    tasks = [
        asyncio.create_task(follow(board, Sources(store, locks), clock)),
        asyncio.create_task(hosts.obey()),
        asyncio.create_task(engine.run()),
    ]
    try:
        yield made
    finally:
        for screen in tuple(made.screens):
            await screen.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()
