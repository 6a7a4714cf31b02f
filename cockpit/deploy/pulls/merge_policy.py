"""Whether PRs may go out together: each reviewed and green, and not too many at once.

Review and checks are what the forge tells. What it has not told, or told too long ago, is an answer of its own: it is
never taken for good, so where a rule refuses, not knowing refuses too.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.deploy.text import names, plural


class Rule(StrEnum):
    """What comes of a finding."""

    OFF = "off"
    WARN = "warn"
    REFUSE = "refuse"


class MergePolicy(Struct, frozen=True):
    """What a team lets out; `[merge]` in config.toml."""

    unreviewed: Rule = Rule.WARN
    """PRs that nobody approved, and what was pushed without a PR."""
    red: Rule = Rule.WARN
    """PRs whose checks failed."""
    missing_checks: Rule = Rule.WARN
    """PRs whose checks did not run, or have not ended."""
    most_pulls: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """PRs a release may have; 0 for any number."""
    many: Rule = Rule.WARN
    """More of them than that."""


class Objection(Struct, frozen=True):
    """What speaks against opening a release."""

    text: str
    """A lower-case sentence without anything that changes by itself, such as an age: a person confirms it."""
    refuses: bool = False
    pulls: tuple[str, ...] = ()
    """Names of the PRs it is about."""
    detail: str = ""
    """The rest of what there is to say, ages and all."""

    @property
    def full_text(self) -> str:
        """All of it."""
        return f"{self.text} ({self.detail})" if self.detail else self.text


def merge_objections(
    policy: MergePolicy, pulls: Iterable[PullRequest], reviews: Mapping[int, Review] | None, silence: str
) -> tuple[Objection, ...]:
    """What the rules find in these PRs.

    `reviews` is what the forge told, None where there is no forge to ask; `silence` says why nothing newer is known,
    ages and all, and is empty where the answer is new.
    """
    some = tuple(pulls)
    pushed = [pull for pull in some if not (pull.number or pull.change)]
    found = [
        _objection(policy.unreviewed, pushed, "{} pushed to main without a PR"),
        *(_forge_objections(policy, [pull for pull in some if pull not in pushed], reviews, silence)),
    ]
    if 0 < policy.most_pulls < len(some) and policy.many is not Rule.OFF:
        words = f"it has {plural(len(some), 'PR')} and merge.most_pulls is {policy.most_pulls}"
        found.append(Objection(words, policy.many is Rule.REFUSE))
    return tuple(one for one in found if one)


def _forge_objections(
    policy: MergePolicy, pulls: list[PullRequest], reviews: Mapping[int, Review] | None, silence: str
) -> list[Objection | None]:
    if reviews is None:
        return []
    known = {} if silence else {pull.name: reviews[pull.number] for pull in pulls if pull.number in reviews}
    told = [pull for pull in pulls if pull.name in known]
    dark = [pull for pull in pulls if pull.name not in known]
    strictest = max((policy.unreviewed, policy.red, policy.missing_checks), key=list(Rule).index)

    def with_verdict(*verdicts: ReviewState) -> list[PullRequest]:
        return [pull for pull in told if known[pull.name].state in verdicts]

    def with_checks(*checks: Checks) -> list[PullRequest]:
        return [pull for pull in told if known[pull.name].checks in checks]

    return [
        _objection(
            policy.unreviewed, with_verdict(ReviewState.WAITING, ReviewState.CHANGES), "{} merged without approval"
        ),
        _objection(policy.unreviewed, with_verdict(ReviewState.UNKNOWN), "{} merged, and the forge tells no review"),
        _objection(policy.red, with_checks(Checks.RED), "{} merged with red checks"),
        _objection(policy.missing_checks, with_checks(Checks.RUNNING), "{} merged and the checks have not ended"),
        _objection(policy.missing_checks, with_checks(Checks.UNKNOWN), "{} merged without checks"),
        _objection(
            strictest,
            dark,
            "{} merged, and it is not known whether reviewed and green",
            silence or "the forge does not know of it",
        ),
    ]


def _objection(rule: Rule, pulls: list[PullRequest], words: str, more: str = "") -> Objection | None:
    """About these PRs; None where there are none, or nobody wants to hear."""
    if rule is Rule.OFF or not pulls:
        return None
    found = tuple(pull.name for pull in pulls)
    who = f"{names(found, 5)} {'was' if len(found) == 1 else 'were'}"
    return Objection(words.format(who), rule is Rule.REFUSE, found, more)
