"""`init`: a few questions, and the first config.toml from the answers."""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cockpit.config import ConfigError, load
from cockpit.config.first_config import TIERS, Answers, first_config, guess_forge
from cockpit.deploy.text import clean
from cockpit.ports import Failed

Ask = Callable[[str, str, tuple[str, ...]], str]
"""(question, default, allowed answers or none) to an answer."""
NEXT = """\
{path} is written. Next:
  cockpit check      validates it and reaches every system it names
  cockpit install    puts the first build on every host, once agents run: `cockpit agent --help`
  cockpit            opens the screen
"""


def init(options: argparse.Namespace) -> int:
    """Write config.toml; refused where there is one."""
    from cockpit import wiring

    path: Path = options.config or Path("config.toml")
    if path.exists():
        print(f"cockpit: {path} is there already and stays as it is: name another with --config", file=sys.stderr)
        return 1
    if not options.yes and not sys.stdin.isatty():
        print("cockpit: init asks questions and needs a terminal; --yes takes every default", file=sys.stderr)
        return 2
    url, main = wiring.origin_of(path.absolute().parent)
    answers = questions(_default if options.yes else _person, path.absolute().parent.name, url, main)
    text = first_config(wiring.shared("config.toml").read_text(encoding="utf-8"), answers)
    _prove(text, path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        wrong = f"cannot write {clean(str(path))}: {error.strerror}"
        raise Failed("init", wrong, "name a place by --config") from error
    print(NEXT.format(path=path), end="")
    return 0


def questions(ask: Ask, folder: str, url: str, main: str) -> Answers:
    """The answers; defaults come from the folder and the repository that is in it."""
    app = ask("The application's name", folder or "app", ())
    repository = ask("Its repository, anything `git clone` takes", url or ".", ())
    branch = ask("The branch that releases are cut from", main or "main", ())
    kind, project = guess_forge(repository)
    forge = ask("Where its PRs are", kind, ("none", "github", "gitlab", "gitea"))
    if forge != "none":
        project = ask("Its owner/name there", project or f"{app}/{app}", ())
    store = ask("One machine (sqlite) or a fleet on Consul", "sqlite", ("sqlite", "consul"))
    hosts = {
        tier: tuple(ask(f"Hosts of {tier}, with spaces between; - for none", f"{tier}-1", ()).split()) for tier in TIERS
    }
    hosts = {tier: () if named == ("-",) else named for tier, named in hosts.items()}
    metrics = ask("Errors are counted on the hosts or by Prometheus", "scrape", ("scrape", "prometheus"))
    prometheus = "http://localhost:9090"
    if metrics == "prometheus":
        prometheus = ask("Prometheus' address", prometheus, ())
    build = ask("The command that builds it; - packs the files as they are", "-", ())
    command = () if build == "-" else tuple(shlex.split(build))
    named = (app, repository, branch, forge, project if forge != "none" else "")
    return Answers(*named, store, metrics, prometheus, command, hosts)


def _default(question: str, default: str, allowed: tuple[str, ...]) -> str:
    return default


def _person(question: str, default: str, allowed: tuple[str, ...]) -> str:
    """Ask until the answer is one of the allowed."""
    while True:
        choice = f" ({', '.join(allowed)})" if allowed else ""
        answer = input(f"{question}{choice} [{clean(default)}]: ").strip() or default
        if not allowed or answer in allowed:
            return answer
        print(f"  {clean(answer)} is none of {', '.join(allowed)}")


def _prove(text: str, path: Path) -> None:
    """Raises `ConfigError` where those answers make no config that can be used; nothing is written then."""
    with tempfile.TemporaryDirectory(prefix="cockpit-init-") as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        try:
            load(trial)
        except ConfigError as bad:
            raise ConfigError(f"{str(bad).replace(str(trial), str(path))}\nnothing is written: answer anew") from bad
