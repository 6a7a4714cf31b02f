"""A day of twelve slots on a simulated clock, on both stores: afterwards every record agrees with its commands."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
from tests.days.schedule import DATE, PEOPLE, PUBLIC, SLOTS, ReleaseSlot, config_text, expected_counts
from tests.days.simulated_company import PATIENCE, TICK, SimulatedCompany, SimulatedScreen, simulated_company
from tests.git_origin import GitOrigin
from tests.stores import store_section

BAD = (Call.HOLD, Call.ROLL_BACK)
WHY = "it fails for people"


class DayRunner:
    """Gives the commands of the schedule and keeps what the records have to say afterwards."""

    def __init__(self, company: SimulatedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
        self.company = company
        self._patch = monkeypatch
        self._screen = SimulatedScreen(company, "")
        self._bad = 0
        self.releases: dict[str, str] = {}
        """{slot: release}"""
        self.rolled_back = ""
        self.reverted: list[int] = []
        self.merged: list[int] = []

    async def install(self) -> None:
        """Install the first build from a shell."""
        await self.company.hosts.beat()
        await self.company.until(lambda s: len(s.statuses.value) == 7 and bool(s.engine.value.name))
        await SimulatedScreen(self.company, PEOPLE[0], interactive=False).execute("install")
        await self.company.until_event(Finished)

    async def run_slot(self, planned: ReleaseSlot, slot: Slot) -> None:
        """Give the commands of one slot, from its first minute on."""
        self.company.jump_to(slot.begin + 60)
        self._merge(planned)
        await self.company.hosts.beat()
        on_duty = self.company.person_on_duty()
        await self._expect_refusals_of_others(planned, on_duty)
        self._screen = SimulatedScreen(self.company, on_duty)
        await self._screen.open()
        await self.company.until(lambda s: s.commander.value.name == on_duty)
        await self.company.tick(2)
        for command in planned.commands:
            give: Callable[[ReleaseSlot], Any] = getattr(self, f"_{command.replace('-', '_')}")
            await give(planned)
        assert slot.contains(self.company.clock()), "the slot was long enough"
        await self._screen.close()
        await self.company.until(lambda s: not s.commander.value.name)

    def _merge(self, planned: ReleaseSlot) -> None:
        origin, number = self.company.origin, 100 + 2 * SLOTS.index(planned)
        for name in ("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE"):
            self._patch.setenv(name, f"{self.company.clock():.0f} +0000")
        origin.pull()
        if planned.commands[0] == "resume":  # the bad PR of the rolled back release is repaired on main first
            origin.commit("Take it out again", {f"bad/production/{self._bad}": None})
        origin.squash_pr(number, f"For {planned.name}", {f"shop/{planned.name}.txt": planned.name})
        self.merged.append(number)
        if planned.bad:
            self._bad = number + 1
            origin.squash_pr(self._bad, f"Bad for {planned.bad}", {f"bad/{planned.bad}/{self._bad}": "bad"})
            self.merged.append(self._bad)

    async def _expect_refusals_of_others(self, planned: ReleaseSlot, on_duty: str) -> None:
        """Another person cannot start a release, and needs a reason to take over."""
        other = SimulatedScreen(self.company, next(person for person in PEOPLE if person != on_duty), interactive=False)
        for verb in ("start", "take-over"):
            reason = await other.expect_refusal(verb, f"{planned.name} is {on_duty}'s slot")
            assert "reason" in reason

    async def _start(self, planned: ReleaseSlot) -> None:
        await self.company.preview_main()
        request = CommandRequest("")
        if frozen := self.company.board.look().active_freeze:
            assert "opens Mon 12:00 CET" in await self._screen.expect_refusal(
                "start", f"frozen by {frozen.by} ({frozen.why})"
            )
            await self._screen.expect_refusal("start", "an override needs a reason", replace(request, override=True))
            request = replace(request, override=True, why="the auditors wait for this one")
        before = self.company.board.snapshot.log.value.releases[-1].id
        await self._screen.execute("start", request)
        await self.company.until(lambda s: bool(s.latest and s.latest.id != before))
        self.releases[planned.name] = self.company.latest.id
        await self.company.until_event(SmokePassed)

    async def _advance(self, planned: ReleaseSlot) -> None:
        await self.company.until_verdict(Call.GO)
        await self._screen.execute("advance")

    async def _finish(self, planned: ReleaseSlot) -> None:
        await self.company.until_verdict(Call.GO)
        await self._screen.execute("finish")

    async def _revert(self, planned: ReleaseSlot) -> None:
        await self.company.until_verdict(*BAD)
        await self._screen.expect_refusal("advance", "the gate says")
        await self._screen.execute("revert", CommandRequest("", WHY, pull=self._bad))
        self.reverted.append(self._bad)
        await self.company.until_event(Restored)
        await self.company.until_event(SmokePassed, 2)

    async def _rollback(self, planned: ReleaseSlot) -> None:
        await self.company.until_verdict(Call.ROLL_BACK)
        await self._screen.execute("rollback", CommandRequest("", WHY))
        self.rolled_back = self.company.latest.id
        await self.company.until_event(Restored)

    async def _abandon(self, planned: ReleaseSlot) -> None:
        await self._screen.execute("abandon", CommandRequest("", "main is repaired first"))

    async def _resume(self, planned: ReleaseSlot) -> None:
        if self.company.board.look().open is None:
            await self.company.preview_main()
            await self._screen.expect_refusal("start", f"{self.rolled_back} was rolled back")
        await self._screen.execute("resume", CommandRequest("", "looked into"))

    async def _freeze(self, planned: ReleaseSlot) -> None:
        await self._screen.execute("freeze", CommandRequest("", "the auditors are here", until="12:00"))

    async def _thaw(self, planned: ReleaseSlot) -> None:
        await self.company.until_verdict(Call.GO)
        await self._screen.expect_refusal("advance", "frozen by")
        await self._screen.execute("thaw", CommandRequest("", "they have gone"))

    async def _hand_over(self, planned: ReleaseSlot) -> None:
        successor = self.company.policy.rota.next_after(self._screen.person)
        predecessor, self._screen = self._screen, SimulatedScreen(self.company, successor)
        await self._screen.open()
        await predecessor.execute("hand-over", CommandRequest("", to=successor, note="dogfood was slow at first"))
        await self.company.until(lambda s: s.commander.value.name == successor)
        await predecessor.expect_refusal("hold", f"{successor} is the commander")
        await predecessor.close()
        await self._screen.beat()
        await self._screen.expect_refusal("advance", "read the handoff first")

    async def _lose(self, planned: ReleaseSlot) -> None:
        lost = self._screen.person
        await self._screen.close(Sign.LOST)
        await self.company.until(
            lambda s: bool(not s.commander.value.name and s.presence.value and s.presence.value.sign == "lost")
        )
        allowed = self.company.policy.commander.deadman
        snapshot = await self.company.tick(int(allowed / TICK) - 1)
        assert snapshot.open is not None
        assert snapshot.open.held is None, "not before the deadman time"
        await self.company.tick()
        await self.company.until_event(CommanderLost)
        held, fact = self.company.latest.held, self.company.latest.events[-1].what
        assert held is not None
        assert (held.by, held.why) == ("engine", f"{lost} lost for {allowed:.0f} s")
        assert isinstance(fact, CommanderLost)
        assert (fact.person, fact.successor) == (lost, self.company.policy.rota.next_after(lost))
        self._screen = SimulatedScreen(self.company, fact.successor)
        await self._screen.open()

    async def _take_over(self, planned: ReleaseSlot) -> None:
        await self._screen.expect_refusal("resume", "there is no commander")
        await self._screen.expect_refusal("take-over", "needs a reason")
        await self._screen.execute("take-over", CommandRequest("", "the line broke, I am next"))
        await self.company.until(lambda s: s.commander.value.name == self._screen.person)
        await self._screen.expect_refusal("resume", "read the handoff first")

    async def _handoff(self, planned: ReleaseSlot) -> None:
        await self._screen.execute("handoff")


async def shell(folder: Path, *argv: str) -> tuple[int, Any]:
    """A verb's exit code and JSON output."""
    command = [sys.executable, "-m", "cockpit", "--config", str(folder / "config.toml"), *argv]
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    stdout, stderr = await running.communicate()
    assert stdout, stderr
    return running.returncode or 0, json.loads(stdout)


