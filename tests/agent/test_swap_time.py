"""A move is measured from the start of its drain until the host is back, even across a kill."""

from msgspec.structs import replace

from cockpit.agent.acts import Act, Disk, Drain, Flip, Idle, Undrain, Warm
from cockpit.agent.intent import Intent
from cockpit.agent.reconcile import after_failure, after_success, decide, recover
from cockpit.agent.swap_time import measure_swap
from cockpit.deploy.hosts.status import HostState, Swap

OLD, NEW, THIRD = "a" * 64, "b" * 64, "c" * 64
SERVING_OLD = Intent(HostState.SERVING, since=1.0, serial=1, wanted=OLD, healthy=True)


class SteppedHost:
    """A host on a perfect disk that takes a second for each act."""

    def __init__(self, intent: Intent = SERVING_OLD, hot: str = OLD, cold: tuple[str, ...] = (NEW,)) -> None:
        self.intent, self.disk, self.now = intent, Disk(hot, cold), 100.0

    def save(self, intent: Intent) -> None:
        self.intent = measure_swap(self.intent, intent, self.now, 0.002)

    def advance(self, desired: str, before: type[Act] = Idle, fails: type[Act] | None = None) -> "SteppedHost":
        """Act until the host is idle or the next act is `before`; the first act of the kind `fails` fails."""
        for _ in range(20):
            intent, act = decide(self.intent, self.disk, desired)
            self.save(intent)
            if isinstance(act, Idle | before):
                return self
            self.now += 1.0
            if fails and isinstance(act, fails):
                fails = None
                self.save(after_failure(self.intent, act, self.disk, "broken"))
                continue
            if isinstance(act, Flip):
                others = tuple(build for build in (self.disk.hot, *self.disk.cold) if build != act.build)
                self.disk = Disk(act.build, others)
            self.save(after_success(self.intent, act))
        raise AssertionError("the host never becomes idle")


def test_a_swap_is_measured_from_the_drain_to_the_undrain() -> None:
    host = SteppedHost().advance(NEW)
    assert host.intent.state is HostState.SERVING
    assert host.intent.swap == Swap(NEW, at=104.0, out=4.0, flip=0.002)
    assert host.intent.drain_began == 0.0


def test_a_kill_after_the_flip_does_not_shorten_it() -> None:
    host = SteppedHost().advance(NEW, before=Warm)
    host.now += 60
    host.save(recover(host.intent, host.disk))
    host.advance(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 64.0


def test_a_drain_that_is_undone_is_measured_again() -> None:
    host = SteppedHost().advance(NEW, before=Flip)
    host.now += 60
    host.save(recover(host.intent, host.disk))
    host.advance(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 4.0


def test_a_kill_during_the_drain_does_not_shorten_it() -> None:
    host = SteppedHost().advance(NEW, before=Drain)
    host.now += 60
    host.save(replace(recover(host.intent, host.disk), healthy=False))
    host.advance(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 64.0


def test_a_failed_move_keeps_the_times_of_the_last_one() -> None:
    before = SteppedHost().advance(NEW)
    first = before.intent.swap
    for broken in (Drain, Warm):
        host = SteppedHost(before.intent, NEW, (OLD, THIRD)).advance(THIRD, fails=broken)
        assert host.intent.state is HostState.FAILED
        assert (host.intent.swap, host.intent.drain_began) == (first, 0.0)


def test_a_target_that_changes_during_a_move_begins_a_second_move() -> None:
    host = SteppedHost().advance(NEW, before=Undrain).advance(OLD)
    assert host.disk.hot == OLD
    assert host.intent.swap
    assert (host.intent.swap.build, host.intent.swap.out) == (OLD, 4.0)


def test_a_first_install_is_not_measured() -> None:
    assert SteppedHost(Intent(), "", (NEW,)).advance(NEW).intent.swap is None


def test_a_clock_that_jumps_back_gives_no_negative_time() -> None:
    host = SteppedHost().advance(NEW, before=Undrain)
    host.now = 5.0
    host.advance(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 0.0
