"""What the gate had said when something was decided: kept with the decision, and for the others read from the log, in
which a verdict stands until it turns."""

from collections.abc import Mapping

from cockpit.deploy.facts import Abandoned, Advanced, Finished, Held, Judged, Resumed, RevertAsked, RolledBack
from cockpit.deploy.release import Release

SILENT = "nothing yet"
"""Where no verdict on that step was in the log by then."""


def verdicts_then(release: Release) -> Mapping[int, str]:
    """{number of the event: the verdict on the step it was decided on}, of every decision but the first step, which
    no gate guards."""
    told: Judged | None = None
    found: dict[int, str] = {}
    for event in release.events if not release.install else ():
        match event.what:
            case Judged() as verdict:
                told = verdict
            case Advanced(rung=rung, said=said, overrode=overrode):
                if rung > 0:
                    found[event.number] = _words(said or overrode, told, overrode)
                told = None
            case Finished(said=said, overrode=overrode):
                found[event.number] = _words(said or overrode, told, overrode)
            case RolledBack(said=said) | RevertAsked(said=said):
                found[event.number] = _words(said, told)
            case Held() | Resumed() | Abandoned():
                found[event.number] = _words("", told)
            case _:
                pass
    return found


def _words(said: str, told: Judged | None, overrode: str = "") -> str:
    said = said or (f"{told.call}: {told.reason}" if told else SILENT)
    return f"{said}, and was overridden" if overrode else said
