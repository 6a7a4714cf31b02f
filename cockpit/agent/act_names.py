"""How an act is called where people read of it."""

from cockpit.agent.reconcile import Act, Disk, Prefetch, PullBuild, TakePermit
from cockpit.deploy.text import short


def named(act: Act, disk: Disk) -> str:
    """`pulling 9ea7b0b111, 0ld5eed000 goes on serving`."""
    match act:
        case PullBuild(build) | Prefetch(build):
            return f"pulling {short(build)}{f', {short(disk.hot)} goes on serving' if disk.hot else ''}"
        case TakePermit():
            return "taking a permit"
        case _:
            return type(act).__name__.lower()
