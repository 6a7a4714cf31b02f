"""Collects what is wrong with a config: each problem with its key, its line and the nearest valid name."""

import difflib
import re
from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")


class Problems:
    """What has been found wrong so far in one config text."""

    def __init__(self, text: str) -> None:
        self._lines = _lines(text)
        self.found: list[str] = []

    def add(self, key: str, wrong: str, near: tuple[str, Collection[str]] | None = None) -> None:
        """Note a problem; `near` is a name that was given and the valid ones."""
        line = self._lines.get(key) or self._lines.get(key.rpartition(".")[0])
        place = f"line {line}: {key}" if line else key
        self.found.append(f"{place} {wrong}{_nearest(*near) if near else ''}")

    def unknown(self, section: str, given: Iterable[str], valid: Collection[str]) -> None:
        """Note every given key that is not valid."""
        for key in given:
            if key not in valid:
                self.add(f"{section}.{key}".lstrip("."), "is not a key that cockpit knows", near=(key, valid))

    def section(self, name: str, given: Any, kind: type[S]) -> S:
        """The section as its value; every field that does not fit is noted and replaced by some value of its type."""
        if not isinstance(given, dict):
            self.add(name, "must be a section")
            given = {}
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        self.unknown(name, given, fields)
        values: dict[str, Any] = {}
        for key, field in fields.items():
            if key in given:
                try:
                    values[key] = msgspec.convert(given[key], field.type)
                    continue
                except msgspec.ValidationError as bad:
                    self._unfit(f"{name}.{key}", given[key], field.type, str(bad))
            elif not field.required:
                continue
            else:
                self.add(f"{name}.{key}", "is missing")
            values[key] = _some(field.type)
        return kind(**values)

    def _unfit(self, key: str, value: Any, kind: Any, message: str) -> None:
        if isinstance(value, str) and isinstance(kind, type) and issubclass(kind, Enum):
            self.add(key, f'"{value}" is not known', near=(value, tuple(str(member.value) for member in kind)))
        else:
            self.add(key, _said(message))

    def sections(self, name: str, given: Any, kind: type[S]) -> tuple[S, ...]:
        """A list of sections, `[[name]]`."""
        if not isinstance(given, list):
            self.add(name, f"must be written as [[{name}]]")
            return ()
        return tuple(self.section(f"{name}[{index}]", item, kind) for index, item in enumerate(given))


def _lines(text: str) -> dict[str, int]:
    """{key path: its line}, as in `tier[1].percent`; enough of TOML to point a person at the place."""
    found: dict[str, int] = {}
    section, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = header[2]
            if header[1] == "[[":
                index = counts.get(section, 0)
                counts[section] = index + 1
                section = f"{section}[{index}]"
            found.setdefault(section, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{section}.{key[1]}".lstrip("."), number)
    return found


def _nearest(given: str, valid: Collection[str]) -> str:
    close = difflib.get_close_matches(given, sorted(valid), n=1)
    return f"; did you mean {close[0]}?" if close else f"; valid: {', '.join(sorted(valid))}"


def _said(message: str) -> str:
    """msgspec's sentence in ours: `must be an integer, not a text`."""
    words = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list"}
    expected = re.match(r"Expected `(\w+)(?: \| \w+)*`, got `(\w+)`", message)
    if expected:
        return f"must be {words.get(expected[1], expected[1])}, not {words.get(expected[2], expected[2])}"
    return f"does not fit: {message[0].lower()}{message[1:]}"


def _some(kind: Any) -> Any:
    """A stand-in of the type for a field that is noted as wrong already."""
    members = tuple(kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()
    stand_ins: tuple[Any, ...] = (*members, "", 0, 0.0, False, (), {})
    for value in stand_ins:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            continue
    raise TypeError(f"no stand-in for {kind}")
