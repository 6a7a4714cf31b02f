"""Recorded releases with traffic: a rollback at canary, a hotfix and a clean one. Times are seconds after NOON."""

from msgspec.structs import replace

from cockpit.deploy.events import Event, digest, encode
from cockpit.deploy.facts import (
    Advanced,
    AnyFact,
    BuildReady,
    Call,
    Cut,
    Finished,
    Judged,
    Restored,
    RevertAsked,
    Reverted,
    RolledBack,
    SmokePassed,
    Started,
)
from cockpit.deploy.record.traffic_pages import TrafficPage, TrafficRow
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from tests.builders import ADA, FIXED, LADDER, NEW, OLD, PULLS

NOON = 1_795_435_200.0
"""2026-11-23 12:00:00 UTC."""
MERGED = tuple(replace(pull, merged=NOON - 3600 * number) for number, pull in enumerate(PULLS[:4], 1))
ENGINE = "engine"
RecordedFact = tuple[float, AnyFact, str, str]


def recorded_release(ident: str, *facts: tuple[float, AnyFact] | RecordedFact) -> Release:
    """A release of (seconds after NOON, fact), followed by person and reason for the facts of a person."""
    events: list[Event] = []
    prev = ""
    for number, (after, what, *who) in enumerate(facts, 1):
        by, why = who or (ENGINE, "")
        events.append(Event(number, NOON + after, by, why, what, prev))
        prev = digest(encode(events[-1]))
    return fold(ident, tuple(events))


def _opened(ident: str, at: float) -> tuple[tuple[float, AnyFact] | RecordedFact, ...]:
    return (
        (at, Started("main", LADDER), ADA, ""),
        (at + 2, Cut(f"release/{ident}", ident, NEW.commit, OLD.commit, MERGED)),
        (at + 6, BuildReady(NEW, ident, 4.0)),
        (at + 7, Advanced(0, "staging", NEW.id)),
        (at + 10, SmokePassed(NEW.id, 2.0)),
        (at + 11, Judged(0, NEW.id, Call.GO, "staging is well")),
    )


def rolled_back(ident: str = "2026-11-23.3", at: float = 0.0) -> Release:
    """Canary fails from second 130 on: ROLL BACK at 150, rolled back at 160, restored at 165."""
    return recorded_release(
        ident,
        *_opened(ident, at),
        (at + 20, Advanced(1, "dogfood", NEW.id), ADA, ""),
        (at + 60, Judged(1, NEW.id, Call.WAIT, "soaking, 20 s of 20 s left")),
        (
            at + 100,
            Advanced(2, "canary", NEW.id, "WAIT: 40 of 100 requests needed"),
            ADA,
            "quiet hour, charts are flat",
        ),
        (at + 150, Judged(2, NEW.id, Call.ROLL_BACK, "canary 20.0 % (40 of 200) vs old hosts 1.00 %")),
        (at + 160, RolledBack(OLD.id, ("dogfood", "canary", "production")), ADA, "checkout fails"),
        (at + 167, Restored(("dogfood", "canary", "production"), NEW.id, NOON + at + 165)),
    )


def hotfixed(ident: str = "2026-11-23.4", at: float = 0.0, restored: bool = False) -> Release:
    """#33 fails at dogfood and is reverted; the rest reaches every host."""
    back = ((at + 85, Restored(("dogfood",), NEW.id, NOON + at + 84)),) if restored else ()
    return recorded_release(
        ident,
        *_opened(ident, at),
        (at + 20, Advanced(1, "dogfood", NEW.id), ADA, ""),
        (at + 50, Judged(1, NEW.id, Call.HOLD, "dogfood 9.00 % (9 of 100)")),
        (at + 80, RevertAsked(PULLS[2], ("dogfood",)), ADA, "search fails"),
        *back,
        (at + 90, Reverted(33, ("a" * 40,), (FIXED.commit,), f"{ident}-hotfix.1")),
        (at + 95, BuildReady(FIXED, f"{ident}-hotfix.1", 4.0)),
        *((at + 100 + 10 * rung, Advanced(rung, f"step {rung}", FIXED.id)) for rung in range(8)),
        (at + 600, Finished(FIXED.id), ADA, ""),
    )


def clean(ident: str = "2026-11-23.5", at: float = 0.0) -> Release:
    """A release without a fault."""
    steps = ((at + 20 + 10 * rung, Advanced(rung, f"step {rung}", NEW.id)) for rung in range(1, 8))
    return recorded_release(ident, *_opened(ident, at), *steps, (at + 400, Finished(NEW.id), ADA, ""))


def pages(at: float = 0.0) -> tuple[TrafficPage, ...]:
    """Four minutes of traffic, by buckets of ten seconds.

    The old build gets 100 requests on production, of which 1 fails. The new build gets 40 on canary from second 100
    to 170, of which 10 fail from second 130 on.
    """
    made = []
    for number in range(4):
        old, new = [], []
        for place in range(6):
            second = number * 60 + place * 10
            old.append((100, 1))
            serves = 100 <= second < 170
            new.append(((40, 10) if second >= 130 else (40, 0)) if serves else (0, 0))
        rows = (TrafficRow("canary", NEW.id, tuple(new)), TrafficRow("production", OLD.id, tuple(old)))
        made.append(TrafficPage(NOON + at + number * 60, 10.0, (5,) * 6, (0,) * 6, rows))
    return tuple(made)
