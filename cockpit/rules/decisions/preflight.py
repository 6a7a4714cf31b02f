"""What speaks against opening a release: how its PRs were merged, what was taken out and is back, what main lacks."""

from cockpit.deploy.plan import CommandRequest, Preview, PreviewQuery, Refusal
from cockpit.deploy.pulls.merge_policy import Objection, Rule, merge_objections
from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.quarantine import Reappearance
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration, names, short

WAYS_OUT = "revert it on main, have a commit there say `Re-lands {}`, or override with a reason"


def question(snapshot: Snapshot, ref: str = "main") -> PreviewQuery:
    """What has to be known of the repository before `ref` is released."""
    branch = snapshot.good[-1].branch if snapshot.good else ""
    return PreviewQuery(ref, snapshot.base, branch, snapshot.log.value.quarantined)


def answered(snapshot: Snapshot, ref: str) -> Preview | None:
    """What is known of it; None while that is the answer to another question."""
    preview = snapshot.main.value
    return preview if preview and preview.question == question(snapshot, ref) else None


def objections(snapshot: Snapshot, ref: str) -> tuple[Objection, ...]:
    """All that speaks against opening a release of `ref`."""
    preview = answered(snapshot, ref)
    if preview is None:
        return _in_the_dark(snapshot, ref)
    back = [Objection(one.words, True, _bearers(one, preview), WAYS_OUT.format(one.pull)) for one in preview.comebacks]
    lost = [Objection(_stray(snapshot, one), True) for one in preview.strays]
    return (*back, *lost, *pull_objections(snapshot, preview.pulls))


def pull_objections(snapshot: Snapshot, pulls: tuple[PullRequest, ...]) -> tuple[Objection, ...]:
    """What the rules on merges find in these PRs; our own reverts need nobody's approval."""
    own = {sha for release in snapshot.log.value.releases for done in release.undone for sha in done.reverts}
    others = tuple(pull for pull in pulls if not own.issuperset(pull.commits))
    return merge_objections(snapshot.policy.merge, others, _reviews(snapshot), _silence(snapshot))


def refused(against: tuple[Objection, ...], ask: CommandRequest, shut: str = "") -> Refusal | None:
    """Why the release may not be opened, unless a person overrides that with a reason.

    What the calendar says, `shut`, is told together with the rest: one override is of all of it, and nobody overrides
    what they have not been told.
    """
    stops = tuple(one for one in against if one.refuses)
    if not (stops or shut):
        return None
    if ask.override:
        return None if ask.why else Refusal("an override needs a reason: say --why")
    if not stops:
        return Refusal(shut)
    more = f"; and {len(stops) - 1} more" if len(stops) > 1 else ""
    way = "" if "override" in stops[0].more else ": override with a reason"
    return Refusal(f"{shut}{'; ' if shut else ''}{stops[0].whole}{more}{way}")


def warnings(against: tuple[Objection, ...]) -> tuple[str, ...]:
    """What the plan says of them."""
    first = sorted(against, key=lambda one: not one.refuses)
    return tuple(f"OVERRIDDEN: {one.words}" if one.refuses else one.words for one in first)


def overrode(against: tuple[Objection, ...]) -> str:
    """What was overridden, for the log; empty for nothing."""
    return "; ".join(one.words for one in against if one.refuses)


def _in_the_dark(snapshot: Snapshot, ref: str) -> tuple[Objection, ...]:
    """What follows from not knowing what would go out."""
    asked, merge = question(snapshot, ref), snapshot.policy.merge
    hotfixed = bool(snapshot.good) and bool(snapshot.good[-1].hotfixes)
    rules = (merge.unreviewed, merge.red, merge.missing_checks) if snapshot.policy.reviews_last else ()
    many = (merge.many,) if merge.most_pulls else ()
    out = names(tuple(one.pull.name for one in asked.out))
    if not (asked.out or hotfixed or Rule.REFUSE in (*rules, *many)):
        return ()
    words = f"what {clean(ref)} brings has not been looked into yet"
    if asked.out:
        words += f", and {out} must not be back"
    return (Objection(words, True, more=snapshot.main.error or "look again in a moment, or override with a reason"),)


def _bearers(back: Reappearance, preview: Preview) -> tuple[str, ...]:
    """The PR that is back, and the one that brings it."""
    brings = (pull.name for pull in preview.pulls if back.commit in pull.commits)
    return tuple(dict.fromkeys((back.pull, *brings)))


def _stray(snapshot: Snapshot, commit: Commit) -> str:
    branch = snapshot.good[-1].branch if snapshot.good else "the last release"
    return f"{short(commit.sha)} “{clean(commit.subject)}” is on {branch} and never reached main"


def _reviews(snapshot: Snapshot) -> dict[int, Review] | None:
    return dict(snapshot.reviews.value) if snapshot.policy.reviews_last else None


def _silence(snapshot: Snapshot) -> str:
    """Why nothing new is known from the forge."""
    seen, age = snapshot.reviews, snapshot.reviews.age(snapshot.now)
    why = f": {clean(seen.error)}" if seen.error else ""
    if age is None:
        return f"the forge has not answered yet{why}"
    return f"the forge last answered {duration(age)} ago{why}" if age > snapshot.policy.reviews_last else ""
