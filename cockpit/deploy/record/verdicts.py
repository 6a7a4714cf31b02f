"""What the gate had said when something was decided, read from the log: a verdict stands until it turns."""

from collections.abc import Mapping

from cockpit.deploy.facts import Abandoned, Advanced, Finished, Held, Judged, Resumed, RevertAsked, RolledBack
from cockpit.deploy.release import Release

SILENT = "nothing yet"
"""Where no verdict on that step was in the log by then."""


def verdicts_then(release: Release) -> Mapping[int, str]:
    """{number of the event: the verdict on the step it was decided on}, of every decision but the first step, which
    no gate guards."""
    said: Judged | None = None
    found: dict[int, str] = {}
    for event in release.events:
        match event.what:
            case Judged() as verdict:
                said = verdict
            case Advanced(rung=rung, overrode=overrode):
                if rung > 0 and not release.install:
                    found[event.number] = f"{overrode}, and was overridden" if overrode else _words(said)
                said = None
            case Finished(overrode=overrode) if overrode:
                found[event.number] = f"{overrode}, and was overridden"
            case Finished() | Held() | Resumed() | RevertAsked() | RolledBack() | Abandoned() if not release.install:
                found[event.number] = _words(said)
            case _:
                pass
    return found


def _words(said: Judged | None) -> str:
    return f"{said.call}: {said.reason}" if said else SILENT
