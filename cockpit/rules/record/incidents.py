"""Incidents of a release, from its log and its traffic.

An incident is a build that was withdrawn: by a rollback, by the revert of a PR in it, or because its release was
abandoned with hosts on it. A HOLD alone is no incident.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import Bucket, TrafficPage, buckets
from cockpit.deploy.release import Release
from cockpit.deploy.tiers import Audience
from cockpit.rules.record.harm import Harm, first_harm, harm


class Incident(Struct, frozen=True):
    """One withdrawn build. Times are seconds since the epoch."""

    build: str
    step: str
    """The last step it had taken; empty for none."""
    reached: frozenset[str]
    """The serving tiers that were told to run it."""
    detected_by: Event
    """The first sign: the gate's verdict, a failed host or smoke test, or a person's command."""
    remedy: Event
    """The first remedy."""
    since: float
    """When the first of `reached` was told to run it; 0 if none was."""
    tiers: tuple[str, ...] = ()
    """Tiers from which it was withdrawn."""
    restored: float | None = None
    """When every host of them served another build again; None if the log does not say."""
    errors_began: float | None = None
    """When its errors began, by the recorded traffic; None if that shows no such moment."""
    harm: Harm | None = None
    """None if nothing was counted."""

    @property
    def time_to_detect(self) -> float | None:
        """Seconds from the first recorded errors, else from the first step, until `detected_by`.

        None if no serving tier was told to run the build.
        """
        start = self.errors_began or self.since
        return max(0.0, self.detected_by.at - start) if start else None

    @property
    def time_to_restore(self) -> float | None:
        """Seconds from the same start until every serving host reported a good build; None if not recorded."""
        start = self.errors_began or self.since
        return max(0.0, self.restored - start) if start and self.restored else None


def incidents(release: Release, policy: Policy, pages: Iterable[TrafficPage] = ()) -> tuple[Incident, ...]:
    """The incidents, oldest first.

    All remedies of one build are one incident, such as a rollback and the revert that follows it. If hosts are told to
    run that build again after they were back, its next remedy begins another.
    """
    serving = {tier.name for tier in policy.serving_tiers}
    counted = tuple(_only(bucket, serving) for bucket in buckets(pages))
    return tuple(_measured(incident, counted) for incident in _from_log(release, policy))


def _from_log(release: Release, policy: Policy) -> tuple[Incident, ...]:
    found: list[Incident] = []
    build, step, alarm = "", "", None
    reached: dict[str, float] = {}
    remedied = False  # and hosts were not told to run the build again since
    for event in release.events:
        match event.what:
            case facts.BuildReady(build=ready):
                build, step, alarm, reached, remedied = ready.id, "", None, {}, False
            case facts.Advanced(rung=rung, step=name, build=target) if 0 <= rung < len(release.ladder):
                if remedied and found[-1].restored is not None:
                    reached = {}
                build, step, alarm, remedied = target, name, None, False
                if policy.tier(tier := release.ladder[rung].tier).serves is not Audience.NOBODY:
                    reached.setdefault(tier, event.at)
            case facts.Judged(call=call):
                alarm = (alarm or event) if call in (Call.HOLD, Call.ROLL_BACK) else None
            case facts.Regressed(release=finished) if finished != release.id:
                pass
            case facts.Held() | facts.HostFailed() | facts.SmokeFailed() | facts.Regressed():
                alarm = alarm or event
            case facts.RolledBack(tiers=tiers) | facts.RevertAsked(withdrawn=tiers) | facts.Abandoned(tiers=tiers):
                if isinstance(event.what, facts.Abandoned) and not tiers:
                    continue
                since = min(reached.values(), default=0.0)
                if found and found[-1].build == build and (remedied or found[-1].restored is None):
                    found[-1] = _continued(found[-1], frozenset(reached), since, tiers)
                else:
                    found.append(Incident(build, step, frozenset(reached), alarm or event, event, since, tiers))
                alarm, remedied = None, True
            case facts.Restored(when=when) if found:
                found[-1] = replace(found[-1], restored=when)
            case _:
                pass
    return tuple(found)


def _continued(incident: Incident, reached: frozenset[str], since: float, tiers: tuple[str, ...]) -> Incident:
    """The incident with one more remedy. Tiers that were withdrawn only now are not restored yet."""
    all_tiers = tuple(dict.fromkeys((*incident.tiers, *tiers)))
    restored = incident.restored if len(all_tiers) == len(incident.tiers) else None
    return replace(
        incident, reached=incident.reached | reached, since=incident.since or since, tiers=all_tiers, restored=restored
    )


def _only(bucket: Bucket, tiers: set[str]) -> Bucket:
    """The counts of these tiers; the other tiers get requests from smoke tests alone."""
    return replace(bucket, counts={key: count for key, count in bucket.counts.items() if key[0] in tiers})


def _measured(incident: Incident, counted: Sequence[Bucket]) -> Incident:
    if not incident.since:
        return incident
    builds = frozenset((incident.build,))
    end = incident.restored or float("inf")
    began = first_harm(counted, builds, incident.reached, incident.since, incident.detected_by.at)
    done = harm(counted, builds, incident.reached, began or incident.since, end)
    return replace(incident, errors_began=began, harm=done)
