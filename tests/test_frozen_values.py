"""The values of the deploy model, the rules and the agent cannot be changed: many readers share them."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import msgspec
import pytest

import cockpit.agent
import cockpit.deploy
import cockpit.rules

ACCUMULATORS = {"SlotFill"}
"""They collect what they did while they work, and only one thread has each."""


def value_types(package: ModuleType) -> Iterator[type]:
    """The structs and dataclasses that the package defines."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for kind in vars(importlib.import_module(found.name)).values():
            if not isinstance(kind, type) or kind.__module__ != found.name:
                continue
            if issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind):
                yield kind


def is_frozen(kind: type) -> bool:
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_config__.frozen
    return bool(vars(kind)["__dataclass_params__"].frozen)


@pytest.mark.parametrize(
    "package", [cockpit.deploy, cockpit.rules, cockpit.agent], ids=lambda package: package.__name__
)
def test_structs_and_dataclasses_are_frozen(package: ModuleType) -> None:
    kinds = list(value_types(package))
    assert kinds
    assert [kind.__qualname__ for kind in kinds if not is_frozen(kind) and kind.__name__ not in ACCUMULATORS] == []
