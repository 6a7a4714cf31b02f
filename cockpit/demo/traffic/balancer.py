"""Shares requests out over tiers and hosts; hosts that fail /health get none."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct


class Member(Struct, frozen=True):
    """A host that may get requests."""

    host: str
    tier: str
    url: str


class MemberState(StrEnum):
    """The result of a host's last health check."""

    OUT = "out"
    """It has no build or does not answer."""
    DRAINING = "draining"
    """It answers but accepts no new requests."""
    UP = "up"


class Balancer:
    """Chooses the host of the next request: tiers by their shares, hosts of a tier in turn.

    Tiers are chosen by smooth weighted round robin, as in nginx: a tier with 2 % gets every fiftieth request, so that
    a small tier gets a steady stream.
    """

    def __init__(self, members: Sequence[Member], shares: Mapping[str, float]) -> None:
        self._members = {tier: [m for m in members if m.tier == tier] for tier in shares}
        self._shares = dict(shares)
        self._credit = dict.fromkeys(shares, 0.0)
        self._turn = dict.fromkeys(shares, 0)
        self._states = {member.host: MemberState.OUT for member in members}

    def set_state(self, host: str, state: MemberState) -> None:
        """Record the result of a health check."""
        self._states[host] = state

    def next_member(self) -> Member | None:
        """The host of the next request; None if the tier has no host, and the request is skipped."""
        for tier, share in self._shares.items():
            self._credit[tier] += share
        tier = max(self._credit, key=self._credit.__getitem__)
        self._credit[tier] -= sum(self._shares.values())
        return self._next_of(tier)

    def _next_of(self, tier: str) -> Member | None:
        """The tier's next host that is up; a draining one if none is up."""
        for wanted in (MemberState.UP, MemberState.DRAINING):
            candidates = [member for member in self._members[tier] if self._states[member.host] is wanted]
            if candidates:
                self._turn[tier] += 1
                return candidates[self._turn[tier] % len(candidates)]
        return None
