"""Preflight checks of a release: objections to its PRs' merges, to PRs that came back, and to hotfixes main lacks."""

from cockpit.deploy.plan import CommandRequest, Preview, PreviewQuery, Refusal
from cockpit.deploy.pulls.merge_policy import Objection, Rule, merge_objections
from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.quarantine import Reappearance
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration, names, short
from cockpit.rules.decisions.planner import REASON_MISSING

WAYS_OUT = "revert it on main, have a commit there say `Re-lands {}`, or override with a reason"


def preview_query(snapshot: Snapshot, ref: str = "main") -> PreviewQuery:
    """What must be known of the repository before `ref` is released."""
    branch = snapshot.good_releases[-1].branch if snapshot.good_releases else ""
    return PreviewQuery(ref, snapshot.base_commit, branch, snapshot.log.value.quarantined)


def current_preview(snapshot: Snapshot, ref: str) -> Preview | None:
    """The preview of `ref`; None if the last one answers another query."""
    preview = snapshot.preview.value
    return preview if preview and preview.query == preview_query(snapshot, ref) else None


def objections(snapshot: Snapshot, ref: str) -> tuple[Objection, ...]:
    """All objections to a release of `ref`."""
    preview = current_preview(snapshot, ref)
    if preview is None:
        return _preview_missing(snapshot, ref)
    back = [
        Objection(comeback.text, True, _pulls_of(comeback, preview), WAYS_OUT.format(comeback.pull))
        for comeback in preview.reappearances
    ]
    direct = {sha for release in snapshot.log.value.releases for done in release.reverts for sha in done.direct}
    missing = (commit for commit in preview.missing_from_main if commit.sha not in direct)
    lost = [Objection(_stray_text(snapshot, commit), True) for commit in missing]
    return (*back, *lost, *pull_objections(snapshot, preview.pulls))


def pull_objections(snapshot: Snapshot, pulls: tuple[PullRequest, ...]) -> tuple[Objection, ...]:
    """Objections of the merge policy to these PRs; cockpit's own reverts need no approval."""
    reverts = (done for release in snapshot.log.value.releases for done in release.reverts if not done.was_out)
    own = {sha for done in reverts for sha in done.reverts}
    others = tuple(pull for pull in pulls if not own.issuperset(pull.commits))
    return merge_objections(snapshot.policy.merge, others, _reviews(snapshot), _forge_error(snapshot))


def objection_refusal(raised: tuple[Objection, ...], request: CommandRequest, closed: str = "") -> Refusal | None:
    """Why the release may not be opened; None if nothing refuses it or a person overrides with a reason.

    `closed` is the calendar's reason. It is part of the same sentence, because one override covers all of it and a
    person must have read what they override.
    """
    refusing = tuple(objection for objection in raised if objection.refuses)
    if not (refusing or closed):
        return None
    if request.override:
        return None if request.why else Refusal(REASON_MISSING)
    if not refusing:
        return Refusal(closed)
    more = f"; and {len(refusing) - 1} more" if len(refusing) > 1 else ""
    advice = "" if "override" in refusing[0].detail else ": override with a reason"
    return Refusal(f"{closed}{'; ' if closed else ''}{refusing[0].full_text}{more}{advice}")


def warnings(raised: tuple[Objection, ...]) -> tuple[str, ...]:
    """The warnings of the plan, overridden objections first."""
    ordered = sorted(raised, key=lambda objection: not objection.refuses)
    return tuple(f"OVERRIDDEN: {objection.text}" if objection.refuses else objection.text for objection in ordered)


def overridden_text(raised: tuple[Objection, ...]) -> str:
    """The objections that an override covers, for the log; empty for none."""
    return "; ".join(objection.text for objection in raised if objection.refuses)


def _preview_missing(snapshot: Snapshot, ref: str) -> tuple[Objection, ...]:
    """The objection to releasing unknown commits, if any rule depends on them."""
    query, merge = preview_query(snapshot, ref), snapshot.policy.merge
    hotfixed = bool(snapshot.good_releases) and bool(snapshot.good_releases[-1].hotfixes)
    rules = (merge.unreviewed, merge.red, merge.missing_checks) if snapshot.policy.reviews_valid_for else ()
    many = (merge.many,) if merge.most_pulls else ()
    out = names(tuple(quarantined.pull.name for quarantined in query.quarantined))
    if not (query.quarantined or hotfixed or Rule.REFUSE in (*rules, *many)):
        return ()
    words = f"the commits of {clean(ref)} have not been read yet"
    if query.quarantined:
        words += f", and {out} must not be back"
    return (
        Objection(words, True, detail=snapshot.preview.error or "try again in a moment, or override with a reason"),
    )


def _pulls_of(comeback: Reappearance, preview: Preview) -> tuple[str, ...]:
    """The PR that is back, and the PR that brings it."""
    brings = (pull.name for pull in preview.pulls if comeback.commit in pull.commits)
    return tuple(dict.fromkeys((comeback.pull, *brings)))


def _stray_text(snapshot: Snapshot, commit: Commit) -> str:
    branch = snapshot.good_releases[-1].branch if snapshot.good_releases else "the last release"
    return f"{short(commit.sha)} “{clean(commit.subject)}” is on {branch} and never reached main"


def _reviews(snapshot: Snapshot) -> dict[int, Review] | None:
    return dict(snapshot.reviews.value) if snapshot.policy.reviews_valid_for else None


def _forge_error(snapshot: Snapshot) -> str:
    """Why the reviews are not known or not current; empty if they are."""
    reviews, age = snapshot.reviews, snapshot.reviews.age(snapshot.now)
    why = f": {clean(reviews.error)}" if reviews.error else ""
    if age is None:
        return f"the forge has not answered yet{why}"
    return f"the forge last answered {duration(age)} ago{why}" if age > snapshot.policy.reviews_valid_for else ""
