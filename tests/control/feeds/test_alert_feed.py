from cockpit.control.feeds.sources import Sources
from cockpit.deploy.gate.alerts import Alert
from cockpit.ports import Failed
from tests.control.feeds.following import following
from tests.fakes import MemoryStore, NoLocks


class FakeAlerts:
    """One alert, then failures."""

    def __init__(self) -> None:
        self.reads = 0

    async def alerts(self) -> tuple[Alert, ...]:
        self.reads += 1
        if self.reads > 1:
            raise Failed("alertmanager", "does not answer")
        return (Alert("DiskFull", 5.0),)


async def test_the_last_alerts_stay_when_their_source_fails() -> None:
    async with following(Sources(MemoryStore(), NoLocks(), alerts=FakeAlerts(), alerts_every=0.01)) as board:
        snapshot = await board.until(lambda s: bool(s.alerts.error), 5)
        assert snapshot.alerts.error == "alertmanager: does not answer"
        assert snapshot.alerts.value == (Alert("DiskFull", 5.0),)
