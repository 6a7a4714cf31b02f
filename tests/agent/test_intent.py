"""A journal of the version before is read, and its names are written again."""

import msgspec

from cockpit.agent.intent import Intent
from cockpit.agent.retry import Retry
from cockpit.deploy.hosts.status import HostState, Swap

OLD, NEW, THIRD = "a" * 64, "b" * 64, "c" * 64
STORED = {
    "state": "warming",
    "since": 12.5,
    "serial": 7,
    "wanted": NEW,
    "previous": OLD,
    "kept": THIRD,
    "drained": True,
    "healthy": False,
    "failed": "",
    "detail": "requests were in flight still after 30 s",
    "left": 11.0,
    "swap": {"build": OLD, "at": 5.0, "out": 2.5, "flip": 0.001},
}
"""`state.json` as the version before wrote it."""


def test_an_intent_of_the_version_before_is_read() -> None:
    intent = msgspec.json.decode(msgspec.json.encode(STORED), type=Intent)
    assert (intent.state, intent.serial, intent.wanted, intent.previous) == (HostState.WARMING, 7, NEW, OLD)
    assert (intent.last_good, intent.drain_began) == (THIRD, 11.0)
    assert intent.swap == Swap(OLD, at=5.0, out=2.5, flip=0.001)


def test_the_stored_names_stay() -> None:
    intent = msgspec.json.decode(msgspec.json.encode(STORED), type=Intent)
    assert msgspec.json.decode(msgspec.json.encode(intent)) == {**STORED, "good": [], "retry": None}


def test_failures_and_good_builds_outlive_the_agent() -> None:
    intent = Intent(HostState.DRAINING, good=(NEW, OLD), retry=Retry(5.0, 3, "hook drain: exit 1"))
    assert msgspec.json.decode(msgspec.json.encode(intent), type=Intent) == intent
