"""The report as values: the same facts for a script, unknown as null."""

from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins

from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.record.traffic_pages import TrafficPage, buckets
from cockpit.deploy.release import Release
from cockpit.rules.record.incidents import Incident, incidents
from cockpit.views import json_output


def report(release: Release, policy: Policy, pages: Sequence[TrafficPage], reviews: Reviews) -> dict[str, Any]:
    """{"release", "incidents", "traffic", "reviews"}; times are seconds since the epoch, lengths seconds."""
    return {
        "release": json_output.release(release),
        "incidents": [_incident(one) for one in incidents(release, policy, pages)],
        "traffic": [
            {
                "since": bucket.since,
                "until": bucket.until,
                "looks": bucket.reads,
                "lacking": bucket.hosts_missing,
                "counts": [
                    {"tier": tier, "build": build, "requests": count.requests, "errors": count.errors}
                    for (tier, build), count in sorted(bucket.counts.items())
                ],
            }
            for bucket in buckets(pages)
        ],
        "reviews": {str(number): to_builtins(review) for number, review in reviews.items()},
    }


def _incident(one: Incident) -> dict[str, Any]:
    harm = one.harm
    return {
        "build": one.build,
        "step": one.step,
        "reached": sorted(one.reached),
        "found": json_output.event(one.detected_by),
        "acted": json_output.event(one.remedy),
        "sent_back": list(one.tiers),
        "since": one.since or None,
        "began": one.errors_began,
        "restored": one.restored,
        "time_to_detect": one.time_to_detect,
        "time_to_restore": one.time_to_restore,
        "requests": harm.counted.requests if harm else None,
        "errors": harm.counted.errors if harm else None,
        "harmed": harm.excess_errors if harm else None,
        "at_least": harm.at_least if harm else None,
    }
