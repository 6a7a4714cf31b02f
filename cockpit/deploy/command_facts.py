"""Facts about commands: what a person told the release, and who commands it."""

from msgspec import Struct, field

from cockpit.deploy.policy import Autopilot
from cockpit.deploy.schedule.presence import Sign


class Fact(Struct, frozen=True, tag=True):
    """Something that happened to a release. Names in `field(name=...)` and tags are those in stored logs."""


class Held(Fact, frozen=True):
    pass


class Resumed(Fact, frozen=True):
    """A person let the release go on. It resolves every outstanding failure."""

    kept: tuple[str, ...] = ()
    """Names of the PRs that stay in the build because their reverts failed."""


class Rejected(Fact, frozen=True):
    """A person declared a closed release's builds bad: no rollback restores them, and no release offers them again."""

    release: str
    builds: tuple[str, ...]
    suspects: tuple[str, ...] = ()
    """Names of its PRs that likely are the cause. They stay out of the next release until they are re-landed."""


class AutopilotSet(Fact, frozen=True):
    """What the engine does by itself from now on."""

    mode: Autopilot


class Frozen(Fact, frozen=True):
    """No release starts and no step is taken until `until`. The event's `why` is the reason."""

    until: float
    """Seconds since the epoch; the freeze then ends by itself."""


class Thawed(Fact, frozen=True):
    """The freeze was lifted early."""


class CommandTaken(Fact, frozen=True, tag="ConnTaken"):
    """Another person took over as commander."""

    commander: str = field(name="by")
    previous: str
    """The commander before; empty if there was none."""
    handoff: tuple[str, ...] = field(default=(), name="card")
    """The handoff at that time, made from the state alone."""


class HandedOver(Fact, frozen=True):
    """The commander handed over."""

    to: str
    """Empty for the next person who takes over."""
    note: str = ""
    """What else the next commander should know."""
    handoff: tuple[str, ...] = field(default=(), name="card")
    """The handoff at that time."""


class HandoffRead(Fact, frozen=True, tag="CardRead"):
    """The new commander read the handoff."""

    previous: str = field(name="of")
    """The commander before."""


class Noted(Fact, frozen=True):
    """A person wrote a note."""

    text: str


class CommanderLost(Fact, frozen=True):
    """The commander is absent. The release was held in the same transaction and the successor is notified."""

    person: str
    successor: str = field(name="following")
    """The next on the rota; empty if the rota names no other person."""
    since: float
    """The commander's last sign of life."""
    sign: Sign = field(default=Sign.LOST, name="how")


CommandFact = (
    Held | Resumed | Rejected | AutopilotSet | Frozen | Thawed
    | CommandTaken | HandedOver | HandoffRead | Noted | CommanderLost
)  # fmt: skip
