"""The summary of a story: requests and the cause of their failures, bytes, seconds, and a check of every host."""

import asyncio
import json
from collections.abc import Iterable

from msgspec import Struct

from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import StoryEnd
from cockpit.demo.traffic.client import ConnectionLost, Host
from cockpit.demo.traffic.tally import RequestCount, Tally
from cockpit.deploy.builds.build import Build
from cockpit.deploy.facts import Advanced, BuildReady, Reverted
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural, short

VERSION = b"GET /version HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
FRONT = b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"


class StepTime(Struct, frozen=True):
    """The seconds that the release spent on a step."""

    step: str
    seconds: float


class Summary(Struct, frozen=True):
    """The result of a story in numbers."""

    story: Story
    seed: int
    passed: bool
    """Whether the story ended as expected and there are no problems."""
    reason: str
    problems: tuple[str, ...]
    """A sentence for each wrong host and each unexpected failure."""
    sent: int
    failed_by_bad_pr: int
    failed_otherwise: int
    resent: int
    pulled: int
    """Bytes, over all hosts."""
    seconds: float
    steps: tuple[StepTime, ...]


async def find_wrong_hosts(snapshot: Snapshot, story: Story) -> tuple[str, ...]:
    """Request the version and the front page of every host; a sentence for each that shows another build."""
    build = snapshot.last_good
    assert build, "a story that passed has a good build"
    public = {tier.name for tier in snapshot.policy.serving_tiers}
    hosts = [s for s in snapshot.statuses.value.values() if story is not Story.ROLLBACK or s.tier in public]
    missing = sorted({host for tier in snapshot.policy.tiers for host in tier.hosts} - set(snapshot.statuses.value))
    problems = await asyncio.gather(*(_problem(host, build) for host in hosts))
    return (*(f"{host} never reported" for host in missing), *(problem for problem in problems if problem))


def bad_builds(releases: Iterable[Release], bad: int) -> frozenset[str]:
    """The ids of the builds that contain that pull request."""
    ids: set[str] = set()
    for release in releases:
        contains = any(pull.number == bad for pull in release.pulls)
        for event in release.events:
            match event.what:
                case Reverted(number=number) if number == bad:
                    contains = False
                case BuildReady(build=build) if contains:
                    ids.add(build.id)
    return frozenset(ids)


def summarise(
    snapshot: Snapshot, end: StoryEnd, origin: Origin, tally: Tally, problems: tuple[str, ...], seconds: float
) -> Summary:
    """The summary. Failures that the bad PR did not cause are added to `problems` of the hosts."""
    bad = bad_builds(snapshot.log.value.releases, origin.bad) if origin.bad else frozenset()
    unexpected = tally.other_failures(bad, origin.broken_route)
    problems = (*problems, *(_failure_text(row) for row in unexpected))
    if not tally.sent:
        problems = (*problems, "no request was sent")
    return Summary(
        story=origin.story,
        seed=origin.seed,
        passed=end.passed and not problems,
        reason=end.reason,
        problems=problems,
        sent=tally.sent,
        failed_by_bad_pr=tally.failed_by_bad_pr(bad, origin.broken_route),
        failed_otherwise=sum(row.count for row in unexpected),
        resent=tally.resent,
        pulled=sum(status.pulled for status in snapshot.statuses.value.values()),
        seconds=round(seconds, 1),
        steps=step_times(snapshot.latest),
    )


def step_times(release: Release | None) -> tuple[StepTime, ...]:
    """The time from each step to the next, in order. A step that was taken twice is listed twice."""
    if release is None:
        return ()
    events = release.events
    taken = [place for place, event in enumerate(events) if isinstance(event.what, Advanced)]
    ends = [*(events[place].at for place in taken[1:]), events[-1].at]
    return tuple(
        StepTime(event.what.step, round(end - event.at, 1))
        for event, end in zip((events[place] for place in taken), ends, strict=True)
        if isinstance(event.what, Advanced)
    )


def format_summary(summary: Summary) -> str:
    """The summary as text."""
    steps = ", ".join(f"{time.step} {time.seconds:.0f} s" for time in summary.steps)
    lines = [
        f"story {summary.story}, seed {summary.seed}: {'passed' if summary.passed else 'FAILED'}",
        f"  {summary.reason}",
        f"  requests sent             {summary.sent:,}",
        f"  failed by the bad PR      {summary.failed_by_bad_pr:,}",
        f"  failed for other reasons  {summary.failed_otherwise:,}",
        f"  bytes pulled              {summary.pulled:,}",
        f"  seconds                   {summary.seconds:.0f}: {steps}",
    ]
    return "\n".join((*lines, *(f"  problem: {problem}" for problem in summary.problems)))


async def _problem(status: Status, build: Build) -> str:
    """What is wrong with the answers of a host; empty if they show that build."""
    host = Host.at(status.url)
    try:
        version, front = await host.send(VERSION), await host.send(FRONT)
        commit = json.loads(version.body)["commit"]
    except (OSError, TimeoutError, ConnectionLost, ValueError, KeyError) as error:
        return f"{status.host} does not answer as expected: {error}"
    shown = front.headers.get("x-build", "")
    if shown != build.id:
        return f"{status.host} shows build {short(shown)} instead of {short(build.id)}"
    if commit != build.commit or f"shop at {build.commit}<".encode() not in front.body:
        return f"{status.host} shows commit {short(str(commit))} instead of {short(build.commit)}"
    return ""


def _failure_text(row: RequestCount) -> str:
    requests = f"{plural(row.count, 'request')} for {row.route} on {row.tier}"
    return f"{requests} failed: {row.kind} ({f'build {short(row.build)}' if row.build else 'no build answered'})"
