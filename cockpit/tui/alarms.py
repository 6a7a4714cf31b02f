"""The events that ring the terminal's bell: a verdict that needs a person, a change of commander, a lost one."""

from collections.abc import Iterator
from dataclasses import dataclass

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, CommanderLost
from cockpit.deploy.schedule.rota import is_same_person
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.post_deploy import current_regression
from cockpit.tui.notice import Notice
from cockpit.views.event_log import sentence

ALARMING_CALLS = {Call.HOLD, Call.ROLL_BACK}


@dataclass(frozen=True)
class Alarm:
    """An event that needs a person's attention now."""

    message: str
    notice: Notice | None = None
    """The notice on the screen; None if the screen shows the event anyway."""


class Alarms:
    """Compares each snapshot with the last: an alarm rings once, and not for what was there when the screen opened."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._verdict: tuple[object, ...] | None = None
        self._commander = ""
        """The last known commander; empty before the first."""
        self._lost: CommanderLost | None = None
        self._first_read = False
        self._regression: Event | None = None
        self._log_read = False

    def new_alarms(self, snapshot: Snapshot, commands: bool) -> Iterator[Alarm]:
        """Yield the alarms since the last snapshot; `commands` is whether this screen can give commands."""
        if self._verdict_turned(snapshot):
            release = snapshot.open.id if snapshot.open else ""
            yield Alarm(f"{release} {snapshot.verdict.call}: {snapshot.verdict.reason}")
        if notice := self._regression_notice(snapshot):
            yield Alarm(notice.message, notice)
        if commands and (notice := self._commander_notice(snapshot)):
            yield Alarm(notice.message, notice)
        if notice := self._lost_notice(snapshot, commands):
            yield Alarm(notice.message, notice)

    def _verdict_turned(self, snapshot: Snapshot) -> bool:
        """Return whether the verdict has just turned into one that needs a person."""
        if not (snapshot.log.at and snapshot.judgement.at):
            return False  # nothing has been read yet
        release = snapshot.open
        call = snapshot.verdict.call
        build = release.build.id if release and release.build else ""
        now = (release.id, release.rung, build, call) if release and call in ALARMING_CALLS else ()
        was, self._verdict = self._verdict, now
        return bool(now) and was is not None and now != was

    def _regression_notice(self, snapshot: Snapshot) -> Notice | None:
        """Return a notice if a finished release has just turned bad."""
        if not snapshot.log.at:
            return None
        now = current_regression(snapshot)
        fresh = self._log_read and now != self._regression
        self._regression, self._log_read = now, True
        return Notice(sentence(now), ok=False) if now and fresh else None

    def _commander_notice(self, snapshot: Snapshot) -> Notice | None:
        """Return a notice if this person has just become the commander or has just been replaced."""
        holder = snapshot.commander.value.name
        if not holder:
            return None  # the lease is free for a moment while it changes hands
        was, self._commander = self._commander, holder
        if was == self._user and holder != was:
            return Notice(f"{holder} is the commander now: your screen is read-only", ok=False)
        if holder == self._user and was not in ("", holder):
            return Notice("you are the commander now")
        return None

    def _lost_notice(self, snapshot: Snapshot, commands: bool) -> Notice | None:
        """Return a notice if the commander was just lost and this person is next, or no one is and they may command."""
        if not snapshot.log.at:
            return None
        release = snapshot.open
        losses = [event.what for event in release.events if isinstance(event.what, CommanderLost)] if release else []
        now = losses[-1] if losses else None
        fresh = self._first_read and now != self._lost
        self._lost, self._first_read = now, True
        if now is None or release is None or not fresh or now.person == self._user:
            return None
        if is_same_person(now.successor, self._user) or (not now.successor and commands):
            return Notice(f"{release.id} is held, {now.person} is lost: you are next, take over", ok=False)
        return None
