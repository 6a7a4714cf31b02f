"""The browser gets web addresses only, as one argument, and only on a desktop."""

import os
from pathlib import Path

import pytest

from cockpit.adapters.browser import Browser
from cockpit.ports import Failed

DESK = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "-v", "", "https://", "http://a b", "https://a/\x1b[2J", "http://["]
)  # fmt: skip
def test_anything_but_a_web_address_is_refused(url: str) -> None:
    with pytest.raises(Failed, match="not a web address"):
        Browser(DESK).open(url)


@pytest.mark.parametrize("env", [{"DISPLAY": ":0", "SSH_CONNECTION": "a"}, {"SSH_TTY": "/dev/pts/1"}, {}])
def test_without_a_desktop_there_is_no_browser(env: dict[str, str]) -> None:
    with pytest.raises(Failed, match=r"an SSH session|has no display"):
        Browser(env, "linux").open("https://example.com/1")


def test_the_opener_gets_the_address_as_one_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = tmp_path / "heard"
    os.mkfifo(heard)
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {heard}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    Browser(DESK, "linux").open("https://example.com/1?a=b&c=$(id)")
    assert heard.read_text() == "https://example.com/1?a=b&c=$(id)|"


def test_a_missing_opener_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="cannot start xdg-open"):
        Browser(DESK, "linux").open("https://example.com/1")
