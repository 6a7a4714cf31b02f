"""The plan of one step: its event, and the target of its tier."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, Plan, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import label
from cockpit.rules.decisions.planner import override_note, plan_for
from cockpit.rules.targets import next_target


def step_to(
    snapshot: Snapshot, release: Release, rung: int, overrode: str = "", word: str = "", verdict: str = ""
) -> Plan:
    """Plan the step to `rung`: its event and its tier's target in one write. The release must have a build."""
    build = release.build
    assert build is not None, "a step needs a build"
    assert release.ladder[rung].tier in snapshot.fleet, "a step needs its tier"
    step = release.ladder[rung]
    name = label(release.ladder, rung)
    target = next_target(snapshot, release, step.tier, build.id, step.percent)
    share = "" if name == step.tier else f" on {step.percent} %"
    record = AppendEvent(
        facts.Advanced(rung, name, build.id, overrode, verdict),
        f"record the step{override_note(word)}",
    )
    write = WriteTarget(*target, f"tell {step.tier} to run {short(build.id)}{share}")
    return plan_for(snapshot, release, f"advance {release.id} to {name}", record, write)
