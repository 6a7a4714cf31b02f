"""Plans for the log of a release, and phrases that decisions share."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, Plan, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration

REASON_MISSING = "an override needs a reason: add --why"


def record_fact(snapshot: Snapshot, release: Release, fact: facts.AnyFact, words: str = "") -> Plan:
    """Plan to append one fact; the engine records the results of its jobs with it."""
    return plan_for(snapshot, release, words or type(fact).__name__, AppendEvent(fact, words))


def plan_for(snapshot: Snapshot, release: Release, title: str, *steps: AppendEvent | WriteTarget) -> Plan:
    """The plan of these steps, in the log of `release`."""
    return Plan(title, release.id, steps, release.last_number, snapshot.log.value.digest)


def verdict_text(snapshot: Snapshot) -> str:
    """The gate's present verdict on the open release, in words; empty if none is open."""
    return f"{snapshot.verdict.call}: {snapshot.verdict.reason}" if snapshot.open else ""


def hold_reason(release: Release) -> str:
    """The reason of the hold in brackets, after a space; empty if none was given."""
    return f" ({release.held.why})" if release.held and release.held.why else ""


def failed_revert_names(release: Release) -> tuple[str, ...]:
    """The names of the PRs whose reverts failed and are not being tried again."""
    trying = {pending.pull.name for pending in release.pending_reverts}
    return tuple(name for failed in release.failed_reverts if (name := facts.pull_name(failed)) not in trying)


def delay_text(snapshot: Snapshot, release: Release, name: str) -> str:
    """`, and waits for 3 min: why`, of the revert of that PR; empty if it waits for nothing."""
    for delay in release.delays:
        if isinstance(delay.what, facts.RevertDelayed) and delay.what.name == name:
            return f", and waits for {duration(snapshot.now - delay.at)}: {delay.what.reason}"
    return ""


def override_note(word: str) -> str:
    """`, and that WAIT was overridden`; empty for no word.

    It has no numbers, because those change while a person reads the confirmation.
    """
    return f", and that {word} {'were' if ' and ' in word else 'was'} overridden" if word else ""
