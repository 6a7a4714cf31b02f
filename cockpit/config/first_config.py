"""A team's first config.toml: the reference configuration with the team's answers. Every comment is kept."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

TIERS = ("staging", "dogfood", "canary", "production")
"""The tiers of the reference configuration. A tier without hosts is left out, with its steps."""


class Answers(Struct, frozen=True):
    """A team's answers to the questions of `cockpit init`."""

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
    """Guess (kind, owner/name) from a repository's URL; ("none", "") if the host is unknown."""
    address = url.rpartition("://")[2].rpartition("@")[2]
    host, _, path = address.replace(":", "/").partition("/")
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
    """Return the text of config.toml for those answers."""
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
        for index in reversed(range(len(document[name]))):
            hosts = answers.hosts.get(document[name][index][kind])
            if not hosts:
                del document[name][index]
            elif name == "tier":
                document[name][index]["hosts"] = list(hosts)
    return tomlkit.dumps(document)
