"""`cockpit init`, by its defaults and answered by a person."""

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from cockpit.cli import main
from cockpit.config import load

QUESTIONS = (
    ("application's name", ""),
    ("repository", "git@gitlab.example:web/cart.git"),
    ("branch", ""),
    ("PRs", "sourceforge"),
    ("PRs", ""),
    ("owner/name", ""),
    ("Consul", "consul"),
    ("staging", "s1"),
    ("dogfood", "-"),
    ("canary", "c1"),
    ("production", "p1 p2 p3"),
    ("counted", ""),
    ("builds it", "make 'all of it'"),
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose remote's url holds a password."""
    folder = tmp_path / "cart"
    for argv in (
        ["init", "-q", str(folder)],
        ["-C", str(folder), "remote", "add", "origin", "https://u:pw@github.com/a/b"],
    ):
        subprocess.run(["git", *argv], check=True)
    monkeypatch.chdir(folder)
    return folder


def test_every_default_makes_a_config_that_loads_and_holds_no_password(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes"]) == 0
    assert "cockpit check" in capsys.readouterr().out
    config = load(place / "config.toml")
    assert (config.app, config.repository.url) == ("cart", "https://github.com/a/b")
    assert (config.forge.kind, config.forge.project) == ("github", "a/b")


def test_a_config_that_is_there_stays_as_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "config.toml").write_text("mine")
    assert main(["init", "--yes"]) == 1
    assert "name another with --config" in capsys.readouterr().err
    assert (place / "config.toml").read_text() == "mine"


def test_without_a_terminal_it_asks_nothing_and_says_how(place: Path) -> None:
    argv = [sys.executable, "-m", "cockpit", "init"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, "--yes takes every default" in done.stderr) == (2, True)
    assert not (place / "config.toml").exists()


def test_answers_that_make_no_config_write_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = pexpect.spawn(sys.executable, ["-m", "cockpit", "init"], timeout=30, encoding="utf-8")
    for _ in range(3):
        asked.sendline("")
    for answer in ("none", "sqlite", "-", "-", "-", "-", "scrape", "-"):
        asked.sendline(answer)
    asked.expect("nothing is written: answer anew")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 2
    assert not (place / "config.toml").exists()


def test_a_person_is_asked_until_the_answers_fit(place: Path) -> None:
    asked = pexpect.spawn(sys.executable, ["-m", "cockpit", "init"], timeout=30, encoding="utf-8")
    for question, answer in QUESTIONS:
        asked.expect(question)
        asked.expect(r"\]: ")
        asked.sendline(answer)
    asked.expect("is written. Next:")
    asked.expect(pexpect.EOF)
    asked.close()
    assert asked.exitstatus == 0
    config = load(place / "config.toml")
    assert (config.forge.kind, config.forge.project) == ("gitlab", "web/cart")
    assert config.store.kind == "consul"
    assert config.build.command == ("make", "all of it")
    assert [(tier.name, tier.hosts) for tier in config.policy.tiers] == [
        ("staging", ("s1",)), ("canary", ("c1",)), ("production", ("p1", "p2", "p3")),
    ]  # fmt: skip
