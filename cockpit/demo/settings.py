"""What identifies a demo: its story, seed, store, metrics and pace."""

from enum import StrEnum

from msgspec import Struct

from cockpit.demo.shop_history import Story

MIN_PACE, MAX_PACE = 1.0, 8.0


class StoreKind(StrEnum):
    """The store that the commander, the engine and the agents share."""

    SQLITE = "sqlite"
    CONSUL = "consul"


class DemoSettings(Struct, frozen=True):
    """The options of `cockpit demo` that a resumed demo has to repeat."""

    story: Story = Story.HOTFIX
    seed: int = 1
    store: StoreKind = StoreKind.SQLITE
    prometheus: bool = False
    """Whether counters and alerts come from Prometheus and Alertmanager."""
    pace: float = 1.0
    """Soak times are divided and traffic is multiplied by this number, 1 to 8."""

    @property
    def options(self) -> str:
        """These settings as options of `cockpit demo`."""
        words = ["--story", self.story, "--seed", str(self.seed)]
        words += ["--consul"] * (self.store is StoreKind.CONSUL)
        words += ["--prometheus"] * self.prometheus
        words += ["--pace", f"{self.pace:g}"] * (self.pace != MIN_PACE)
        return " ".join(words)
