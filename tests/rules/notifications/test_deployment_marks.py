from cockpit.deploy.facts import Abandoned, Advanced, AnyFact, RevertAsked, Reverted, RolledBack
from cockpit.deploy.outbox import DeploymentState
from cockpit.deploy.release_fold import fold
from cockpit.rules.notifications.deployment_marks import deployment_marks
from cockpit.rules.notifications.messages import messages_for
from tests.builders import DAY, FIXED, LADDER, NEW, OLD, POLICY, events, facts_to_staging, pull

ID = f"{DAY}.3"
TWO = (pull(31, "Cache prices", "Ann"), pull(32, "Fix totals", "Bob"))


def moves(*facts: AnyFact) -> list[tuple[str, str, DeploymentState]]:
    of = fold(ID, events(*facts_to_staging(ID, TWO), *facts))
    return [(mark.pull, mark.tier, mark.state) for _, found in deployment_marks(of, POLICY) for mark in found]


AT_STAGING = [("#31", "staging", DeploymentState.DEPLOYED), ("#32", "staging", DeploymentState.DEPLOYED)]


def test_a_pr_is_on_a_tier_once_all_of_it_is_pointed_at() -> None:
    assert moves() == AT_STAGING
    assert moves(Advanced(3, "production 10 %", NEW.id)) == AT_STAGING
    everybody = moves(Advanced(len(LADDER) - 1, "production 100 %", NEW.id))[2:]
    assert everybody == [
        ("#31", "production", DeploymentState.DEPLOYED),
        ("#32", "production", DeploymentState.DEPLOYED),
    ]


def test_a_rollback_and_an_abandoned_release_take_it_from_the_tiers_they_point_back() -> None:
    canary = Advanced(2, "canary", NEW.id)
    gone = [("#31", "canary", DeploymentState.WITHDRAWN), ("#32", "canary", DeploymentState.WITHDRAWN)]
    assert moves(canary, RolledBack(OLD.id, ("canary", "production")))[4:] == gone
    assert moves(canary, Abandoned(("canary",)))[4:] == gone


def test_a_reverted_pr_is_gone_from_wherever_it_was_and_stays_so() -> None:
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1")
    said = moves(RevertAsked(TWO[0]), done, Advanced(0, "staging", FIXED.id), Advanced(1, "dogfood", FIXED.id))
    assert said[2:] == [("#31", "staging", DeploymentState.WITHDRAWN), ("#32", "dogfood", DeploymentState.DEPLOYED)]


def test_nothing_is_said_twice() -> None:
    again = Advanced(0, "staging", NEW.id)
    assert moves(again, again) == AT_STAGING


def test_a_forge_gets_marks_and_nothing_else() -> None:
    of = fold(ID, events(*facts_to_staging(ID, TWO)))
    told = messages_for(of, POLICY, "forge:github")
    assert [(one.id, one.mark.commit if one.mark else "") for one in told] == [
        (f"{ID}/4/forge:github", TWO[0].commits[-1]),
        (f"{ID}/4.2/forge:github", TWO[1].commits[-1]),
    ]
    assert [one.mark.public for one in told if one.mark] == [False, False]
