"""What a team has decided once, in its config: its tiers, its ladder, its gate."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from cockpit.deploy.notification_policy import People
from cockpit.deploy.pulls.merge_policy import MergePolicy
from cockpit.deploy.schedule.calendar import Calendar
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.tiers import Audience, Ladder, Tier


class Autopilot(StrEnum):
    """What the engine does by itself once the gate has spoken."""

    OFF = "off"
    ADVANCE = "advance"
    """Takes the next step on GO."""
    FULL = "full"
    """And rolls back on ROLL BACK where an error hurts the public."""


class GatePolicy(Struct, frozen=True):
    """How strict the gate is; `[gate]` in config.toml."""

    ceiling: Annotated[float, Meta(ge=1e-6, le=1.0)] = 0.02
    """Share of failed requests that is too much for any build, 0 to 1."""
    tolerated: Annotated[float, Meta(ge=1.0, le=100.0)] = 1.2
    """How many times the old build's error rate the new one may have before it counts as worse."""
    excluded: Annotated[float, Meta(ge=1.01, le=100.0)] = 2.0
    """How many times the old build's error rate must be excluded before GO."""
    points: Annotated[float, Meta(ge=1e-6, le=1.0)] = 0.001
    """Or how much above the old build's error rate, a share from 0 to 1, where errors are rare."""
    least_requests: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 100
    """Requests the new build must have served in this step before GO."""
    least_errors: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    """Errors the new build must have before ROLL BACK."""
    least_excess: Annotated[float, Meta(ge=0.0, le=1.0)] = 5e-5
    """Share of requests by which the new build must be worse before ROLL BACK."""
    doubt: Annotated[float, Meta(ge=1e-12, le=0.5)] = 0.05
    """Chance that a step that is no worse than tolerated is ever held."""
    certain: Annotated[float, Meta(ge=1e-12, le=0.5)] = 5e-4
    """The same for ROLL BACK."""
    missed: Annotated[float, Meta(ge=1e-12, le=0.5)] = 0.05
    """Chance that a regression of `excluded` is ever called GO."""
    dispersion: Annotated[float, Meta(ge=1.0, le=1000.0)] = 3.0
    """How clustered errors are taken to be, in variances of independent ones, where no clean history says."""
    fresh: Annotated[float, Meta(ge=0.1, le=86_400.0)] = 60.0
    """Seconds after which a sample is stale."""
    whole: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.8
    """Share of the samples that must be there, 0 to 1."""
    autopilot: Autopilot = Autopilot.OFF
    """What a new release does by itself."""


class CommanderPolicy(Struct, frozen=True):
    """How long the commander may be out of sight; `[commander]` in config.toml."""

    deadman: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 60.0
    """Seconds without a commander after which an open release is held and the next on the rota is told; 0 for never."""
    kept: Annotated[float, Meta(ge=1.0, le=60.0)] = 5.0
    """Seconds after which the conn of a commander who was lost is free."""


class Policy(Struct, frozen=True):
    """The part of the configuration that decisions rest on."""

    app: str
    tiers: tuple[Tier, ...]
    ladder: Ladder
    gate: GatePolicy
    silent_after: float = 10.0
    """Seconds without a heartbeat after which a host counts as silent."""
    watches_alerts: bool = False
    """Whether a source of alerts is configured; then not knowing them holds the gate."""

    rota: Rota = Rota()
    people: People = People()
    calendar: Calendar = Calendar()
    merge: MergePolicy = MergePolicy()
    reviews_last: float = 0.0
    """Seconds for which what the forge told of a PR is taken for known; 0 where no forge is configured."""
    commander: CommanderPolicy = CommanderPolicy()

    def tier(self, name: str) -> Tier:
        """The tier of that name; one the config does not know serves the public, the safe guess."""
        return next((tier for tier in self.tiers if tier.name == name), Tier(name, Audience.PUBLIC))

    @property
    def serving(self) -> tuple[Tier, ...]:
        """Tiers that people use, which a rollback covers."""
        return tuple(tier for tier in self.tiers if tier.serves is not Audience.NOBODY)
