"""Whether the fleet can go back at once, and how far the pull is, in as few words as a row has room for."""

from cockpit.deploy.hosts.rollback_readiness import Readiness, readiness, readiness_text
from cockpit.deploy.hosts.transfer import Transfer, remaining, size, transfer
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import Audience
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells


def way_back(snapshot: Snapshot) -> Readiness:
    """Of all tiers that serve people, to the build that a rollback goes back to."""
    good = snapshot.way_back
    return readiness([snapshot.fleet[tier.name] for tier in snapshot.policy.serving], good.id if good else "")


def sentence(snapshot: Snapshot) -> Span:
    """The whole of it."""
    back, good = way_back(snapshot), snapshot.last_good
    return Span(readiness_text(back, "it" if good and good.id == back.build else short(back.build)), tone(back))


def share_ready(snapshot: Snapshot) -> Line:
    """For the headline, while a release is out: `way back 92 %`."""
    back = way_back(snapshot)
    if snapshot.open is None or back.share is None:
        return EMPTY
    share = int(100 * back.share)  # 99.9 % is not all of them
    unheard = f" ?{back.unheard:,}" if back.unheard else ""
    return (Span(f"  way back {share} %{unheard}", tone(back)),)


def tone(back: Readiness) -> Tone:
    """Only where all are known to have it is it good."""
    if not back.build or back.hosts == 0 or back.unheard:
        return Tone.UNKNOWN
    return Tone.GOOD if back.ready else Tone.WAITING


def tier_ready(snapshot: Snapshot, tier: str) -> Line:
    """`9 of 10 have 0ld5eed000 to go back to, 1 unheard`; nothing for a tier that no rollback covers."""
    good, state = snapshot.way_back, snapshot.fleet[tier]
    if good is None or not state.hosts or snapshot.policy.tier(tier).serves is Audience.NOBODY:
        return EMPTY
    back = readiness([state], good.id)
    unheard = f", {back.unheard:,} unheard" if back.unheard else ""
    return (Span(f"{back.have:,} of {back.hosts:,} have {short(good.id)} to go back to{unheard}", tone(back)),)


def tier_badge(snapshot: Snapshot, tier: str) -> Line:
    """The same in a note: `way back 9/10 ?1`."""
    if not tier_ready(snapshot, tier) or snapshot.way_back is None:
        return EMPTY
    back = readiness([snapshot.fleet[tier]], snapshot.way_back.id)
    unheard = f" ?{back.unheard:,}" if back.unheard else ""
    return (Span(f"way back {back.have:,}/{back.hosts:,}{unheard}", tone(back)),)


def pulling(snapshot: Snapshot, width: int) -> str:
    """The pull of the tier in which most hosts pull, in as many words as fit; empty where none does."""
    found = [(moved.pulling, tier.name, moved) for tier in snapshot.policy.tiers
             if (moved := transfer(snapshot.fleet[tier.name]))]  # fmt: skip
    if not found:
        return ""
    _, name, moved = max(found, key=lambda one: one[0])
    words = (short_of(moved), f"{moved.done:,}/{moved.hosts:,}, {remaining(moved)}")
    return next((said for text in words if cells(said := f"{name} {text}") <= width), f"{name} pulls")


def short_of(moved: Transfer) -> str:
    """`40/100, 3.4 MB/s, about 2 s left`."""
    rate = f"{size(moved.rate)}/s" if moved.rate is not None else "rate unknown"
    return f"{moved.done:,}/{moved.hosts:,}, {rate}, {remaining(moved)}"
