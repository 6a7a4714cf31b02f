"""Rollback readiness and build transfers, in as few words as a row has room for."""

from cockpit.deploy.hosts.rollback_readiness import Readiness, readiness, readiness_text
from cockpit.deploy.hosts.transfer import Transfer, remaining_text, size_text, transfer
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import Audience
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells


def fleet_readiness(snapshot: Snapshot) -> Readiness:
    """Count the hosts of all serving tiers that have the rollback target on disk."""
    target = snapshot.rollback_target
    return readiness([snapshot.fleet[tier.name] for tier in snapshot.policy.serving_tiers], target.id if target else "")


def readiness_sentence(snapshot: Snapshot) -> Span:
    """Describe the readiness of the fleet, with the time a swap takes."""
    ready, good = fleet_readiness(snapshot), snapshot.last_good
    return Span(readiness_text(ready, "it" if good and good.id == ready.build else short(ready.build)), tone(ready))


def headline_badge(snapshot: Snapshot) -> Line:
    """Return `rollback ready 12/13 ?1` while a release is open; `?1` counts silent hosts."""
    ready = fleet_readiness(snapshot)
    if snapshot.open is None or ready.share is None:
        return EMPTY
    return (Span(f"  {_badge(ready)}", tone(ready)),)


def tone(ready: Readiness) -> Tone:
    """Return GOOD only if every host is known to have the build."""
    if not ready.build or ready.hosts == 0 or ready.silent:
        return Tone.UNKNOWN
    return Tone.GOOD if ready.ready else Tone.WAITING


def tier_readiness(snapshot: Snapshot, tier: str) -> Line:
    """Return `rollback ready 9/10, 1 silent (0ld5eed000)`; empty for a tier that a rollback does not change."""
    ready = _of_tier(snapshot, tier)
    if ready is None:
        return EMPTY
    silent = f", {ready.silent:,} silent" if ready.silent else ""
    text = f"rollback ready {ready.on_disk:,}/{ready.hosts:,}{silent} ({short(ready.build)})"
    return (Span(text, tone(ready)),)


def tier_badge(snapshot: Snapshot, tier: str) -> Line:
    """Return `rollback ready 9/10 ?1`; empty for a tier that a rollback does not change."""
    ready = _of_tier(snapshot, tier)
    return (Span(_badge(ready), tone(ready)),) if ready else EMPTY


def busiest_transfer(snapshot: Snapshot, width: int) -> str:
    """Describe the transfer of the tier with most pulling hosts, in at most `width` cells; empty if none pulls."""
    transfers = [
        (current.pulling, tier.name, current)
        for tier in snapshot.policy.tiers
        if (current := transfer(snapshot.fleet[tier.name]))
    ]
    if not transfers:
        return ""
    _, tier_name, busiest = max(transfers, key=lambda candidate: candidate[0])
    short_form = f"{busiest.on_disk:,}/{busiest.hosts:,}, {remaining_text(busiest)}"
    texts = (f"{tier_name} {text}" for text in (transfer_summary(busiest), short_form))
    return next((text for text in texts if cells(text) <= width), f"{tier_name} pulling")


def transfer_summary(current: Transfer) -> str:
    """Return `40/100, 3.4 MB/s, about 2 s left`."""
    rate = f"{size_text(current.rate)}/s" if current.rate is not None else "rate unknown"
    return f"{current.on_disk:,}/{current.hosts:,}, {rate}, {remaining_text(current)}"


def _of_tier(snapshot: Snapshot, tier: str) -> Readiness | None:
    target, rollout = snapshot.rollback_target, snapshot.fleet[tier]
    if target is None or not rollout.hosts or snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return None
    return readiness([rollout], target.id)


def _badge(ready: Readiness) -> str:
    silent = f" ?{ready.silent:,}" if ready.silent else ""
    return f"rollback ready {ready.on_disk:,}/{ready.hosts:,}{silent}"
