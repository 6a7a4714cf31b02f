"""`cockpit init`: ask a few questions and write a first config.toml."""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cockpit.cli.exit_codes import DONE, REFUSED
from cockpit.cli.options import Verbs, add_verb
from cockpit.cli.output import usage_error
from cockpit.config import ConfigError, load
from cockpit.config.first_config import TIERS, Answers, first_config, guess_forge
from cockpit.deploy.text import clean
from cockpit.ports import Failed

Ask = Callable[[str, str, tuple[str, ...]], str]
"""(question, default, allowed answers or none) to an answer."""
NEXT_STEPS = """\
wrote {path}. Next:
  cockpit check      validates it and reaches every system it names
  cockpit install    puts the first build on every host, once agents run: `cockpit agent --help`
  cockpit            opens the screen
"""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "init", run, "Ask a few questions and write config.toml.", json=False)
    verb.add_argument("--yes", action="store_true", help="take every default without asking")


def run(options: argparse.Namespace) -> int:
    """Write the config; refused if the file exists."""
    from cockpit import wiring

    path: Path = options.config or Path("config.toml")
    if path.exists():
        print(f"cockpit: {path} exists and is not overwritten; use --config FILE", file=sys.stderr)
        return REFUSED
    if not options.yes and not sys.stdin.isatty():
        return usage_error("init needs a terminal for its questions; --yes takes every default")
    folder = path.absolute().parent
    url, branch = wiring.origin_of(folder)
    answers = questions(_default if options.yes else _prompt, folder.name, url, branch)
    text = first_config(wiring.shared_path("config.toml").read_text(encoding="utf-8"), answers)
    _validate(text, path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        reason = f"cannot write {clean(str(path))}: {error.strerror}"
        raise Failed("init", reason, "use --config FILE in a writable folder") from error
    print(NEXT_STEPS.format(path=path), end="")
    return DONE


def questions(ask: Ask, folder: str, url: str, main: str) -> Answers:
    """Ask every question; the folder's name and its git remote give the defaults."""
    app = ask("Name of the application", folder or "app", ())
    repository = ask("Repository, as for `git clone`", url or ".", ())
    branch = ask("Branch that releases are cut from", main or "main", ())
    kind, project = guess_forge(repository)
    forge = ask("Forge with the PRs", kind, ("none", "github", "gitlab", "gitea"))
    if forge != "none":
        project = ask("Project there, as owner/name", project or f"{app}/{app}", ())
    store = ask("Store: sqlite for one machine, consul for a fleet", "sqlite", ("sqlite", "consul"))
    hosts = {tier: tuple(ask(f"Hosts of {tier}, separated by spaces; - for none", f"{tier}-1", ()).split())
             for tier in TIERS}  # fmt: skip
    hosts = {tier: () if names == ("-",) else names for tier, names in hosts.items()}
    metrics = ask("Error counters: scrape the hosts or query Prometheus", "scrape", ("scrape", "prometheus"))
    prometheus = "http://localhost:9090"
    if metrics == "prometheus":
        prometheus = ask("URL of Prometheus", prometheus, ())
    build = ask("Build command; - packs the files as they are", "-", ())
    command = () if build == "-" else tuple(shlex.split(build))
    project = project if forge != "none" else ""
    return Answers(app, repository, branch, forge, project, store, metrics, prometheus, command, hosts)


def _default(question: str, default: str, allowed: tuple[str, ...]) -> str:
    return default


def _prompt(question: str, default: str, allowed: tuple[str, ...]) -> str:
    """Prompt until the answer is allowed."""
    while True:
        choice = f" ({', '.join(allowed)})" if allowed else ""
        answer = input(f"{question}{choice} [{clean(default)}]: ").strip() or default
        if not allowed or answer in allowed:
            return answer
        print(f"  invalid answer {clean(answer)!r}: use {', '.join(allowed)}")


def _validate(text: str, path: Path) -> None:
    """Load the config before it is written. Raises `ConfigError` if the answers make no valid one."""
    with tempfile.TemporaryDirectory(prefix="cockpit-init-") as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8")
        try:
            load(trial)
        except ConfigError as error:
            message = str(error).replace(str(trial), str(path))
            raise ConfigError(f"{message}\nnothing is written: run `cockpit init` again") from error
