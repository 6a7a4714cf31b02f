"""Reviews of PRs from GitHub and GitHub Enterprise: by GraphQL, or by REST if the server has no GraphQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from cockpit.adapters.forges.client import ForgeClient, NotFound
from cockpit.adapters.forges.json_fields import label_names, list_at, object_at, text
from cockpit.adapters.forges.rate_limit import DEFAULT_WAIT
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState, description
from cockpit.ports import Failed

PAGE = 50
"""PRs in one query. GitHub allows more, but takes seconds to answer a query for 100."""

_FIELDS = (
    "number title url body author{login} reviewDecision labels(first:10){nodes{name}} "
    "latestOpinionatedReviews(first:50){nodes{state author{login}}} "
    "commits(last:1){nodes{commit{statusCheckRollup{state}}}}"
)
_VERDICTS = {
    "APPROVED": ReviewState.APPROVED,
    "CHANGES_REQUESTED": ReviewState.CHANGES,
    "REVIEW_REQUIRED": ReviewState.WAITING,
}
_STATES = {
    "SUCCESS": Checks.GREEN,
    "FAILURE": Checks.RED,
    "ERROR": Checks.RED,
    "PENDING": Checks.RUNNING,
    "EXPECTED": Checks.RUNNING,
}
_GOOD = ("success", "neutral", "skipped")


class GitHub:
    """`ports.Forge` for `project`, which is `owner/name`; `rest` is the prefix of the REST paths."""

    def __init__(self, client: ForgeClient, project: str, rest: str = "") -> None:
        self._client = client
        self._owner, _, self._name = project.partition("/")
        self._path = f"{rest}/repos/{self._owner}/{self._name}"
        self._use_rest = False

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """The reviews of these PRs; unknown numbers are left out."""
        reviews: list[Review] = []
        for start in range(0, len(numbers), PAGE):
            page = numbers[start : start + PAGE]
            if not self._use_rest:
                try:
                    reviews += await self._query(page)
                    continue
                except NotFound:
                    self._use_rest = True
            for number in page:
                reviews += await self._by_rest(number)
        return tuple(reviews)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _query(self, numbers: Sequence[int]) -> list[Review]:
        pulls = " ".join(f"p{int(number)}:pullRequest(number:{int(number)}){{{_FIELDS}}}" for number in numbers)
        query = f"query($owner:String!,$name:String!){{repository(owner:$owner,name:$name){{{pulls}}}}}"
        body = {"query": query, "variables": {"owner": self._owner, "name": self._name}}
        response = await self._client.post("/graphql", body)
        errors = {error.get("type") for error in list_at(response, "errors") if isinstance(error, dict)}
        if "RATE_LIMITED" in errors:
            raise self._client.rate_limit.block(DEFAULT_WAIT)
        repository = object_at(object_at(response, "data"), "repository")
        if not repository and errors - {"NOT_FOUND"}:
            raise Failed("github", "refused the query", "check the token's permissions")
        if not repository:
            raise Failed("github", "repository not found, or the token may not read it", "correct forge.project")
        return [_review(pull) for pull in repository.values() if isinstance(pull, dict)]

    async def _by_rest(self, number: int) -> list[Review]:
        try:
            pull = await self._client.get(f"{self._path}/pulls/{int(number)}")
        except NotFound:
            return []
        reviews = await self._client.get(f"{self._path}/pulls/{int(number)}/reviews?per_page=100")
        sha = str(object_at(pull, "head").get("sha") or "")
        runs = await self._client.get(f"{self._path}/commits/{sha}/check-runs?per_page=100") if sha.isalnum() else {}
        return [
            Review(
                number,
                text(pull.get("title")),
                text(object_at(pull, "user").get("login")),
                text(pull.get("html_url")),
                _last_verdicts(reviews),
                _conclusion([run for run in list_at(runs, "check_runs") if isinstance(run, dict)]),
                label_names(list_at(pull, "labels")),
                description(pull.get("body")),
            )
        ]


def _review(pull: Mapping[str, Any]) -> Review:
    commits = list_at(object_at(pull, "commits"), "nodes")
    rollup = object_at(object_at(commits[-1], "commit"), "statusCheckRollup") if commits else {}
    return Review(
        int(pull.get("number") or 0),
        text(pull.get("title")),
        text(object_at(pull, "author").get("login")),
        text(pull.get("url")),
        _state(pull),
        _STATES.get(str(rollup.get("state")), Checks.UNKNOWN),
        label_names(list_at(object_at(pull, "labels"), "nodes")),
        description(pull.get("body")),
    )


def _state(pull: Mapping[str, Any]) -> ReviewState:
    """GitHub decides if the branch's rules require reviews; otherwise the reviewers' last verdicts count."""
    if decision := _VERDICTS.get(str(pull.get("reviewDecision"))):
        return decision
    latest = pull.get("latestOpinionatedReviews")
    return _last_verdicts(list_at(latest, "nodes")) if isinstance(latest, dict) else ReviewState.UNKNOWN


def _last_verdicts(reviews: object) -> ReviewState:
    """Each reviewer's last verdict counts; one request for changes outweighs approvals."""
    last: dict[str, str] = {}
    for review in reviews if isinstance(reviews, list) else []:
        if isinstance(review, dict) and review.get("state") in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            reviewer = object_at(review, "user") or object_at(review, "author")
            last[str(reviewer.get("login"))] = str(review["state"])
    if "CHANGES_REQUESTED" in last.values():
        return ReviewState.CHANGES
    return ReviewState.APPROVED if "APPROVED" in last.values() else ReviewState.WAITING


def _conclusion(runs: Sequence[Mapping[str, Any]]) -> Checks:
    if not runs:
        return Checks.UNKNOWN
    if any(run.get("status") == "completed" and run.get("conclusion") not in _GOOD for run in runs):
        return Checks.RED
    return Checks.GREEN if all(run.get("status") == "completed" for run in runs) else Checks.RUNNING
