"""The policies of a team, from its config: tiers, ladder and gate."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from cockpit.deploy.notification_policy import NotificationPolicy
from cockpit.deploy.pulls.merge_policy import MergePolicy
from cockpit.deploy.schedule.calendar import Calendar
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.tiers import Audience, Ladder, Tier


class Autopilot(StrEnum):
    """What the engine does by itself on a verdict."""

    OFF = "off"
    ADVANCE = "advance"
    """Takes the next step on GO."""
    FULL = "full"
    """Also rolls back on ROLL BACK if the step serves the public."""


class GatePolicy(Struct, frozen=True):
    """How strict the gate is; `[gate]` in config.toml."""

    ceiling: Annotated[float, Meta(ge=1e-6, le=1.0)] = 0.02
    """The highest acceptable share of failed requests, 0 to 1."""
    tolerated: Annotated[float, Meta(ge=1.0, le=100.0)] = 1.2
    """The new build counts as worse above this multiple of the old build's error rate."""
    excluded: Annotated[float, Meta(ge=1.01, le=100.0)] = 2.0
    """GO needs evidence that the new build is below this multiple of the old build's error rate."""
    points: Annotated[float, Meta(ge=1e-6, le=1.0)] = 0.001
    """Or, for rare errors, that it is less than this above the old rate; a share from 0 to 1."""
    least_requests: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 100
    """Requests the new build must have served in this step before GO."""
    least_errors: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    """Errors the new build must have before ROLL BACK."""
    least_excess: Annotated[float, Meta(ge=0.0, le=1.0)] = 5e-5
    """ROLL BACK needs an error rate at least this much above the old one; a share from 0 to 1."""
    doubt: Annotated[float, Meta(ge=1e-12, le=0.5)] = 0.05
    """The chance that a step within `tolerated` is ever held, 0 to 1."""
    certain: Annotated[float, Meta(ge=1e-12, le=0.5)] = 5e-4
    """The chance that a step within `tolerated` is ever rolled back, 0 to 1."""
    missed: Annotated[float, Meta(ge=1e-12, le=0.5)] = 0.05
    """The chance that a regression of `excluded` ever gets GO, 0 to 1."""
    dispersion: Annotated[float, Meta(ge=1.0, le=1000.0)] = 3.0
    """The assumed variance of errors without clean history; 1 if errors are independent."""
    fresh: Annotated[float, Meta(ge=0.1, le=86_400.0)] = 60.0
    """Seconds after which a sample is stale."""
    whole: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.8
    """The share of the samples that must be present, 0 to 1."""
    autopilot: Autopilot = Autopilot.OFF
    """What a new release does by itself."""
    watch_after: Annotated[float, Meta(ge=0.0, le=7 * 86_400.0)] = 10_800.0
    """Seconds for which a finished release is still judged; 0 for never."""


class CommanderPolicy(Struct, frozen=True):
    """How long the commander may be absent; `[commander]` in config.toml."""

    deadman: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 60.0
    """Seconds without a commander after which the open release is held and the rota's next notified; 0 for never."""
    kept: Annotated[float, Meta(ge=1.0, le=60.0)] = 5.0
    """Seconds after which the lease of a lost commander expires."""


class Policy(Struct, frozen=True):
    """The part of the configuration that decisions use."""

    app: str
    tiers: tuple[Tier, ...]
    ladder: Ladder
    gate: GatePolicy
    silent_after: float = 10.0
    """Seconds without a heartbeat after which a host counts as silent."""
    watches_alerts: bool = False
    """Whether a source of alerts is configured. Unknown alerts then hold the gate."""

    rota: Rota = Rota()
    notifications: NotificationPolicy = NotificationPolicy()
    calendar: Calendar = Calendar()
    merge: MergePolicy = MergePolicy()
    reviews_valid_for: float = 0.0
    """Seconds for which an answer of the forge stays valid; 0 if no forge is configured."""
    commander: CommanderPolicy = CommanderPolicy()

    def tier(self, name: str) -> Tier:
        """The tier of that name. A tier that the config does not know is taken to serve the public, the safe choice."""
        return next((tier for tier in self.tiers if tier.name == name), Tier(name, Audience.PUBLIC))

    @property
    def serving_tiers(self) -> tuple[Tier, ...]:
        """The tiers with users: a rollback covers these."""
        return tuple(tier for tier in self.tiers if tier.serves is not Audience.NOBODY)
