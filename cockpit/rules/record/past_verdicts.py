"""Past verdicts: what the gate said at each decision, as recorded with it or else as the log had it then."""

from collections.abc import Mapping

from cockpit.deploy import facts
from cockpit.deploy.release import Release

NOT_JUDGED = "no verdict yet"
"""The text if the log had no verdict on that step yet."""


def verdicts_at_decisions(release: Release) -> Mapping[int, str]:
    """{event number: the verdict on its step}, for every decision but the first step, which has no gate."""
    last: facts.Judged | facts.Regressed | None = None
    verdicts: dict[int, str] = {}
    for event in release.events if not release.install else ():
        match event.what:
            case facts.Judged() | facts.Regressed() as judged:
                last = judged
            case facts.Advanced(rung=rung, verdict=verdict, overrode=overrode):
                if rung > 0:
                    verdicts[event.number] = _text(verdict or overrode, last, overrode)
                last = None
            case facts.Finished(verdict=verdict, overrode=overrode):
                verdicts[event.number] = _text(verdict or overrode, last, overrode)
            case facts.RolledBack(verdict=verdict) | facts.RevertAsked(verdict=verdict):
                verdicts[event.number] = _text(verdict, last)
            case facts.Held() | facts.Resumed() | facts.Abandoned():
                verdicts[event.number] = _text("", last)
            case _:
                pass
    return verdicts


def _text(verdict: str, last: facts.Judged | facts.Regressed | None, overrode: str = "") -> str:
    verdict = verdict or (f"{last.call}: {last.reason}" if last else NOT_JUDGED)
    return f"{verdict}, and was overridden" if overrode else verdict
