"""A move is measured from the beginning of the drain until the host is back, whatever happens in between."""

from msgspec.structs import replace

from cockpit.agent.intent import Intent
from cockpit.agent.reconcile import Act, Disk, Drain, Flip, Idle, Undrain, Warm, decide, done, failed, recovered
from cockpit.agent.swap_time import timed
from cockpit.deploy.hosts.status import HostState, Swap

OLD, NEW, THIRD = "a" * 64, "b" * 64, "c" * 64
SERVING_OLD = Intent(HostState.SERVING, since=1.0, serial=1, wanted=OLD, healthy=True)


class Clockwork:
    """Steps through a move, a second an act, on a perfect disk."""

    def __init__(self, intent: Intent = SERVING_OLD, hot: str = OLD, cold: tuple[str, ...] = (NEW,)) -> None:
        self.intent, self.disk, self.now = intent, Disk(hot, cold), 100.0

    def keep(self, intent: Intent) -> None:
        self.intent = timed(self.intent, intent, self.now, 0.002)

    def go(self, wish: str, before: type[Act] = Idle, breaks: type[Act] | None = None) -> "Clockwork":
        """Act until it rests or is about to do `before`; an act of the kind `breaks` fails."""
        for _ in range(20):
            intent, act = decide(self.intent, self.disk, wish)
            self.keep(intent)
            if isinstance(act, Idle | before):
                return self
            self.now += 1.0
            if breaks and isinstance(act, breaks):
                breaks = None
                self.keep(failed(self.intent, act, self.disk, "broken"))
                continue
            if isinstance(act, Flip):
                others = tuple(build for build in (self.disk.hot, *self.disk.cold) if build != act.build)
                self.disk = Disk(act.build, others)
            self.keep(done(self.intent, act))
        raise AssertionError("it never rests")


def test_from_the_drain_to_the_undrain() -> None:
    host = Clockwork().go(NEW)
    assert host.intent.state is HostState.SERVING
    assert host.intent.swap == Swap(NEW, at=104.0, out=4.0, flip=0.002)
    assert host.intent.left == 0.0


def test_a_kill_in_the_middle_does_not_shorten_it() -> None:
    host = Clockwork().go(NEW, before=Warm)
    host.now += 60
    host.keep(recovered(host.intent, host.disk))
    host.go(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 64.0


def test_a_host_that_went_back_in_between_is_measured_anew() -> None:
    host = Clockwork().go(NEW, before=Flip)
    host.now += 60
    host.keep(recovered(host.intent, host.disk))
    host.go(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 4.0


def test_a_kill_while_it_drains_does_not_either() -> None:
    host = Clockwork().go(NEW, before=Drain)
    host.now += 60
    host.keep(replace(recovered(host.intent, host.disk), healthy=False))
    host.go(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 64.0


def test_a_move_that_went_wrong_is_none() -> None:
    before = Clockwork().go(NEW)
    first = before.intent.swap
    for broken in (Drain, Warm):
        host = Clockwork(before.intent, NEW, (OLD, THIRD)).go(THIRD, breaks=broken)
        assert host.intent.state is HostState.FAILED
        assert (host.intent.swap, host.intent.left) == (first, 0.0)


def test_a_wish_that_changes_on_the_way_leaves_the_move_that_was_made() -> None:
    host = Clockwork().go(NEW, before=Undrain).go(OLD)
    assert host.disk.hot == OLD
    assert host.intent.swap
    assert (host.intent.swap.build, host.intent.swap.out) == (OLD, 4.0)


def test_a_first_install_is_no_swap() -> None:
    assert Clockwork(Intent(), "", (NEW,)).go(NEW).intent.swap is None


def test_a_clock_that_goes_back_gives_no_negative_time() -> None:
    host = Clockwork().go(NEW, before=Undrain)
    host.now = 5.0
    host.go(NEW)
    assert host.intent.swap
    assert host.intent.swap.out == 0.0
