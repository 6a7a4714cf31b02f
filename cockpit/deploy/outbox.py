"""Messages to people and places: what is waiting, what was delivered, and what was given up. Values alone."""

from enum import StrEnum

from msgspec import Struct, field


class DeploymentState(StrEnum):
    """How a PR stands on a tier."""

    THERE = "deployed"
    GONE = "withdrawn"


class DeploymentMark(Struct, frozen=True):
    """One PR on one tier."""

    pull: str
    """Its name."""
    commit: str
    """Its newest on main: what a forge hangs the deployment on."""
    tier: str
    state: DeploymentState
    public: bool
    """Whether real traffic goes there."""
    release: str


AUTHOR = "author:"
"""How the name of an author's own address begins."""


class Message(Struct, frozen=True):
    """One message to one place."""

    release: str
    number: int
    """Of the event that it is about."""
    part: int
    """From 1 on: an event may need several messages to one place."""
    to: str
    at: float
    """When the event was."""
    text: str
    mentions: tuple[str, ...] = ()
    """Handles that stand in the text as `@handle`."""
    mark: DeploymentMark | None = None
    """For a forge."""

    @property
    def key(self) -> str:
        """Its name within its release and its place."""
        return f"{self.number}" if self.part == 1 else f"{self.number}.{self.part}"

    @property
    def id(self) -> str:
        """The same whenever the message is made: a receiver can tell by it what it has had already."""
        return f"{self.release}/{self.key}/{self.to}"


class Destination(Struct, frozen=True):
    """One place that messages go to, as the engine found it; its address is nowhere but with the engine."""

    release: str = ""
    """Messages count from this release on: a place that is new is not told the whole past."""
    number: int = 0
    """And in it from the event after this one on."""
    error: str = field(default="", name="trouble")
    """Why the last try failed; empty if it did not. Stored as `trouble`."""
    at: float = 0.0
    """When it began to fail."""


class Delivery(Struct, frozen=True):
    """What one place has been told of one release."""

    keys: tuple[str, ...] = ()
    """Of the messages that it took."""
    given_up: tuple[str, ...] = ()
    """Of those that it never will: too old, or refused."""
    sending: str = ""
    """Of the one that was begun and perhaps delivered: whoever goes on after a crash sends it again."""
    thread: str = ""
    """What the service calls the head message; empty before there is one."""
    head: str = ""
    """How the head message reads."""


class DeliveryRecords(Struct, frozen=True):
    """All that the store knows of it."""

    places: dict[str, Destination] = field(default_factory=dict)
    told: dict[tuple[str, str], Delivery] = field(default_factory=dict)
    """By release and place."""

    @property
    def addressed(self) -> tuple[str, ...]:
        """Authors who have an address of their own."""
        return tuple(to.removeprefix(AUTHOR) for to in self.places if to.startswith(AUTHOR))


class UndeliveredMessage(Struct, frozen=True):
    """A message that has not been delivered."""

    message: Message
    error: str = ""


class Outbox(Struct, frozen=True):
    """What the screen shows of it."""

    waiting: tuple[UndeliveredMessage, ...] = ()
    """Oldest first."""
    given_up: tuple[Message, ...] = ()
    places: dict[str, Destination] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    """How many messages each place took of the releases since it began to count."""
