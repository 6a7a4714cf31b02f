"""The report as JSON values; unknown is null."""

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
    """Return release, incidents, traffic and reviews; times are seconds since the epoch, durations seconds."""
    return {
        "release": json_output.release(release),
        "incidents": [_incident(incident) for incident in incidents(release, policy, pages)],
        "traffic": [
            {
                "since": bucket.since,
                "until": bucket.until,
                "reads": bucket.reads,
                "hosts_missing": bucket.hosts_missing,
                "counts": [
                    {"tier": tier, "build": build, "requests": count.requests, "errors": count.errors}
                    for (tier, build), count in sorted(bucket.counts.items())
                ],
            }
            for bucket in buckets(pages)
        ],
        "reviews": {str(number): to_builtins(review) for number, review in reviews.items()},
    }


def _incident(incident: Incident) -> dict[str, Any]:
    harm = incident.harm
    return {
        "build": incident.build,
        "step": incident.step,
        "tiers_reached": sorted(incident.reached),
        "detected_by": json_output.event(incident.detected_by),
        "remedy": json_output.event(incident.remedy),
        "tiers_withdrawn": list(incident.tiers),
        "since": incident.since or None,
        "errors_began": incident.errors_began,
        "restored": incident.restored,
        "time_to_detect": incident.time_to_detect,
        "time_to_restore": incident.time_to_restore,
        "requests": harm.counted.requests if harm else None,
        "errors": harm.counted.errors if harm else None,
        "excess_errors": harm.excess_errors if harm else None,
        "at_least": harm.at_least if harm else None,
    }
