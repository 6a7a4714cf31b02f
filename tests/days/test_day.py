"""A day of twelve slots on a clock of its own, on both stores: afterwards every record says what was done."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.facts import (
    Advanced,
    Call,
    CommanderLost,
    Finished,
    Judged,
    Restored,
    SmokePassed,
    Started,
)
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.release_fold import fold
from cockpit.deploy.schedule.calendar import Slot
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Put, Store
from cockpit.rules.agenda import agenda, ending, freezes_on, releases_outside_slots
from cockpit.rules.notifications.messages import messages_for
from tests.adapters.notifiers.fake_service import FakeService, fake_service
from tests.consul_server import ConsulProcess
from tests.days.company import PATIENCE, TICK, Company, Screen, company
from tests.days.script import DATE, DAY, PEOPLE, PUBLIC, Turn, config, expected
from tests.git_origin import GitOrigin

BAD = (Call.HOLD, Call.ROLL_BACK)
WHY = "it fails for people"


class Player:
    """Plays the script; what people do in it is what is checked afterwards."""

    def __init__(self, at: Company, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = at
        self._patch = monkeypatch
        self._screen = Screen(at, "")
        self._bad = 0
        self.releases: dict[str, str] = {}
        """By the name of the slot."""
        self.rolled_back = ""
        self.taken_out: list[int] = []
        self.merged: list[int] = []

    async def install(self) -> None:
        """Before the first slot, from a shell."""
        await self.at.hosts.beat()
        await self.at.until(lambda s: len(s.statuses.value) == 7 and bool(s.engine.value.name))
        await Screen(self.at, PEOPLE[0], interactive=False).does("install")
        await self.at.told(Finished)

    async def play(self, turn: Turn, slot: Slot) -> None:
        """One slot, from its first minute on."""
        self.at.put_forward(slot.begin + 60)
        self._merge(turn)
        await self.at.hosts.beat()
        theirs = self.at.person_on_duty()
        await self._others_are_refused(turn, theirs)
        self._screen = Screen(self.at, theirs)
        await self._screen.open()
        await self.at.until(lambda s: s.commander.value.name == theirs)
        await self.at.tick(2)
        for act in turn.acts:
            doing: Callable[[Turn], Any] = getattr(self, f"_{act.replace('-', '_')}")
            await doing(turn)
        assert slot.contains(self.at.clock()), "the slot was long enough"
        await self._screen.close()
        await self.at.until(lambda s: not s.commander.value.name)

    def _merge(self, turn: Turn) -> None:
        origin, number = self.at.origin, 100 + 2 * DAY.index(turn)
        for name in ("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE"):
            self._patch.setenv(name, f"{self.at.clock():.0f} +0000")
        origin.pull()
        if turn.acts[0] == "resume":  # what was rolled back is repaired on main before anything else goes out
            origin.commit("Take it out again", {f"bad/production/{self._bad}": None})
        origin.squash_pr(number, f"For {turn.name}", {f"shop/{turn.name}.txt": turn.name})
        self.merged.append(number)
        if turn.bad:
            self._bad = number + 1
            origin.squash_pr(self._bad, f"Bad for {turn.bad}", {f"bad/{turn.bad}/{self._bad}": "bad"})
            self.merged.append(self._bad)

    async def _others_are_refused(self, turn: Turn, theirs: str) -> None:
        """Whose slot it is not starts nothing, and takes the conn with a reason alone."""
        other = Screen(self.at, next(one for one in PEOPLE if one != theirs), interactive=False)
        for verb in ("start", "take-over"):
            said = await other.is_refused(verb, f"{turn.name} is {theirs}'s slot")
            assert "reason" in said

    async def _start(self, turn: Turn) -> None:
        await self.at.look_at_main()
        ask = CommandRequest("")
        if frozen := self.at.board.look().active_freeze:
            assert "opens Mon 12:00 CET" in await self._screen.is_refused(
                "start", f"frozen by {frozen.by} ({frozen.why})"
            )
            await self._screen.is_refused("start", "an override needs a reason", replace(ask, override=True))
            ask = replace(ask, override=True, why="the auditors wait for this one")
        before = self.at.board.snapshot.log.value.releases[-1].id
        await self._screen.does("start", ask)
        await self.at.until(lambda s: bool(s.latest and s.latest.id != before))
        self.releases[turn.name] = self.at.latest.id
        await self.at.told(SmokePassed)

    async def _advance(self, turn: Turn) -> None:
        await self.at.says(Call.GO)
        await self._screen.does("advance")

    async def _finish(self, turn: Turn) -> None:
        await self.at.says(Call.GO)
        await self._screen.does("finish")

    async def _revert(self, turn: Turn) -> None:
        await self.at.says(*BAD)
        await self._screen.is_refused("advance", "the gate says")
        await self._screen.does("revert", CommandRequest("", WHY, pull=self._bad))
        self.taken_out.append(self._bad)
        await self.at.told(Restored)
        await self.at.told(SmokePassed, 2)

    async def _rollback(self, turn: Turn) -> None:
        await self.at.says(Call.ROLL_BACK)
        await self._screen.does("rollback", CommandRequest("", WHY))
        self.rolled_back = self.at.latest.id
        await self.at.told(Restored)

    async def _abandon(self, turn: Turn) -> None:
        await self._screen.does("abandon", CommandRequest("", "main is repaired first"))

    async def _resume(self, turn: Turn) -> None:
        if self.at.board.look().open is None:
            await self.at.look_at_main()
            await self._screen.is_refused("start", f"{self.rolled_back} was rolled back")
        await self._screen.does("resume", CommandRequest("", "looked into"))

    async def _freeze(self, turn: Turn) -> None:
        await self._screen.does("freeze", CommandRequest("", "the auditors are here", until="12:00"))

    async def _thaw(self, turn: Turn) -> None:
        await self.at.says(Call.GO)
        await self._screen.is_refused("advance", "frozen by")
        await self._screen.does("thaw", CommandRequest("", "they have gone"))

    async def _hand_over(self, turn: Turn) -> None:
        heir = self.at.policy.rota.next_after(self._screen.person)
        giver, self._screen = self._screen, Screen(self.at, heir)
        await self._screen.open()
        await giver.does("hand-over", CommandRequest("", to=heir, note="dogfood was slow at first"))
        await self.at.until(lambda s: s.commander.value.name == heir)
        await giver.is_refused("hold", f"{heir} is the commander")
        await giver.close()
        await self._screen.beat()
        await self._screen.is_refused("advance", "read the handoff first")

    async def _lose(self, turn: Turn) -> None:
        lost = self._screen.person
        await self._screen.close(Sign.LOST)
        await self.at.until(
            lambda s: bool(not s.commander.value.name and s.presence.value and s.presence.value.sign == "lost")
        )
        allowed = self.at.policy.commander.deadman
        snapshot = await self.at.tick(int(allowed / TICK) - 1)
        assert snapshot.open is not None
        assert snapshot.open.held is None, "not before its time"
        await self.at.tick()
        await self.at.told(CommanderLost)
        held, told = self.at.latest.held, self.at.latest.events[-1].what
        assert held is not None
        assert (held.by, held.why) == ("engine", f"{lost} lost for {allowed:.0f} s")
        assert isinstance(told, CommanderLost)
        assert (told.person, told.successor) == (lost, self.at.policy.rota.next_after(lost))
        self._screen = Screen(self.at, told.successor)
        await self._screen.open()

    async def _take_conn(self, turn: Turn) -> None:
        await self._screen.is_refused("resume", "there is no commander")
        await self._screen.is_refused("take-over", "needs a reason")
        await self._screen.does("take-over", CommandRequest("", "the line broke, I am next"))
        await self.at.until(lambda s: s.commander.value.name == self._screen.person)
        await self._screen.is_refused("resume", "read the handoff first")

    async def _card(self, turn: Turn) -> None:
        await self._screen.does("handoff")


def store_of(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return ""
    server: ConsulProcess = request.getfixturevalue("consul")
    return f'[store]\nkind = "consul"\naddress = "127.0.0.1:{server.http}"\nroot = "tests/{uuid4()}"'


async def shell(folder: Path, *argv: str) -> tuple[int, Any]:
    """A verb's exit code and what it says as JSON."""
    command = [sys.executable, "-m", "cockpit", "--config", str(folder / "config.toml"), *argv]
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    said, wrong = await running.communicate()
    assert said, wrong
    return running.returncode or 0, json.loads(said)


