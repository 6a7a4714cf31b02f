"""What went wrong in a release and was remedied, read from its log and its traffic.

An incident is a build that was taken back: by a rollback, by the revert of a PR in it, or because its release was
abandoned with hosts on it. A HOLD that came to nothing is none.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    BuildReady,
    Call,
    Held,
    HostFailed,
    Judged,
    Restored,
    RevertAsked,
    RolledBack,
    SmokeFailed,
)
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import Bucket, TrafficPage, buckets
from cockpit.deploy.release import Release
from cockpit.deploy.tiers import Audience
from cockpit.rules.record.harm import Harm, first_harm, harm


class Incident(Struct, frozen=True):
    """One build that was taken back."""

    build: str
    step: str
    """The last step it had taken; empty for none."""
    reached: frozenset[str]
    """The tiers of people that were pointed at it."""
    found: Event
    """The first thing that said so: the gate's verdict, a failed host or smoke test, or a person's act."""
    acted: Event
    """The first remedy."""
    since: float
    """When the first of `reached` was pointed at it; 0 where none was."""
    tiers: tuple[str, ...] = ()
    """Tiers that were sent back."""
    restored: float | None = None
    """When every host of them served another build again; None where the log does not say."""
    began: float | None = None
    """When its errors began, by the recorded traffic; None where that shows no such moment."""
    harm: Harm | None = None
    """None where nobody counted."""

    @property
    def detect(self) -> float | None:
        """Time to detect, in seconds: from the first evidence in the recorded errors, or where the record has none,
        from the step that pointed people at the build, to the verdict HOLD or ROLL BACK, the failed host or smoke
        test, or the person's act that came first. None where nobody was ever pointed at it."""
        start = self.began or self.since
        return max(0.0, self.found.at - start) if start else None

    @property
    def restore(self) -> float | None:
        """Time to restore, in seconds: from the same beginning until every host that serves people was back on a good
        build, by the hosts' own word. None where that was not recorded."""
        start = self.began or self.since
        return max(0.0, self.restored - start) if start and self.restored else None


def incidents(release: Release, policy: Policy, pages: Iterable[TrafficPage] = ()) -> tuple[Incident, ...]:
    """Oldest first. Remedies of one build, until its hosts are back, are one incident."""
    people = {tier.name for tier in policy.serving}
    counted = tuple(_among(bucket, people) for bucket in buckets(pages))
    return tuple(_measured(one, counted) for one in _told(release, policy))


def _told(release: Release, policy: Policy) -> tuple[Incident, ...]:
    found: list[Incident] = []
    build, step, alarm = "", "", None
    reached: dict[str, float] = {}
    for event in release.events:
        match event.what:
            case BuildReady(build=ready):
                build, step, alarm, reached = ready.id, "", None, {}
            case Advanced(rung=rung, step=words, build=pointed) if 0 <= rung < len(release.ladder):
                build, step, alarm = pointed, words, None
                if policy.tier(tier := release.ladder[rung].tier).serves is not Audience.NOBODY:
                    reached.setdefault(tier, event.at)
            case Judged(call=call):
                alarm = (alarm or event) if call in (Call.HOLD, Call.ROLL_BACK) else None
            case Held() | HostFailed() | SmokeFailed():
                alarm = alarm or event
            case RolledBack(tiers=sent) | RevertAsked(withdrawn=sent) | Abandoned(tiers=sent):
                if isinstance(event.what, Abandoned) and not sent:
                    continue
                if found and found[-1].build == build and found[-1].restored is None:
                    found[-1] = replace(found[-1], tiers=tuple(dict.fromkeys((*found[-1].tiers, *sent))))
                else:
                    since = min(reached.values(), default=0.0)
                    found.append(Incident(build, step, frozenset(reached), alarm or event, event, since, sent))
                alarm = None
            case Restored(when=when) if found:
                found[-1] = replace(found[-1], restored=when)
            case _:
                pass
    return tuple(found)


def _among(bucket: Bucket, tiers: set[str]) -> Bucket:
    """What was counted on those tiers; elsewhere nobody but a smoke test asks."""
    return replace(bucket, counts={key: count for key, count in bucket.counts.items() if key[0] in tiers})


def _measured(one: Incident, counted: Sequence[Bucket]) -> Incident:
    if not one.since:
        return one
    builds = frozenset((one.build,))
    end = one.restored or float("inf")
    began = first_harm(counted, builds, one.reached, one.since, one.found.at)
    return replace(one, began=began, harm=harm(counted, builds, one.reached, began or one.since, end))
