"""The steps of a plan as the confirmation and --dry-run show them."""

from cockpit.control.command_table import find_command
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.views import plan_steps
from cockpit.views.rows import length, plain
from tests.builders import ADA, at_canary


def test_a_plan_is_its_title_and_its_numbered_steps() -> None:
    plan = find_command("rollback").decide(at_canary(), CommandRequest(ADA))
    assert isinstance(plan, Plan)
    text = plain(plan_steps.steps(plan))
    assert text.splitlines()[0] == plan.title
    assert all(f"{n}. {step.summary}" in text for n, step in enumerate(plan.steps, 1))


def test_a_long_step_is_wrapped_not_cropped() -> None:
    plan = find_command("revert").decide(at_canary(), CommandRequest(ADA, pull=33))
    assert isinstance(plan, Plan)
    lines = plan_steps.steps(plan, 40)
    assert all(length(line) <= 40 for line in lines)
    assert " ".join(plain(lines).split()).count("hotfix.1") == 1


def test_warnings_follow_the_steps_and_those_over_the_limit_are_counted() -> None:
    plan = Plan("start", "r", (), 0, "", warnings=("#1 was merged with red checks", "OVERRIDDEN: #2 is back", "third"))
    assert plain(plan_steps.steps(plan)).splitlines()[1:] == [
        "  !  #1 was merged with red checks",
        "  !  OVERRIDDEN: #2 is back",
        "  !  third",
    ]
    assert plain(plan_steps.steps(plan, 78, 1)).splitlines()[1:] == [
        "  !  #1 was merged with red checks",
        "  !  and 2 more, see `cockpit pulls`",
    ]
