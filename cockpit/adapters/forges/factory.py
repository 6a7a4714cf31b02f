"""Which forge a config means, with the token that it may read with."""

import os
from collections.abc import Callable
from pathlib import Path

from cockpit.adapters.forges.client import ForgeClient
from cockpit.adapters.forges.deployments import ForgeNotifier
from cockpit.adapters.forges.github import GitHub
from cockpit.adapters.forges.gitlab import Gitea, GitLab
from cockpit.adapters.forges.pull_requests import ForgePulls, gitea, github, gitlab
from cockpit.ports import Failed, Forge


def open_forge(
    kind: str, url: str, project: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> Forge:
    """The forge of that `kind`, whose API is at `url`; its token is in `file`, or in the environment's `variable`.

    Raises `Failed` where the file cannot be read.
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
    """The same forge's PRs, to open some; the token must be allowed to."""
    client, rest = _client(kind, url, variable, file, clock)
    dialect = {"gitlab": gitlab, "gitea": gitea}.get(kind)
    return ForgePulls(client, project, dialect(project) if dialect else github(project, rest))


def open_deployments(
    kind: str, url: str, project: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> ForgeNotifier:
    """The same forge, to tell it where each PR is; the token must be allowed to."""
    client, rest = _client(kind, url, variable, file, clock)
    return ForgeNotifier(kind, client, project, rest)


def _client(
    kind: str, url: str, variable: str, file: Path | None, clock: Callable[[], float]
) -> tuple[ForgeClient, str]:
    """With the path below which REST is, where that is not the root."""
    try:
        token = file.read_text(encoding="utf-8").strip() if file else os.environ.get(variable, "")
    except (OSError, UnicodeDecodeError) as bad:
        raise Failed(kind, "the file of its token cannot be read", "correct forge.token_file") from bad
    word = "token" if kind == "gitea" else "Bearer"
    said = {"Authorization": f"{word} {token}"} if token else {}
    # GitHub Enterprise has REST below /api/v3 and GraphQL beside it.
    url = url.rstrip("/")
    base = url.removesuffix("/v3") if kind == "github" else url
    return ForgeClient(kind, base, said, clock), url.removeprefix(base)
