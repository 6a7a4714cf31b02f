"""A browser is handed addresses of the web alone, as one argument, where the person sits at this machine."""

import os
from pathlib import Path

import pytest

from cockpit.adapters.browser import Browser
from cockpit.ports import Failed

DESK = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "-v", "", "https://", "http://a b", "https://a/\x1b[2J", "http://["]
)  # fmt: skip
def test_anything_but_the_web_is_refused(url: str) -> None:
    with pytest.raises(Failed, match="not a web address"):
        Browser(DESK).open(url)


@pytest.mark.parametrize("env", [{"DISPLAY": ":0", "SSH_CONNECTION": "a"}, {"SSH_TTY": "/dev/pts/1"}, {}])
def test_without_a_desktop_there_is_none(env: dict[str, str]) -> None:
    with pytest.raises(Failed, match=r"an SSH session|has no display"):
        Browser(env, "linux").open("https://example.com/1")


def test_the_opener_gets_the_address_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = tmp_path / "heard"
    os.mkfifo(heard)
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {heard}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    Browser(DESK, "linux").open("https://example.com/1?a=b&c=$(id)")
    assert heard.read_text() == "https://example.com/1?a=b&c=$(id)|"


def test_an_opener_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="cannot start xdg-open"):
        Browser(DESK, "linux").open("https://example.com/1")
