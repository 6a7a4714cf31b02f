"""What a story came to: requests and whose fault their failures were, bytes, seconds, and every host looked at."""

import asyncio
import json
from collections.abc import Iterable

from msgspec import Struct

from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import Ended
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
    """How long the release stood on a step."""

    step: str
    seconds: float


class Summary(Struct, frozen=True):
    """The end of a story in numbers."""

    story: Story
    seed: int
    well: bool
    """Whether it ended as it should, every host included."""
    reason: str
    wrong: tuple[str, ...]
    """What should not be."""
    sent: int
    failed_by_bad_pr: int
    failed_otherwise: int
    resent: int
    pulled: int
    """Bytes, over all hosts."""
    seconds: float
    steps: tuple[StepTime, ...]


async def wrong_hosts(snapshot: Snapshot, story: Story) -> tuple[str, ...]:
    """Asks every host that matters over HTTP; one sentence for each that shows another build or content."""
    build = snapshot.last_good
    assert build, "a story that ended well has a good build"
    public = {tier.name for tier in snapshot.policy.serving}
    hosts = [s for s in snapshot.statuses.value.values() if story is not Story.ROLLBACK or s.tier in public]
    lacking = sorted({host for tier in snapshot.policy.tiers for host in tier.hosts} - set(snapshot.statuses.value))
    found = await asyncio.gather(*(_wrong(host, build) for host in hosts))
    return (*(f"{host} never reported" for host in lacking), *(said for said in found if said))


def bad_builds(releases: Iterable[Release], bad: int) -> frozenset[str]:
    """Ids of the builds that hold that pull request."""
    found: set[str] = set()
    for release in releases:
        holds = any(pull.number == bad for pull in release.pulls)
        for event in release.events:
            match event.what:
                case Reverted(number=number) if number == bad:
                    holds = False
                case BuildReady(build=build) if holds:
                    found.add(build.id)
    return frozenset(found)


def summarise(
    snapshot: Snapshot, ended: Ended, origin: Origin, tally: Tally, wrong: tuple[str, ...], seconds: float
) -> Summary:
    """All of it. `wrong` is what the hosts showed; failures that the bad PR did not cause come to it."""
    bad = bad_builds(snapshot.log.value.releases, origin.bad) if origin.bad else frozenset()
    others = tally.others(bad, origin.fault)
    wrong = (*wrong, *(_told(row) for row in others))
    if not tally.sent:
        wrong = (*wrong, "no request was sent")
    return Summary(
        story=origin.story,
        seed=origin.seed,
        well=ended.well and not wrong,
        reason=ended.reason,
        wrong=wrong,
        sent=tally.sent,
        failed_by_bad_pr=tally.blamed(bad, origin.fault),
        failed_otherwise=sum(row.count for row in others),
        resent=tally.resent,
        pulled=sum(status.pulled for status in snapshot.statuses.value.values()),
        seconds=round(seconds, 1),
        steps=step_times(snapshot.latest),
    )


def step_times(release: Release | None) -> tuple[StepTime, ...]:
    """From each step to what came after it, in order; a step that was taken twice is there twice."""
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


def in_words(summary: Summary) -> str:
    """The summary for people."""
    steps = ", ".join(f"{time.step} {time.seconds:.0f} s" for time in summary.steps)
    lines = [
        f"story {summary.story}, seed {summary.seed}: {'as it should be' if summary.well else 'NOT as it should be'}",
        f"  {summary.reason}",
        f"  requests sent             {summary.sent:,}",
        f"  failed by the bad PR      {summary.failed_by_bad_pr:,}",
        f"  failed for other reasons  {summary.failed_otherwise:,}",
        f"  bytes pulled              {summary.pulled:,}",
        f"  seconds                   {summary.seconds:.0f}: {steps}",
    ]
    return "\n".join((*lines, *(f"  wrong: {said}" for said in summary.wrong)))


async def _wrong(status: Status, build: Build) -> str:
    """What is wrong with what a host shows; empty for nothing."""
    address, _, port = status.url.partition("://")[2].rstrip("/").partition(":")
    host = Host(address, int(port))
    try:
        version, front = await host.ask(VERSION), await host.ask(FRONT)
        commit = json.loads(version.body)["commit"]
    except (OSError, TimeoutError, ConnectionLost, ValueError, KeyError) as error:
        return f"{status.host} does not answer as it should: {error}"
    shown = front.headers.get("x-build", "")
    if shown != build.id:
        return f"{status.host} shows build {short(shown)} instead of {short(build.id)}"
    if commit != build.commit or f"shop at {build.commit}<".encode() not in front.body:
        return f"{status.host} shows commit {short(str(commit))} instead of {short(build.commit)}"
    return ""


def _told(row: RequestCount) -> str:
    asked = f"{plural(row.count, 'request')} for {row.route} on {row.tier}"
    return f"{asked} failed: {row.kind} ({f'build {short(row.build)}' if row.build else 'no build answered'})"
