"""The names of acts in messages."""

from cockpit.agent.reconcile import Act, Disk, Prefetch, PullBuild, TakePermit
from cockpit.deploy.text import short


def describe(act: Act, disk: Disk) -> str:
    """Describe the act: `pulling 9ea7b0b111, 0ld5eed000 continues to serve`."""
    match act:
        case PullBuild(build) | Prefetch(build):
            return f"pulling {short(build)}{f', {short(disk.hot)} continues to serve' if disk.hot else ''}"
        case TakePermit():
            return "taking a permit"
        case _:
            return type(act).__name__.lower()
