"""GitHub and GitHub Enterprise: one GraphQL query for a page of PRs, REST where there is no GraphQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from cockpit.adapters.forges.client import ForgeClient, NotFound
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState, description
from cockpit.deploy.text import clean
from cockpit.ports import Failed

PAGE = 50
"""PRs in one query; GitHub allows far more nodes, but a query of 100 takes it seconds."""

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
    """Implements `ports.Forge` for `project`, which is `owner/name`; REST has its paths below `rest`."""

    def __init__(self, client: ForgeClient, project: str, rest: str = "") -> None:
        self._client = client
        self._owner, _, self._name = project.partition("/")
        self._place = f"{rest}/repos/{self._owner}/{self._name}"
        self._rest = False

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """What GitHub knows of these PRs; a number that is none is left out."""
        found: list[Review] = []
        for at in range(0, len(numbers), PAGE):
            page = numbers[at : at + PAGE]
            if not self._rest:
                try:
                    found += await self._query(page)
                    continue
                except NotFound:
                    self._rest = True
            for number in page:
                found += await self._one(number)
        return tuple(found)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _query(self, numbers: Sequence[int]) -> list[Review]:
        asked = " ".join(f"p{int(number)}:pullRequest(number:{int(number)}){{{_FIELDS}}}" for number in numbers)
        query = f"query($owner:String!,$name:String!){{repository(owner:$owner,name:$name){{{asked}}}}}"
        body = {"query": query, "variables": {"owner": self._owner, "name": self._name}}
        answer = await self._client.post("/graphql", body)
        kinds = {error.get("type") for error in _list(answer, "errors") if isinstance(error, dict)}
        if "RATE_LIMITED" in kinds:
            raise self._client.be_quiet(60.0)
        repository = _dict(_dict(answer, "data"), "repository")
        if not repository and kinds - {"NOT_FOUND"}:
            raise Failed("github", "cannot answer the query", "look at the token's rights")
        if not repository:
            raise Failed("github", "has no such repository, or the token may not see it", "correct forge.project")
        return [_review(pull) for pull in repository.values() if isinstance(pull, dict)]

    async def _one(self, number: int) -> list[Review]:
        place = self._place
        try:
            pull = await self._client.get(f"{place}/pulls/{int(number)}")
        except NotFound:
            return []
        reviews = await self._client.get(f"{place}/pulls/{int(number)}/reviews?per_page=100")
        sha = str(_dict(pull, "head").get("sha") or "")
        runs = await self._client.get(f"{place}/commits/{sha}/check-runs?per_page=100") if sha.isalnum() else {}
        return [
            Review(
                number,
                *_texts(pull.get("title"), _dict(pull, "user").get("login"), pull.get("html_url")),
                _last_words(reviews),
                _conclusion([run for run in _list(runs, "check_runs") if isinstance(run, dict)]),
                tuple(clean(str(label.get("name"))) for label in _list(pull, "labels") if isinstance(label, dict)),
                description(pull.get("body")),
            )
        ]


def _review(pull: Mapping[str, Any]) -> Review:
    commits = _list(_dict(pull, "commits"), "nodes")
    rollup = _dict(_dict(commits[-1], "commit"), "statusCheckRollup") if commits else {}
    labels = _list(_dict(pull, "labels"), "nodes")
    return Review(
        int(pull.get("number") or 0),
        *_texts(pull.get("title"), _dict(pull, "author").get("login"), pull.get("url")),
        _verdict(pull),
        _STATES.get(str(rollup.get("state")), Checks.UNKNOWN),
        tuple(clean(str(label.get("name"))) for label in labels if isinstance(label, dict)),
        description(pull.get("body")),
    )


def _verdict(pull: Mapping[str, Any]) -> ReviewState:
    """GitHub decides only where a branch's rules ask for reviews; elsewhere what the reviewers said counts."""
    if decided := _VERDICTS.get(str(pull.get("reviewDecision"))):
        return decided
    said = pull.get("latestOpinionatedReviews")
    return _last_words(_list(said, "nodes")) if isinstance(said, dict) else ReviewState.UNKNOWN


def _last_words(reviews: object) -> ReviewState:
    """Each reviewer's last verdict counts; one who asks for changes outweighs all who approve."""
    last: dict[str, str] = {}
    for review in reviews if isinstance(reviews, list) else []:
        if isinstance(review, dict) and review.get("state") in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            who = _dict(review, "user") or _dict(review, "author")
            last[str(who.get("login"))] = str(review["state"])
    if "CHANGES_REQUESTED" in last.values():
        return ReviewState.CHANGES
    return ReviewState.APPROVED if "APPROVED" in last.values() else ReviewState.WAITING


def _conclusion(runs: Sequence[Mapping[str, Any]]) -> Checks:
    if not runs:
        return Checks.UNKNOWN
    if any(run.get("status") == "completed" and run.get("conclusion") not in _GOOD for run in runs):
        return Checks.RED
    return Checks.GREEN if all(run.get("status") == "completed" for run in runs) else Checks.RUNNING


def _texts(*texts: object) -> tuple[str, str, str]:
    title, author, url = (clean(str(text)) if text else "" for text in texts)
    return title, author, url


def _dict(value: object, key: str) -> Mapping[str, Any]:
    """The object under `key`; an empty one for anything else, since answers are foreign."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: object, key: str) -> Sequence[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
