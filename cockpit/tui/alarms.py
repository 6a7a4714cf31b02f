"""What the terminal rings for: a verdict that calls for a person, and the conn that comes or goes."""

from cockpit.deploy.facts import Call
from cockpit.deploy.snapshot import Snapshot
from cockpit.tui.commanding import Notice

CALLS = {Call.HOLD, Call.ROLL_BACK}


class Alarms:
    """Remembers what was shown last, so that each rings once and nothing rings that was there on arrival."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._verdict: tuple[object, ...] | None = None
        self._conn = ""
        """Who had the conn last; empty until somebody has."""

    def verdict(self, snapshot: Snapshot) -> bool:
        """Whether the verdict calls for a person, and has not before."""
        release = snapshot.open
        call = snapshot.verdict.call
        build = release.build.id if release and release.build else ""
        now = (release.id, release.rung, build, call) if release and call in CALLS else ()
        was, self._verdict = self._verdict, now
        return bool(now) and was is not None and now != was

    def conn(self, snapshot: Snapshot) -> Notice | None:
        """That another person has the conn now, which was ours, or that it is ours, which was another's."""
        holder = snapshot.conn.value.name
        if not holder:
            return None  # for a moment nobody may have it, on its way from one to another
        was, self._conn = self._conn, holder
        if was == self._who and holder != was:
            return Notice(f"{holder} has the conn now: you only read", ok=False)
        if holder == self._who and was not in ("", holder):
            return Notice("you have the conn now")
        return None
