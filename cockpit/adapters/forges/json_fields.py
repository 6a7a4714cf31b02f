"""Fields of a forge's JSON, read without trusting its shape: an unexpected type reads as empty."""

from collections.abc import Mapping, Sequence
from typing import Any

from cockpit.deploy.text import clean


def object_at(value: object, key: str) -> Mapping[str, Any]:
    """The object under `key`."""
    field = value.get(key) if isinstance(value, dict) else None
    return field if isinstance(field, dict) else {}


def list_at(value: object, key: str) -> Sequence[Any]:
    """The list under `key`."""
    field = value.get(key) if isinstance(value, dict) else None
    return field if isinstance(field, list) else []


def text(value: object) -> str:
    """The value as text that is safe to show."""
    return clean(str(value)) if value else ""


def label_names(labels: object) -> tuple[str, ...]:
    """The names of a list of label objects."""
    listed = labels if isinstance(labels, list) else []
    return tuple(text(label.get("name")) for label in listed if isinstance(label, dict))
