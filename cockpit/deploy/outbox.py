"""The outbox: notifications that are waiting, delivered or given up."""

from enum import StrEnum

from msgspec import Struct, field


class DeploymentState(StrEnum):
    """The state of a PR on a tier."""

    DEPLOYED = "deployed"
    WITHDRAWN = "withdrawn"


class DeploymentMark(Struct, frozen=True):
    """A deployment of one PR on one tier, for the forge."""

    pull: str
    """The PR's name."""
    commit: str
    """The PR's newest commit on main, to which the forge attaches the deployment."""
    tier: str
    state: DeploymentState
    public: bool
    """Whether the tier gets real traffic."""
    release: str


AUTHOR = "author:"
"""The prefix of a destination that is one author's own address."""


class Message(Struct, frozen=True):
    """One message to one destination."""

    release: str
    number: int
    """The number of the event that it reports."""
    part: int
    """From 1: an event may need several messages to one destination."""
    to: str
    at: float
    """The time of the event."""
    text: str
    mentions: tuple[str, ...] = ()
    """Handles in the text, written there as `@handle`."""
    mark: DeploymentMark | None = None
    """The deployment to record, if the destination is a forge."""

    @property
    def key(self) -> str:
        """The message's key within its release and destination."""
        return f"{self.number}" if self.part == 1 else f"{self.number}.{self.part}"

    @property
    def id(self) -> str:
        """A stable id by which a receiver recognises duplicates."""
        return f"{self.release}/{self.key}/{self.to}"


class Destination(Struct, frozen=True):
    """A destination and its health. The store never holds its address; only the engine knows it."""

    release: str = ""
    """The first release to report: a new destination does not get the past."""
    number: int = 0
    """The last event of that release that is not reported."""
    error: str = field(default="", name="trouble")
    """Why the last attempt failed; empty if it succeeded."""
    at: float = 0.0
    """When the destination began to fail."""


class Delivery(Struct, frozen=True):
    """The messages of one release to one destination."""

    keys: tuple[str, ...] = ()
    """Keys of the delivered messages."""
    given_up: tuple[str, ...] = ()
    """Keys of the messages that were given up: too old, or refused."""
    sending: str = ""
    """The key of the message in flight. After a crash it is sent again."""
    thread: str = ""
    """The service's id of the head message; empty before there is one."""
    head: str = ""
    """The digest of the head message's text."""


class DeliveryRecords(Struct, frozen=True):
    """All delivery records of the store."""

    destinations: dict[str, Destination] = field(default_factory=dict)
    deliveries: dict[tuple[str, str], Delivery] = field(default_factory=dict)
    """By (release, destination)."""

    @property
    def authors(self) -> tuple[str, ...]:
        """Authors with an address of their own."""
        return tuple(to.removeprefix(AUTHOR) for to in self.destinations if to.startswith(AUTHOR))


class UndeliveredMessage(Struct, frozen=True):
    """A message that was not delivered yet."""

    message: Message
    error: str = ""


class Outbox(Struct, frozen=True):
    """The state of all notifications, as shown on the screen."""

    waiting: tuple[UndeliveredMessage, ...] = ()
    """Oldest first."""
    given_up: tuple[Message, ...] = ()
    destinations: dict[str, Destination] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    """The number of delivered messages by destination."""
