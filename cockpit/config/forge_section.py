"""Checks `[forge]` against the sections that need a forge, and computes how long its answers are valid."""

from cockpit.config.problems import Problems
from cockpit.config.sections import ForgeConfig, RepositoryConfig

LEAST_VALID = 300.0
"""Seconds an answer stays valid, even if the forge is asked more often."""


def check_forge(forge: ForgeConfig, repository: RepositoryConfig, problems: Problems) -> None:
    """Note a forge that is incomplete, and keys that need a forge if there is none."""
    if forge.kind != "none" and "/" not in forge.project.strip("/"):
        problems.add("forge.project", "must be owner/name")
    if not forge.url.startswith(("https://", "http://")):
        problems.add("forge.url", "must begin with https://")
    if forge.deployments and forge.kind == "none":
        problems.add("forge.kind", "must name a forge if forge.deployments is true")
    if repository.reverts not in ("push", "pull"):
        problems.add("repository.reverts", 'must be "push" or "pull"')
    elif forge.kind == "none" and (repository.reverts == "pull" or repository.reland):
        problems.add("forge.kind", 'must name a forge if repository.reverts is "pull" or repository.reland is true')


def reviews_valid_for(forge: ForgeConfig) -> float:
    """Seconds an answer of the forge stays valid: three rounds, so that two may be lost. 0 without a forge."""
    return max(LEAST_VALID, 3 * forge.every) if forge.kind != "none" else 0.0
