"""What the gate said at each decision."""

import pytest

from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AnyFact,
    Call,
    Cut,
    Finished,
    Held,
    Judged,
    Regressed,
    RevertAsked,
    RolledBack,
    Started,
)
from cockpit.deploy.release_fold import fold
from cockpit.rules.record.past_verdicts import NOT_JUDGED, verdicts_at_decisions
from tests.builders import LADDER, NEW, OLD, PULLS, events

STARTED = Started("main", LADDER)
STAGING, DOGFOOD, CANARY = (
    Advanced(rung, LADDER[rung].tier, NEW.id, verdict=verdict) for rung, verdict in ((0, ""), (1, "GO: well"), (2, ""))
)
HOLD = Judged(1, NEW.id, Call.HOLD, "8 % fail")
LATE = Regressed("2026-11-23.3", NEW.id, "canary", Call.ROLL_BACK, "6 % fail")


def verdicts(*facts: AnyFact) -> dict[int, str]:
    return dict(verdicts_at_decisions(fold("2026-11-23.3", events(*facts))))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((STAGING,), {}),
        ((STAGING, DOGFOOD), {3: "GO: well"}),
        ((STAGING, Judged(0, NEW.id, Call.GO, "calm"), CANARY), {4: "GO: calm"}),
        ((STAGING, CANARY), {3: NOT_JUDGED}),
        ((STAGING, HOLD, CANARY, Held()), {4: "HOLD: 8 % fail", 5: NOT_JUDGED}),
        ((HOLD, Held(), Abandoned()), {3: "HOLD: 8 % fail", 4: "HOLD: 8 % fail"}),
        ((HOLD, RolledBack(OLD.id, ())), {3: "HOLD: 8 % fail"}),
        ((HOLD, RolledBack(OLD.id, (), verdict="ROLL BACK: all fail")), {3: "ROLL BACK: all fail"}),
        ((Finished(NEW.id), LATE, RolledBack(OLD.id, ())), {2: NOT_JUDGED, 4: "ROLL BACK: 6 % fail"}),
        ((RevertAsked(PULLS[0], verdict="WAIT: soaking"),), {2: "WAIT: soaking"}),
        ((Finished(NEW.id, "WAIT: soaking", "WAIT: soaking"),), {2: "WAIT: soaking, and was overridden"}),
        ((Finished(NEW.id, "WAIT: soaking"),), {2: "WAIT: soaking, and was overridden"}),
    ],
)
def test_each_decision_has_its_own_verdict_or_the_last_in_the_log(
    facts: tuple[AnyFact, ...], expected: dict[int, str]
) -> None:
    assert verdicts(STARTED, *facts) == expected


def test_an_install_has_no_gate() -> None:
    install = Started("main", LADDER, install=True)
    assert verdicts(install, Cut("b", "t", NEW.commit, "", ()), Finished(NEW.id)) == {}
