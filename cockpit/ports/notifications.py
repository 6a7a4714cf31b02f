"""What cockpit asks of the places that messages go to."""

from typing import Protocol

from cockpit.deploy.outbox import Message
from cockpit.ports.failures import Failed


class MessageRejected(Failed):
    """This message will never be taken, however often it is sent; others may be."""


class Notifier(Protocol):
    """Brings messages to one place. Nothing that it says or raises holds a secret of the place's address."""

    @property
    def name(self) -> str:
        """Of the place, as the store and the screen know it: the same for as long as the config is."""

    @property
    def threads(self) -> bool:
        """Whether a release has a head message there, which can be edited."""

    async def open_thread(self, release: str, text: str) -> str:
        """Send the head message: what the service calls it. Raises `Failed`."""

    async def amend(self, thread: str, text: str) -> None:
        """Let the head message read so from now on. Raises `Failed`."""

    async def deliver(self, message: Message, thread: str) -> None:
        """Bring it there, into the thread where one is given. Raises `Failed`, to be tried again, or `Rejected`.

        It may have arrived all the same: the message's id goes with it, so that a receiver can tell.
        """

    async def close(self) -> None:
        """Let go of connections."""
