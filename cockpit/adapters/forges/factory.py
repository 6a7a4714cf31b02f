"""Opens the configured forge with its token."""

import os
from collections.abc import Callable
from pathlib import Path

from cockpit.adapters.forges.client import ForgeClient
from cockpit.adapters.forges.deployments import ForgeNotifier
from cockpit.adapters.forges.gitea import Gitea
from cockpit.adapters.forges.github import GitHub
from cockpit.adapters.forges.gitlab import GitLab
from cockpit.adapters.forges.pull_requests import ForgePulls, gitea, github, gitlab
from cockpit.ports import Failed, Forge


def open_forge(
    kind: str, url: str, project: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> Forge:
    """The forge of that `kind` with its API at `url`; the token is in `file`, or in the environment's `variable`.

    Raises `Failed` if the file cannot be read.
    """
    client, rest = _client(kind, url, variable, file, clock)
    match kind:
        case "gitlab":
            return GitLab(client, project)
        case "gitea":
            return Gitea(client, project)
        case _:
            return GitHub(client, project, rest=rest)


def open_pulls(
    kind: str, url: str, project: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> ForgePulls:
    """Opens and follows PRs on the same forge; the token needs permission to open PRs."""
    client, rest = _client(kind, url, variable, file, clock)
    dialect = {"gitlab": gitlab, "gitea": gitea}.get(kind)
    return ForgePulls(client, project, dialect(project) if dialect else github(project, rest))


def open_deployments(
    kind: str, url: str, project: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> ForgeNotifier:
    """Reports to the same forge on which tiers each PR is; the token needs permission to write deployments."""
    client, rest = _client(kind, url, variable, file, clock)
    return ForgeNotifier(kind, client, project, rest)


def _client(
    kind: str, url: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> tuple[ForgeClient, str]:
    """The client, and the prefix of the REST paths."""
    try:
        token = file.read_text(encoding="utf-8").strip() if file else os.environ.get(variable, "")
    except (OSError, UnicodeDecodeError) as bad:
        raise Failed(kind, "cannot read its token file", "correct forge.token_file") from bad
    scheme = "token" if kind == "gitea" else "Bearer"
    headers = {"Authorization": f"{scheme} {token}"} if token else {}
    # GitHub Enterprise serves REST at /api/v3 and GraphQL at /api/graphql.
    url = url.rstrip("/")
    base = url.removesuffix("/v3") if kind == "github" else url
    return ForgeClient(kind, base, headers, clock), url.removeprefix(base)
