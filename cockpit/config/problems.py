"""Collects the problems of a config: each with its key, its line and the nearest valid name.

The valid range of a number is declared once, on its field: `Annotated[float, Meta(ge=0.1, le=60.0)]`.
"""

import difflib
import math
import re
from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo

S = TypeVar("S", bound=Struct)

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")


class Problems:
    """The problems of one config text so far."""

    def __init__(self, text: str) -> None:
        self._line_numbers = _line_numbers(text)
        self.lines: list[str] = []
        """One line each, as the user reads it."""

    def add(self, key: str, problem: str, near: tuple[str, Collection[str]] | None = None) -> None:
        """Note a problem; `near` is (the name in the config, the valid names)."""
        number = self._line_numbers.get(key) or self._line_numbers.get(key.rpartition(".")[0])
        place = f"line {number}: {key}" if number else key
        self.lines.append(f"{place} {problem}{_nearest(*near) if near else ''}")

    def check_names(self, section: str, given: Iterable[str], valid: Collection[str]) -> None:
        """Note every key of the section that is not valid."""
        for key in given:
            if key not in valid:
                self.add(f"{section}.{key}".lstrip("."), "is an unknown key", near=(key, valid))

    def check_choice(self, key: str, value: str, valid: Collection[str]) -> None:
        """Note a value that is not one of the valid ones."""
        if value not in valid:
            self.add(key, f'has an unknown value "{value}"', near=(value, valid))

    def section(self, name: str, given: Any, kind: type[S]) -> S:
        """Read the section. A field that does not fit is noted and gets its default, or else a valid stand-in."""
        if not isinstance(given, dict):
            self.add(name, f"must be a section, [{name}]")
            given = {}
        fields = {field.name: field for field in msgspec.structs.fields(kind)}
        self.check_names(name, given, fields)
        values: dict[str, Any] = {}
        for key, field in fields.items():
            if key in given and self._fits(f"{name}.{key}", given[key], field):
                values[key] = msgspec.convert(given[key], field.type)
            elif field.required:
                if key not in given:
                    self.add(f"{name}.{key}", "is missing")
                values[key] = _stand_in(field.type)
        return kind(**values)

    def sections(self, name: str, given: Any, kind: type[S]) -> tuple[S, ...]:
        """Read a list of sections, `[[name]]`."""
        if not isinstance(given, list):
            self.add(name, f"must be written as [[{name}]]")
            return ()
        return tuple(self.section(f"{name}[{index}]", item, kind) for index, item in enumerate(given))

    def _fits(self, key: str, value: Any, field: FieldInfo) -> bool:
        """Whether the value has the field's type and lies in its range; if not, the problem is noted."""
        kind, least, most = _bounds(field.type)
        try:
            number = msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            if isinstance(value, str) and isinstance(kind, type) and issubclass(kind, Enum):
                self.check_choice(key, value, tuple(str(member.value) for member in kind))
            else:
                self.add(key, _in_words(str(error)))
            return False
        if not isinstance(number, int | float) or (least <= number <= most and math.isfinite(number)):
            return True
        if math.isfinite(most):
            self.add(key, f"must be from {least:g} to {most:g}")
        else:
            self.add(key, f"must be a finite number{f', at least {least:g}' if math.isfinite(least) else ''}")
        return False


def _bounds(annotation: Any) -> tuple[Any, float, float]:
    """(type, least value, greatest value) of a field; infinite without a bound."""
    kind, *notes = get_args(annotation) if hasattr(annotation, "__metadata__") else (annotation,)
    least, most = -math.inf, math.inf
    for note in notes:
        if isinstance(note, Meta):
            least = note.ge if note.ge is not None else least
            most = note.le if note.le is not None else most
    return kind, least, most


def _line_numbers(text: str) -> dict[str, int]:
    """{key path: its line}, for example `tier[1].percent`. Reads as much of TOML as an error needs."""
    numbers: dict[str, int] = {}
    section, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = header[2]
            if header[1] == "[[":
                index = counts.get(section, 0)
                counts[section] = index + 1
                section = f"{section}[{index}]"
            numbers.setdefault(section, number)
        elif key := _KEY.match(line):
            numbers.setdefault(f"{section}.{key[1]}".lstrip("."), number)
    return numbers


def _nearest(given: str, valid: Collection[str]) -> str:
    close = difflib.get_close_matches(given, sorted(valid), n=1)
    return f"; did you mean {close[0]}?" if close else f"; valid: {', '.join(sorted(valid))}"


def _in_words(message: str) -> str:
    """msgspec's message in plain words: `must be an integer, not a string`."""
    words = {"str": "a string", "int": "an integer", "float": "a number", "bool": "true or false", "array": "a list"}
    expected = re.match(r"Expected `(\w+)(?: \| \w+)*`, got `(\w+)`", message)
    if expected:
        verb = "hold" if " - at " in message else "be"  # the message names a place inside a list or table
        return f"must {verb} {words.get(expected[1], expected[1])}, not {words.get(expected[2], expected[2])}"
    return f"does not fit: {message[0].lower()}{message[1:]}"


def _stand_in(kind: Any) -> Any:
    """A valid value of the type, for a required field whose problem is noted already."""
    members = tuple(kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()
    candidates: tuple[Any, ...] = (*members, "", 0, 0.0, False, (), {})
    for value in candidates:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            continue
    raise TypeError(f"no stand-in for {kind}")
