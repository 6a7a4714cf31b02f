"""On which tiers a forge sees each PR."""

from cockpit.deploy.facts import Abandoned, Advanced, AnyFact, RevertAsked, Reverted, RolledBack
from cockpit.deploy.outbox import DeploymentState
from cockpit.deploy.release_fold import fold
from cockpit.rules.notifications.deployment_marks import deployment_marks
from cockpit.rules.notifications.messages import messages_for
from tests.builders import DAY, FIXED, LADDER, NEW, OLD, POLICY, events, facts_to_staging, pull

ID = f"{DAY}.3"
TWO = (pull(31, "Cache prices", "Ann"), pull(32, "Fix totals", "Bob"))


def changes(*facts: AnyFact) -> list[tuple[str, str, DeploymentState]]:
    release = fold(ID, events(*facts_to_staging(ID, TWO), *facts))
    return [(mark.pull, mark.tier, mark.state) for _, found in deployment_marks(release, POLICY) for mark in found]


AT_STAGING = [("#31", "staging", DeploymentState.DEPLOYED), ("#32", "staging", DeploymentState.DEPLOYED)]


def test_a_pr_is_deployed_once_all_hosts_of_a_tier_are_told_to_run_it() -> None:
    assert changes() == AT_STAGING
    assert changes(Advanced(3, "production 10 %", NEW.id)) == AT_STAGING
    production = changes(Advanced(len(LADDER) - 1, "production 100 %", NEW.id))[2:]
    assert production == [
        ("#31", "production", DeploymentState.DEPLOYED),
        ("#32", "production", DeploymentState.DEPLOYED),
    ]


def test_a_rollback_and_an_abandoned_release_withdraw_it_from_their_tiers() -> None:
    canary = Advanced(2, "canary", NEW.id)
    withdrawn = [("#31", "canary", DeploymentState.WITHDRAWN), ("#32", "canary", DeploymentState.WITHDRAWN)]
    assert changes(canary, RolledBack(OLD.id, ("canary", "production")))[4:] == withdrawn
    assert changes(canary, Abandoned(("canary",)))[4:] == withdrawn


def test_a_reverted_pr_is_withdrawn_from_every_tier_and_stays_so() -> None:
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1")
    marks = changes(RevertAsked(TWO[0]), done, Advanced(0, "staging", FIXED.id), Advanced(1, "dogfood", FIXED.id))
    assert marks[2:] == [("#31", "staging", DeploymentState.WITHDRAWN), ("#32", "dogfood", DeploymentState.DEPLOYED)]


def test_no_mark_is_repeated() -> None:
    again = Advanced(0, "staging", NEW.id)
    assert changes(again, again) == AT_STAGING


def test_a_forge_gets_marks_and_nothing_else() -> None:
    release = fold(ID, events(*facts_to_staging(ID, TWO)))
    messages = messages_for(release, POLICY, "forge:github")
    assert [(message.id, message.mark.commit if message.mark else "") for message in messages] == [
        (f"{ID}/4/forge:github", TWO[0].commits[-1]),
        (f"{ID}/4.2/forge:github", TWO[1].commits[-1]),
    ]
    assert [message.mark.public for message in messages if message.mark] == [False, False]
