"""The interface of a notification destination."""

from typing import Protocol

from cockpit.deploy.outbox import Message
from cockpit.ports.failures import Failed


class MessageRejected(Failed):
    """The destination will never accept this message. It may accept others."""


class Notifier(Protocol):
    """Sends messages to one destination. Its texts and errors never hold a secret of the address."""

    @property
    def name(self) -> str:
        """The destination's name in the store and on the screen. It depends on the config alone."""

    @property
    def threads(self) -> bool:
        """Whether a release has a thread there, with a head message that can be edited."""

    async def open_thread(self, release: str, text: str) -> str:
        """Send the head message; the thread's id. Raises `Failed`."""

    async def amend(self, thread: str, text: str) -> None:
        """Replace the text of the head message. Raises `Failed`."""

    async def deliver(self, message: Message, thread: str) -> None:
        """Send the message, into the thread if one is given.

        Raises `Failed` if it should be retried, else `MessageRejected`. A failed message may have arrived:
        receivers recognise a duplicate by the message's id.
        """

    async def close(self) -> None:
        """Close the connections."""