@pytest.mark.parametrize("kind", ["sqlite", "consul"])
async def test_a_day_of_twelve_slots_and_its_records_agree(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.engine.loop.JUDGE_EVERY", 0.02)  # the day's seconds pass faster than ours
    monkeypatch.setattr("cockpit.engine.recorder.PAUSE", 0.01)
    origin = GitOrigin(tmp_path)
    path = tmp_path / "config.toml"
    path.write_text(config(store_of(kind, request)))
    policy = load(path).policy
    slots = policy.calendar.slots_of(DATE)
    async with fake_service() as box:
        box.dead = True
        hook = f"json://127.0.0.1:{box.port}/hook"
        async with company(load(path), origin, slots[0].begin - 1800, hook) as firm:
            player = Player(firm, monkeypatch)
            await player.install()
            for turn, slot in zip(DAY, slots, strict=True):
                await player.play(turn, slot)
            snapshot = firm.board.look()
            await everything_arrives(box, firm)
            counts_agree(snapshot, player)
            agenda_agrees(snapshot, player)
            await record_agrees(tmp_path, snapshot, player)
            await edited_event_is_found(tmp_path, firm.store, player)


async def everything_arrives(box: FakeService, firm: Company) -> None:
    """Nothing of the day waited for the webhook; now that it is back it gets all of it, once and in order."""
    releases = firm.board.snapshot.log.value.releases
    wanted = [one for release in releases for one in messages_for(release, firm.policy, "json")]
    assert {one.release for one in wanted} == {release.id for release in releases}
    assert box.refused > 0
    assert box.sent == []
    waits = (await firm.until(lambda s: len(s.outbox.value.waiting) == len(wanted))).outbox.value
    assert waits.destinations["json"].error == "answered 503"
    assert 0 < waits.destinations["json"].at < releases[1].events[0].at, "it is known since when it is dead"
    async with box.changed:
        box.dead = False
    async with asyncio.timeout(2 * PATIENCE), box.changed:
        await box.changed.wait_for(lambda: len(box.sent) >= len(wanted))
    after = (await firm.until(lambda s: not s.outbox.value.waiting)).outbox.value
    assert after.given_up == ()
    assert after.delivered == {"json": len(wanted)}
    assert [sent.body["id"] for sent in box.sent] == [one.id for one in wanted]
    assert [sent.body["message"] for sent in box.sent] == [one.text for one in wanted]


def counts_agree(snapshot: Snapshot, player: Player) -> None:
    """Every event of the day is one that the script has, by whom it should be; verdicts come on top."""
    events = [event for release in snapshot.log.value.releases for event in release.events]
    kinds = Counter(type(event.what).__name__ for event in events)
    judged = kinds.pop(Judged.__name__)
    assert kinds == expected()
    said = Counter(event.what.call for event in events if isinstance(event.what, Judged))
    acts = [act for turn in DAY for act in turn.acts]
    assert said[Call.GO] == acts.count("advance") + acts.count("finish"), "one GO a step that was taken, by the engine"
    assert judged > said[Call.GO], "and the bad ones were seen"
    for release in snapshot.log.value.releases:
        for event in release.events:
            if isinstance(event.what, Judged):
                stood = fold(release.id, release.events[: event.number - 1])
                assert (event.what.rung, event.what.build) == (stood.rung, stood.build and stood.build.id)
    by = {release.id: release.events[0].by for release in snapshot.log.value.releases}
    assert {by[ident] for ident in player.releases.values()} == set(PEOPLE)
    over = [e for e in events if isinstance(e.what, Started | Advanced | Finished) and e.what.overrode]
    assert [(type(one.what), one.why) for one in over] == [(Started, "the auditors wait for this one")]


def agenda_agrees(snapshot: Snapshot, player: Player) -> None:
    """The day's page has each release in the slot, under the name and with the end that it had."""
    rota, calendar = snapshot.policy.rota, snapshot.policy.calendar
    booked = agenda(snapshot, DATE)
    assert [one.slot.name for one in booked] == [turn.name for turn in DAY]
    for turn, one in zip(DAY, booked, strict=True):
        (release,) = one.releases
        assert release.id == player.releases[turn.name]
        assert one.person == rota.commander(calendar, one.slot) == release.events[0].by
        assert ending(release) == turn.ends
        assert release.hotfixes == turn.acts.count("revert")
    assert [one.install for one in releases_outside_slots(snapshot, DATE)] == [True]
    (freeze,) = freezes_on(snapshot, DATE)
    assert (freeze.why, freeze.lifted) == ("the auditors are here", True)


async def record_agrees(folder: Path, snapshot: Snapshot, player: Player) -> None:
    """What the shell prints from the store, in processes of its own, is the same day."""
    code, proof = await shell(folder, "history", "--verify", "--json")
    events = sum(len(release.events) for release in snapshot.log.value.releases)
    assert (code, proof["events"], proof["broken"], proof["verified"]) == (0, events, [], True)

    _, figures = await shell(folder, "dora", "--since", "2026-11-23", "--until", "2026-11-24", "--json")
    failed = [turn for turn in DAY if turn.bad == "production"]
    assert figures["deploys"] == sum(turn.acts.count("advance") >= PUBLIC for turn in DAY) == len(DAY)
    assert figures["finished"] == sum("finish" in turn.acts for turn in DAY)
    assert figures["failed"] == len(failed)
    assert figures["failure_rate"] == len(failed) / len(DAY)
    assert (figures["restore"]["count"], figures["restore_unknown"]) == (len(failed), 0)
    takes_out = len(player.taken_out) + sum("rollback" in turn.acts for turn in DAY)  # as commits on main, by whomever
    kept = len(player.merged) - len(player.taken_out) + takes_out
    assert (figures["lead_time"]["count"], figures["lead_unknown"]) == (kept, 0)

    _, report = await shell(folder, "report", player.rolled_back, "--format", "json")
    (incident,) = report["incidents"]
    release = next(one for one in snapshot.log.value.releases if one.id == player.rolled_back)
    assert incident["remedy"]["why"] == WHY
    assert incident["remedy"]["by"] == release.events[0].by
    assert incident["found"]["what"]["call"] in BAD
    assert incident["tiers_reached"] == incident["tiers_withdrawn"] == ["dogfood", "production"]
    assert incident["excess_errors"] > 0
    assert 0 < incident["time_to_detect"] <= incident["time_to_restore"]
    assert len(report["release"]["events"]) == len(release.events)

    _, page = await shell(folder, "day", DATE.isoformat(), "--json")
    told = [(slot["name"], slot["state"], [one["ended"] for one in slot["releases"]]) for slot in page["slots"]]
    assert told == [(turn.name, "past", [turn.ends]) for turn in DAY]


async def edited_event_is_found(folder: Path, store: Store, player: Player) -> None:
    """Somebody writes another reason beneath the store; the log says where it is not what was written."""
    entries = await store.list(f"{store_keys.RELEASES}{player.rolled_back}/")
    entry = next(one for one in entries if WHY.encode() in (one.value or b""))
    await store.commit(Put(entry.key, (entry.value or b"").replace(WHY.encode(), b"it was time to")))
    code, proof = await shell(folder, "history", "--verify", "--json")
    assert code == 1
    assert not proof["verified"]
    release, number = store_keys.parse_event(entry.key) or ("", 0)
    assert proof["broken"] == [
        f"{store_keys.event(release, number + 1)}: the event before it is not the one it was written after"
    ]
