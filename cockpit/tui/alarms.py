"""What the terminal rings for: a verdict that calls for a person, the conn that comes or goes, a commander lost."""

from collections.abc import Iterator
from dataclasses import dataclass

from cockpit.deploy.facts import Call, CommanderLost
from cockpit.deploy.schedule.rota import same
from cockpit.deploy.snapshot import Snapshot
from cockpit.tui.notice import Notice

CALLS = {Call.HOLD, Call.ROLL_BACK}


@dataclass(frozen=True)
class Alarm:
    """Something that a person must hear of now."""

    words: str
    notice: Notice | None = None
    """What is said of it on the screen itself; None where the screen shows it anyway."""


class Alarms:
    """Remembers what was shown last, so that each rings once and nothing rings that was there on arrival."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._verdict: tuple[object, ...] | None = None
        self._commander = ""
        """Who had the conn last; empty until somebody has."""
        self._lost: CommanderLost | None = None
        self._arrived = False

    def heard(self, snapshot: Snapshot, commands: bool) -> Iterator[Alarm]:
        """What is new since the last picture; `commands` is whether commands can be given here."""
        if self.verdict(snapshot):
            release = snapshot.open.id if snapshot.open else ""
            yield Alarm(f"{release} {snapshot.verdict.call}: {snapshot.verdict.reason}")
        if commands and (notice := self.commander(snapshot)):
            yield Alarm(notice.words, notice)
        if notice := self.lost(snapshot, commands):
            yield Alarm(notice.words, notice)

    def verdict(self, snapshot: Snapshot) -> bool:
        """Whether the verdict calls for a person, and has not before."""
        if not (snapshot.log.at and snapshot.judged.at):
            return False  # nothing has been read yet
        release = snapshot.open
        call = snapshot.verdict.call
        build = release.build.id if release and release.build else ""
        now = (release.id, release.rung, build, call) if release and call in CALLS else ()
        was, self._verdict = self._verdict, now
        return bool(now) and was is not None and now != was

    def commander(self, snapshot: Snapshot) -> Notice | None:
        """That another person has the conn now, which was ours, or that it is ours, which was another's."""
        holder = snapshot.commander.value.name
        if not holder:
            return None  # for a moment nobody may have it, on its way from one to another
        was, self._commander = self._commander, holder
        if was == self._who and holder != was:
            return Notice(f"{holder} has the conn now: you only read", ok=False)
        if holder == self._who and was not in ("", holder):
            return Notice("you have the conn now")
        return None

    def lost(self, snapshot: Snapshot, commands: bool) -> Notice | None:
        """That the commander is lost and this person is next; or anybody who can command, where nobody is named."""
        if not snapshot.log.at:
            return None
        release = snapshot.open
        told = [event.what for event in release.events if isinstance(event.what, CommanderLost)] if release else []
        now = told[-1] if told else None
        fresh = self._arrived and now != self._lost
        self._lost, self._arrived = now, True
        if now is None or release is None or not fresh or now.person == self._who:
            return None
        if same(now.following, self._who) or (not now.following and commands):
            return Notice(f"{release.id} is held, {now.person} is lost: you are next, take the conn", ok=False)
        return None
