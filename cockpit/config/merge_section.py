"""Checks `[merge]` against `[forge]`."""

from cockpit.config.problems import Problems
from cockpit.config.sections import ForgeConfig
from cockpit.deploy.pulls.merge_policy import MergePolicy, Rule


def check_merge(merge: MergePolicy, forge: ForgeConfig, problems: Problems) -> None:
    """Note rules that refuse and need a forge, if there is none."""
    for key in ("unreviewed", "red", "missing_checks"):
        if getattr(merge, key) is Rule.REFUSE and forge.kind == "none":
            problems.add("forge.kind", f'must name a forge if merge.{key} is "refuse"')
