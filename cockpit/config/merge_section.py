"""What `[merge]` may say, and for how long a forge's answer counts."""

from cockpit.config.problems import Problems
from cockpit.config.sections import ForgeConfig
from cockpit.deploy.pulls.merge_policy import MergePolicy, Rule

LEAST = 300.0
"""Seconds for which an answer counts however often the forge is asked."""


def check_merge(merge: MergePolicy, forge: ForgeConfig, problems: Problems) -> None:
    """Note rules that nobody could ever answer to."""
    for key in ("unreviewed", "red", "missing_checks"):
        if getattr(merge, key) is Rule.REFUSE and forge.kind == "none":
            problems.add("forge.kind", f"must name a forge where merge.{key} refuses: only a forge knows")


def reviews_last(forge: ForgeConfig) -> float:
    """Seconds for which its answer counts: two rounds may be lost; 0 where there is none to ask."""
    return max(LEAST, 3 * forge.every) if forge.kind != "none" else 0.0
