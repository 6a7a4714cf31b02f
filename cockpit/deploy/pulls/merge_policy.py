"""The merge policy: whether the PRs of a release are reviewed and green, and not too many.

Reviews and checks come from the forge. A missing or outdated answer never counts as good: if a rule refuses, unknown
is refused too.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.deploy.text import names, plural


class Rule(StrEnum):
    """What a rule does on a violation."""

    OFF = "off"
    WARN = "warn"
    REFUSE = "refuse"


class MergePolicy(Struct, frozen=True):
    """The rules for the PRs of a release; `[merge]` in config.toml."""

    unreviewed: Rule = Rule.WARN
    """PRs without approval, and commits pushed without a PR."""
    red: Rule = Rule.WARN
    """PRs with failed checks."""
    missing_checks: Rule = Rule.WARN
    """PRs with checks that did not run or have not ended."""
    most_pulls: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """PRs a release may have; 0 for any number."""
    many: Rule = Rule.WARN
    """More PRs than `most_pulls`."""


class Objection(Struct, frozen=True):
    """An objection to opening a release."""

    text: str
    """A lower-case sentence that a person confirms. It holds nothing that changes by itself, such as an age."""
    refuses: bool = False
    """Whether it refuses the release; otherwise it is a warning."""
    pulls: tuple[str, ...] = ()
    """The names of its PRs."""
    detail: str = ""
    """The details, with ages."""

    @property
    def full_text(self) -> str:
        """The sentence with its details."""
        return f"{self.text} ({self.detail})" if self.detail else self.text


def merge_objections(
    policy: MergePolicy, pulls: Iterable[PullRequest], reviews: Mapping[int, Review] | None, silence: str
) -> tuple[Objection, ...]:
    """The objections of the policy to these PRs.

    `reviews` is the forge's answer, None if no forge is configured. `silence` is why the answer is outdated, with ages;
    empty if it is up to date.
    """
    all_pulls = tuple(pulls)
    pushed = [pull for pull in all_pulls if not (pull.number or pull.change)]
    objections = [
        _objection(policy.unreviewed, pushed, "{} pushed to main without a PR"),
        *(_forge_objections(policy, [pull for pull in all_pulls if pull not in pushed], reviews, silence)),
    ]
    if 0 < policy.most_pulls < len(all_pulls) and policy.many is not Rule.OFF:
        words = f"it has {plural(len(all_pulls), 'PR')} and merge.most_pulls is {policy.most_pulls}"
        objections.append(Objection(words, policy.many is Rule.REFUSE))
    return tuple(objection for objection in objections if objection)


def _forge_objections(
    policy: MergePolicy, pulls: list[PullRequest], reviews: Mapping[int, Review] | None, silence: str
) -> list[Objection | None]:
    if reviews is None:
        return []
    known = {} if silence else {pull.name: reviews[pull.number] for pull in pulls if pull.number in reviews}
    reviewed = [pull for pull in pulls if pull.name in known]
    unknown = [pull for pull in pulls if pull.name not in known]
    strictest = max((policy.unreviewed, policy.red, policy.missing_checks), key=list(Rule).index)

    def with_verdict(*verdicts: ReviewState) -> list[PullRequest]:
        return [pull for pull in reviewed if known[pull.name].state in verdicts]

    def with_checks(*checks: Checks) -> list[PullRequest]:
        return [pull for pull in reviewed if known[pull.name].checks in checks]

    return [
        _objection(
            policy.unreviewed, with_verdict(ReviewState.WAITING, ReviewState.CHANGES), "{} merged without approval"
        ),
        _objection(policy.unreviewed, with_verdict(ReviewState.UNKNOWN), "{} merged, and the forge has no review"),
        _objection(policy.red, with_checks(Checks.RED), "{} merged with red checks"),
        _objection(policy.missing_checks, with_checks(Checks.RUNNING), "{} merged and the checks have not ended"),
        _objection(policy.missing_checks, with_checks(Checks.UNKNOWN), "{} merged without checks"),
        _objection(
            strictest,
            unknown,
            "{} merged, and review and checks are unknown",
            silence or "the forge does not know the PR",
        ),
    ]


def _objection(rule: Rule, pulls: list[PullRequest], words: str, more: str = "") -> Objection | None:
    """The objection to these PRs; None if there are none or the rule is off."""
    if rule is Rule.OFF or not pulls:
        return None
    pull_names = tuple(pull.name for pull in pulls)
    who = f"{names(pull_names, 5)} {'was' if len(pull_names) == 1 else 'were'}"
    return Objection(words.format(who), rule is Rule.REFUSE, pull_names, more)
