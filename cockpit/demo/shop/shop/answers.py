"""What a route gives back."""

from typing import Any, NamedTuple

Fields = dict[str, Any]


class Answer(NamedTuple):
    """A response before it is sent."""

    body: bytes
    status: str = "200 OK"
    kind: str = "text/html; charset=utf-8"


def missing(rest: str, fields: Fields) -> Answer:
    """The answer for a path that does not exist."""
    return Answer(b"not found\n", "404 Not Found", "text/plain")
