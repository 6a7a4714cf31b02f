from collections.abc import Sequence

from cockpit.control.feeds.sources import Sources
from cockpit.deploy.gate.traffic import Count, Counter, Scrape
from cockpit.deploy.hosts.status import Status
from tests.control.feeds.following import following, status
from tests.fakes import MemoryStore, NoLocks


class FakeMetrics:
    """Counters that grow by ten requests at each scrape; no host answers while `dead` is set."""

    def __init__(self) -> None:
        self.total = 0
        self.dead = False
        self.past: tuple[Scrape, ...] = ()

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        return self.past

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        self.total += 10
        if self.dead:
            return Scrape(now, (), tuple(status.host for status in hosts))
        return Scrape(now, tuple(Counter(s.host, s.tier, s.build, Count(self.total, 0)) for s in hosts))


async def test_hosts_that_stop_answering_are_missing_not_zero() -> None:
    store, metrics = MemoryStore(), FakeMetrics()
    await store.commit(status("c1"))
    async with following(Sources(store, NoLocks(), metrics=metrics, scrape_every=0.1)) as board:
        await board.until(lambda s: len(s.traffic.value.samples) >= 3, 5)
        metrics.dead = True
        snapshot = await board.until(lambda s: bool(s.traffic.value.samples[-1].missing), 5)
        assert snapshot.traffic.value.samples[-1].missing == ("c1",)
        assert snapshot.traffic.value.samples[-1].counts == {}


async def test_the_traffic_starts_with_the_sources_history() -> None:
    store, metrics = MemoryStore(), FakeMetrics()
    metrics.past = tuple(Scrape(at, (Counter("c1", "canary", "b", Count(int(at), 0)),)) for at in (10.0, 20.0))
    await store.commit(status("c1"))
    async with following(Sources(store, NoLocks(), metrics=metrics, scrape_every=0.1)) as board:
        snapshot = await board.until(lambda s: len(s.traffic.value.samples) >= 2, 5)
        assert snapshot.traffic.value.samples[0].at == 10.0
