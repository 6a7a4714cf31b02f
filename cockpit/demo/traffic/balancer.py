"""Shares requests out over tiers and hosts, and knows from /health which hosts take any."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct


class Member(Struct, frozen=True):
    """A host that may get requests."""

    host: str
    tier: str
    url: str


class MemberState(StrEnum):
    """What a host said last."""

    OUT = "out"
    """It has no build, or does not answer."""
    DRAINING = "draining"
    """It answers, and asks for nothing new."""
    UP = "up"


class Balancer:
    """Chooses who gets the next request: tiers by their shares, evenly spaced; hosts of a tier in turn.

    Tiers follow the smooth weighted round robin of nginx: a tier with 2 % gets every fiftieth request, never two in
    a row, so that a small tier sees a steady stream.
    """

    def __init__(self, members: Sequence[Member], shares: Mapping[str, float]) -> None:
        self._members = {tier: [m for m in members if m.tier == tier] for tier in shares}
        self._shares = dict(shares)
        self._credit = dict.fromkeys(shares, 0.0)
        self._turn = dict.fromkeys(shares, 0)
        self._states = {member.host: MemberState.OUT for member in members}

    def heard(self, host: str, state: MemberState) -> None:
        """Note what a host said."""
        self._states[host] = state

    def next(self) -> Member | None:
        """The host of the next request; None where the tier whose turn it is has none, and the request is not made."""
        for tier, share in self._shares.items():
            self._credit[tier] += share
        tier = max(self._credit, key=self._credit.__getitem__)
        self._credit[tier] -= sum(self._shares.values())
        return self._of(tier)

    def _of(self, tier: str) -> Member | None:
        """The tier's next host: of those that are up, else of those that drain, for they serve still."""
        for wanted in (MemberState.UP, MemberState.DRAINING):
            able = [member for member in self._members[tier] if self._states[member.host] is wanted]
            if able:
                self._turn[tier] += 1
                return able[self._turn[tier] % len(able)]
        return None
