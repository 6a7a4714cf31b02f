"""`cockpit init` with its defaults, and answered at a terminal."""

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from cockpit.cli import main
from cockpit.config import load
from tests.cli.shell import Capsys

QUESTIONS = (
    ("Name of the application", ""),
    ("Repository", "git@gitlab.example:web/cart.git"),
    ("Branch", ""),
    ("Forge", "sourceforge"),
    ("Forge", ""),
    ("owner/name", ""),
    ("Store", "consul"),
    ("staging", "s1"),
    ("dogfood", "-"),
    ("canary", "c1"),
    ("production", "p1 p2 p3"),
    ("Error counters", ""),
    ("Build command", "make 'all of it'"),
)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout whose remote URL contains a password; the working directory."""
    folder = tmp_path / "cart"
    for argv in (
        ["init", "-q", str(folder)],
        ["-C", str(folder), "remote", "add", "origin", "https://u:pw@github.com/a/b"],
    ):
        subprocess.run(["git", *argv], check=True)
    monkeypatch.chdir(folder)
    return folder


def test_the_defaults_make_a_valid_config_without_the_password(checkout: Path, capsys: Capsys) -> None:
    assert main(["init", "--yes"]) == 0
    assert "cockpit check" in capsys.readouterr().out
    config = load(checkout / "config.toml")
    assert (config.app, config.repository.url) == ("cart", "https://github.com/a/b")
    assert (config.forge.kind, config.forge.project) == ("github", "a/b")


def test_an_existing_config_is_not_overwritten(checkout: Path, capsys: Capsys) -> None:
    (checkout / "config.toml").write_text("mine")
    assert main(["init", "--yes"]) == 1
    assert "use --config FILE" in capsys.readouterr().err
    assert (checkout / "config.toml").read_text() == "mine"


def test_without_a_terminal_it_needs_yes(checkout: Path) -> None:
    argv = [sys.executable, "-m", "cockpit", "init"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (done.returncode, "--yes takes every default" in done.stderr) == (2, True)
    assert not (checkout / "config.toml").exists()


def test_answers_that_make_an_invalid_config_write_nothing(checkout: Path) -> None:
    terminal = pexpect.spawn(sys.executable, ["-m", "cockpit", "init"], timeout=30, encoding="utf-8")
    for _ in range(3):
        terminal.sendline("")
    for answer in ("none", "sqlite", "-", "-", "-", "-", "scrape", "-"):
        terminal.sendline(answer)
    terminal.expect("nothing is written: run `cockpit init` again")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 2
    assert not (checkout / "config.toml").exists()


def test_a_question_is_repeated_until_the_answer_is_allowed(checkout: Path) -> None:
    terminal = pexpect.spawn(sys.executable, ["-m", "cockpit", "init"], timeout=30, encoding="utf-8")
    for question, answer in QUESTIONS:
        terminal.expect(question)
        terminal.expect(r"\]: ")
        terminal.sendline(answer)
    terminal.expect("wrote config.toml. Next:")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    config = load(checkout / "config.toml")
    assert (config.forge.kind, config.forge.project) == ("gitlab", "web/cart")
    assert config.store.kind == "consul"
    assert config.build.command == ("make", "all of it")
    assert [(tier.name, tier.hosts) for tier in config.policy.tiers] == [
        ("staging", ("s1",)), ("canary", ("c1",)), ("production", ("p1", "p2", "p3")),
    ]  # fmt: skip
