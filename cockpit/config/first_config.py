"""A team's first config.toml: the reference configuration with its own answers in it, every comment kept."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

TIERS = ("staging", "dogfood", "canary", "production")
"""Those of the reference configuration; one without hosts is left out, with its steps."""


class Answers(Struct, frozen=True):
    """What a team says of itself."""

    app: str
    repository: str
    main: str = "main"
    forge: str = "none"
    project: str = ""
    """owner/name at the forge."""
    store: str = "sqlite"
    metrics: str = "scrape"
    prometheus: str = "http://localhost:9090"
    build: tuple[str, ...] = ()
    hosts: Mapping[str, tuple[str, ...]] = {}
    """The hosts of each of `TIERS`."""


def guess_forge(url: str) -> tuple[str, str]:
    """(kind, owner/name) that a repository's url speaks of; ("none", "") where it does not."""
    place = url.rpartition("://")[2].rpartition("@")[2]
    host, _, path = place.replace(":", "/").partition("/")
    project = path.removesuffix("/").removesuffix(".git")
    for mark, kind in (("github", "github"), ("gitlab", "gitlab"), ("gitea", "gitea"), ("codeberg", "gitea")):
        if mark in host and "/" in project:
            return kind, project
    return "none", ""


FORGES = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com/api/v4",
    "gitea": "https://codeberg.org/api/v1",
}
TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "gitea": "GITEA_TOKEN"}


def first_config(reference: str, answers: Answers) -> str:
    """The text of config.toml for those answers."""
    import tomlkit

    document: Any = tomlkit.parse(reference)
    document["app"] = answers.app
    document["repository"]["url"] = answers.repository
    document["repository"]["main"] = answers.main
    document["forge"]["kind"] = answers.forge
    document["forge"]["project"] = answers.project
    document["forge"]["url"] = FORGES.get(answers.forge, FORGES["github"])
    document["forge"]["token_env"] = TOKENS.get(answers.forge, TOKENS["github"])
    document["store"]["kind"] = answers.store
    document["metrics"]["kind"] = answers.metrics
    document["prometheus"]["url"] = answers.prometheus
    document["build"]["command"] = list(answers.build)
    for name, kind in (("tier", "name"), ("step", "tier")):
        for place in reversed(range(len(document[name]))):
            hosts = answers.hosts.get(document[name][place][kind])
            if not hosts:
                del document[name][place]
            elif name == "tier":
                document[name][place]["hosts"] = list(hosts)
    return tomlkit.dumps(document)
