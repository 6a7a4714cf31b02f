"""An act is described with the build it is about."""

import pytest

from cockpit.agent.acts import (
    Act,
    CheckSlot,
    Disk,
    Drain,
    Flip,
    Idle,
    Prefetch,
    PullBuild,
    Undrain,
    WaitForTurn,
    Warm,
    describe,
)

OLD, NEW = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (PullBuild(NEW), "pulling bbbbbbbbbb, aaaaaaaaaa continues to serve"),
        (Prefetch(NEW), "pulling bbbbbbbbbb, aaaaaaaaaa continues to serve"),
        (WaitForTurn(), "asking for its turn"),
        (CheckSlot(NEW), "checking bbbbbbbbbb"),
        (Drain(), "drain"),
        (Flip(NEW), "flip"),
        (Warm(), "warm"),
        (Undrain(), "undrain"),
        (Idle(), "idle"),
    ],
)
def test_each_act_has_a_name(act: Act, name: str) -> None:
    assert describe(act, Disk(OLD)) == name


def test_a_first_pull_names_no_old_build() -> None:
    assert describe(PullBuild(NEW), Disk()) == "pulling bbbbbbbbbb"
