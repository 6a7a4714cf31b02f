"""The intent survives, an old journal is read, and an unreadable one is kept aside."""

import os
from pathlib import Path

import pytest

from cockpit.agent.intent import Intent
from cockpit.agent.journal import load, peek, save
from cockpit.deploy.hosts.status import HostState


def test_a_saved_intent_is_loaded(tmp_path: Path) -> None:
    intent = Intent(HostState.WARMING, 1.5, 7, "b", "a", drained=True, detail="well")
    save(tmp_path, intent)
    assert load(tmp_path) == (intent, "")
    assert os.listdir(tmp_path) == ["state.json"]


def test_a_new_host_has_an_empty_intent(tmp_path: Path) -> None:
    assert load(tmp_path) == (Intent(), "")
    assert peek(tmp_path) == (Intent(), "no agent has run here")


@pytest.mark.parametrize("text", ["", "{", '{"serial": "seven"}', '{"state": "dancing"}', "[" * 100_000, "\xff"])
def test_an_unreadable_file_is_kept_aside_and_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text, encoding="latin-1")
    assert peek(tmp_path)[1].startswith("state.json is unreadable")
    assert (tmp_path / "state.json").exists()
    intent, error = load(tmp_path)
    assert intent == Intent()
    assert "unreadable" in error
    assert (tmp_path / "state.unreadable").read_text(encoding="latin-1") == text


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, Intent(serial=1))

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path, Intent(serial=2))
    assert load(tmp_path)[0].serial == 1