@pytest.mark.parametrize("kind", ["sqlite", "consul"])
async def test_the_records_agree_with_a_day_of_twelve_slots(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cockpit.engine.loop.JUDGE_EVERY", 0.02)  # simulated seconds pass faster
    monkeypatch.setattr("cockpit.engine.recorder.PAUSE", 0.01)
    origin = GitOrigin(tmp_path)
    path = tmp_path / "config.toml"
    path.write_text(config_text(store_section(kind, request)))
    policy = load(path).policy
    slots = policy.calendar.slots_of(DATE)
    async with fake_service() as service:
        service.dead = True
        hook = f"json://127.0.0.1:{service.port}/hook"
        async with simulated_company(load(path), origin, slots[0].begin - 1800, hook) as company:
            runner = DayRunner(company, monkeypatch)
            await runner.install()
            for planned, slot in zip(SLOTS, slots, strict=True):
                await runner.run_slot(planned, slot)
            snapshot = company.board.look()
            await check_deliveries(service, company)
            check_events(snapshot, runner)
            check_agenda(snapshot, runner)
            await check_shell_records(tmp_path, snapshot, runner)
            await check_that_an_edit_is_found(tmp_path, company.store, runner)


async def check_deliveries(service: FakeService, company: SimulatedCompany) -> None:
    """The dead webhook delayed nothing. Once it recovers it gets every message once and in order."""
    releases = company.board.snapshot.log.value.releases
    wanted = [message for release in releases for message in messages_for(release, company.policy, "json")]
    assert {message.release for message in wanted} == {release.id for release in releases}
    assert service.refused > 0
    assert service.sent == []
    outbox = (await company.until(lambda s: len(s.outbox.value.waiting) == len(wanted))).outbox.value
    assert outbox.destinations["json"].error == "answered 503"
    assert 0 < outbox.destinations["json"].at < releases[1].events[0].at, "the outbox knows since when it is dead"
    async with service.changed:
        service.dead = False
    async with asyncio.timeout(2 * PATIENCE), service.changed:
        await service.changed.wait_for(lambda: len(service.sent) >= len(wanted))
    after = (await company.until(lambda s: not s.outbox.value.waiting)).outbox.value
    assert after.given_up == ()
    assert after.delivered == {"json": len(wanted)}
    assert [sent.body["id"] for sent in service.sent] == [message.id for message in wanted]
    assert [sent.body["message"] for sent in service.sent] == [message.text for message in wanted]


def check_events(snapshot: Snapshot, runner: DayRunner) -> None:
    """The log has the events of the schedule, by the scheduled people, and verdicts."""
    events = [event for release in snapshot.log.value.releases for event in release.events]
    kinds = Counter(type(event.what).__name__ for event in events)
    judged = kinds.pop(Judged.__name__)
    assert kinds == expected_counts()
    calls = Counter(event.what.call for event in events if isinstance(event.what, Judged))
    commands = [command for planned in SLOTS for command in planned.commands]
    assert calls[Call.GO] == commands.count("advance") + commands.count("finish"), "one GO for each step"
    assert judged > calls[Call.GO], "and it judged the bad builds"
    for release in snapshot.log.value.releases:
        for event in release.events:
            if isinstance(event.what, Judged):
                before = fold(release.id, release.events[: event.number - 1])
                assert (event.what.rung, event.what.build) == (before.rung, before.build and before.build.id)
    by = {release.id: release.events[0].by for release in snapshot.log.value.releases}
    assert {by[ident] for ident in runner.releases.values()} == set(PEOPLE)
    overridden = [e for e in events if isinstance(e.what, Started | Advanced | Finished) and e.what.overrode]
    assert [(type(event.what), event.why) for event in overridden] == [(Started, "the auditors wait for this one")]


def check_agenda(snapshot: Snapshot, runner: DayRunner) -> None:
    """The agenda has each release in its slot with its person and ending."""
    rota, calendar = snapshot.policy.rota, snapshot.policy.calendar
    booked = agenda(snapshot, DATE)
    assert [entry.slot.name for entry in booked] == [planned.name for planned in SLOTS]
    for planned, entry in zip(SLOTS, booked, strict=True):
        (release,) = entry.releases
        assert release.id == runner.releases[planned.name]
        assert entry.person == rota.commander(calendar, entry.slot) == release.events[0].by
        assert ending(release) == planned.ending
        assert release.hotfixes == planned.commands.count("revert")
    assert [release.install for release in releases_outside_slots(snapshot, DATE)] == [True]
    (freeze,) = freezes_on(snapshot, DATE)
    assert (freeze.why, freeze.lifted) == ("the auditors are here", True)


async def check_shell_records(folder: Path, snapshot: Snapshot, runner: DayRunner) -> None:
    """The output of shell verbs agrees with the day."""
    code, proof = await shell(folder, "history", "--verify", "--json")
    events = sum(len(release.events) for release in snapshot.log.value.releases)
    assert (code, proof["events"], proof["broken"], proof["verified"]) == (0, events, [], True)

    _, dora = await shell(folder, "dora", "--since", "2026-11-23", "--until", "2026-11-24", "--json")
    failed = [planned for planned in SLOTS if planned.bad == "production"]
    assert dora["deploys"] == sum(planned.commands.count("advance") >= PUBLIC for planned in SLOTS) == len(SLOTS)
    assert dora["finished"] == sum("finish" in planned.commands for planned in SLOTS)
    assert dora["failed"] == len(failed)
    assert dora["failure_rate"] == len(failed) / len(SLOTS)
    assert (dora["restore"]["count"], dora["restore_unknown"]) == (len(failed), 0)
    reverts = len(runner.reverted) + sum("rollback" in planned.commands for planned in SLOTS)  # commits on main
    kept = len(runner.merged) - len(runner.reverted) + reverts
    assert (dora["lead_time"]["count"], dora["lead_unknown"]) == (kept, 0)

    _, report = await shell(folder, "report", runner.rolled_back, "--format", "json")
    (incident,) = report["incidents"]
    release = next(release for release in snapshot.log.value.releases if release.id == runner.rolled_back)
    assert incident["remedy"]["why"] == WHY
    assert incident["remedy"]["by"] == release.events[0].by
    assert incident["detected_by"]["what"]["call"] in BAD
    assert incident["tiers_reached"] == incident["tiers_withdrawn"] == ["dogfood", "production"]
    assert incident["excess_errors"] > 0
    assert 0 < incident["time_to_detect"] <= incident["time_to_restore"]
    assert len(report["release"]["events"]) == len(release.events)

    _, page = await shell(folder, "day", DATE.isoformat(), "--json")
    slots = [(slot["name"], slot["state"], [r["ended"] for r in slot["releases"]]) for slot in page["slots"]]
    assert slots == [(planned.name, "past", [planned.ending]) for planned in SLOTS]


async def check_that_an_edit_is_found(folder: Path, store: Store, runner: DayRunner) -> None:
    """An event that is edited in the store breaks the hash chain at the next one."""
    entries = await store.list(f"{store_keys.RELEASES}{runner.rolled_back}/")
    entry = next(entry for entry in entries if WHY.encode() in (entry.value or b""))
    await store.commit(Put(entry.key, (entry.value or b"").replace(WHY.encode(), b"it was time to")))
    code, proof = await shell(folder, "history", "--verify", "--json")
    assert code == 1
    assert not proof["verified"]
    release, number = store_keys.parse_event(entry.key) or ("", 0)
    assert proof["broken"] == [
        f"{store_keys.event(release, number + 1)}: the event before it is not the one it was written after"
    ]
