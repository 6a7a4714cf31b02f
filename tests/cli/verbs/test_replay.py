"""`cockpit replay` of a recorded release, from either store."""

import asyncio
import json
from pathlib import Path

from cockpit import wiring
from cockpit.config import load
from tests.cli.shell import Capsys, run
from tests.recorded_releases import rolled_back

RELEASE = rolled_back()


def test_a_replay_without_a_screen_prints_the_events_and_changes_nothing(recorded_store: str, capsys: Capsys) -> None:
    async def entries() -> tuple[tuple[str, bytes | None], ...]:
        async with wiring.open_context(load(Path("config.toml"))) as context:
            return tuple((entry.key, entry.value) for entry in await context.store.list(""))

    before = asyncio.run(entries())
    code, out, _ = run(capsys, "replay", RELEASE.id, "--speed", "10000", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [event["number"] for event in events] == [event.number for event in RELEASE.events]
    code, out, _ = run(capsys, "replay", "--speed", "10000", "--headless")
    assert (code, "ROLLED BACK dogfood, canary, production" in out) == (0, True)
    assert asyncio.run(entries()) == before


def test_a_replay_needs_a_known_release_a_positive_speed_and_a_terminal(recorded_store: str, capsys: Capsys) -> None:
    assert run(capsys, "replay", "--speed", "0")[0] == 2
    code, _, err = run(capsys, "replay", "2001-01-01.1", "--headless")
    assert (code, "there is no release 2001-01-01.1" in err) == (1, True)
    code, _, err = run(capsys, "replay")
    assert (code, "the screen needs a terminal" in err) == (3, True)
