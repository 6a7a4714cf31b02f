"""Checks `[[tier]]` and `[[step]]` against each other."""

from cockpit.config.problems import Problems
from cockpit.deploy.tiers import Step, Tier, most_unavailable


def check_ladder(tiers: tuple[Tier, ...], ladder: tuple[Step, ...], problems: Problems) -> None:
    """Note invalid tiers, invalid steps, and tiers that the ladder does not take to 100 %."""
    if not tiers:
        problems.add("tier", "needs at least one [[tier]]")
    if not ladder:
        problems.add("step", "needs at least one [[step]]")
    _check_tiers(tiers, problems)
    known = tuple(tier.name for tier in tiers)
    reached: dict[str, int] = {}
    for index, step in enumerate(ladder):
        if step.tier not in known:
            problems.add(f"step[{index}].tier", f'names an unknown tier "{step.tier}"', near=(step.tier, known))
        if not reached.get(step.tier, 0) < step.percent <= 100:
            problems.add(f"step[{index}].percent", f"must be above {reached.get(step.tier, 0)} and at most 100")
        reached[step.tier] = step.percent
    for name in known:
        if ladder and reached.get(name) != 100:
            problems.add("step", f"never takes {name} to 100 %: add a step")


def _check_tiers(tiers: tuple[Tier, ...], problems: Problems) -> None:
    known = [tier.name for tier in tiers]
    for index, tier in enumerate(tiers):
        if known.index(tier.name) != index:
            problems.add(f"tier[{index}].name", f'"{tier.name}" is a duplicate')
        if not tier.name or "/" in tier.name:
            problems.add(f"tier[{index}].name", "must not be empty or contain a slash")
        if not most_unavailable(tier, 1):
            problems.add(f"tier[{index}].max_unavailable", 'must be a count of at least 1, or a share such as "25%"')
    hosts = [host for tier in tiers for host in tier.hosts]
    for host in sorted({host for host in hosts if hosts.count(host) > 1}):
        problems.add("tier", f"names the host {host} twice")
