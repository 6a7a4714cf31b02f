"""What a team has decided once, in its config: its tiers, its ladder, its gate."""

from msgspec import Struct

from cockpit.deploy.gate import GatePolicy
from cockpit.deploy.tiers import Audience, Ladder, Tier


class Policy(Struct, frozen=True):
    """The part of the configuration that decisions rest on."""

    app: str
    tiers: tuple[Tier, ...]
    ladder: Ladder
    gate: GatePolicy
    silent_after: float = 10.0
    """Seconds without a heartbeat after which a host counts as silent."""

    def tier(self, name: str) -> Tier:
        """The tier of that name; one the config does not know serves the public, the safe guess."""
        return next((tier for tier in self.tiers if tier.name == name), Tier(name, Audience.PUBLIC))

    @property
    def serving(self) -> tuple[Tier, ...]:
        """Tiers that people use, which a rollback covers."""
        return tuple(tier for tier in self.tiers if tier.serves is not Audience.NOBODY)
