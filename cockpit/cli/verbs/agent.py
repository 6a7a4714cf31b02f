"""`cockpit agent`: run a host's agent, install it, or print what it left on the disk."""

import argparse
import asyncio
import json
import os
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import to_builtins
from msgspec.structs import asdict

from cockpit.cli.exit_codes import DONE, REFUSED
from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.cli.until_stopped import run_until_stopped
from cockpit.config import Config, ConfigError
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed

UNIT = """\
# A systemd unit for {host}: cockpit agent unit > /etc/systemd/system/cockpit-agent.service
[Unit]
Description=cockpit agent of {host} ({tier})
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command}
User={user}
Restart=always
RestartSec=2
# The agent writes to its own folder only; add the paths that its hooks write to.
ProtectSystem=strict
ReadWritePaths={folder}
PrivateTmp=true
NoNewPrivileges=true

[Install]
WantedBy=multi-user.target
"""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "agent", run, "Run the agent of a host: pull, prepare, drain, swap.")
    verb.add_argument(
        "action", nargs="?", choices=("status", "bootstrap", "unit"), metavar="status|bootstrap|unit",
        help="print what is on the disk, install the first build, or print a systemd unit (default: run)",
    )  # fmt: skip
    verb.add_argument("--host", default="", metavar="NAME", help="name of the host")
    verb.add_argument("--tier", default="", metavar="TIER", help="tier of the host")
    verb.add_argument("--folder", required=True, type=Path, metavar="DIR", help="folder of the host's builds")
    verb.add_argument("--url", default="", metavar="URL", help="URL of the host's application")
    verb.add_argument("--once", action="store_true", help="reach the present target and exit")
    verb.add_argument("--log", choices=("text", "json"), default="text", help="log format on stderr (default: text)")


def run(options: argparse.Namespace) -> int:
    """Run the agent or its sub-verb."""
    match options.action:
        case "status":
            return _print_status(options)
        case "unit":
            print(_unit(options, _checked_config(options)), end="")
            return DONE
        case "bootstrap":
            _bootstrap(options)
            return asyncio.run(_run_once(options))
        case _ if options.once:
            return asyncio.run(_run_once(options))
        case _:
            from cockpit import wiring

            place = (options.host, options.tier, options.folder, options.url)
            return run_until_stopped(
                wiring.run_agent(_checked_config(options), *place, on_status=status_printer(options.log))
            )


def status_printer(log_format: str) -> Callable[[Status], None]:
    """Return a function that logs a status to stderr if its state, build or detail changed; `text` or `json`."""
    last: tuple[HostState, str, str] | None = None

    def print_status(status: Status) -> None:
        nonlocal last
        now = (status.state, status.build, status.detail)
        if last == now:
            return
        last = now
        at = datetime.fromtimestamp(status.at, UTC).isoformat(timespec="milliseconds")
        if log_format == "json":
            line = json.dumps({"time": at, "host": status.host, "tier": status.tier, "state": status.state,
                               "build": status.build, "serial": status.serial, "detail": status.detail})  # fmt: skip
        else:
            detail = f": {clean(status.detail)}" if status.detail else ""
            line = f"{at} {status.host} {status.state} {short(status.build) or 'no build'}{detail}"
        print(line, file=sys.stderr, flush=True)

    return print_status


async def _run_once(options: argparse.Namespace) -> int:
    from cockpit import wiring

    place = (options.host, options.tier, options.folder, options.url)
    status = await wiring.run_agent_once(_checked_config(options), *place, on_status=status_printer(options.log))
    print(f"{status.host} {status.state} {short(status.build) or 'no build'}")
    return DONE if status.state in (HostState.SERVING, HostState.EMPTY) else REFUSED


def _print_status(options: argparse.Namespace) -> int:
    """Print what is on the disk, whether or not an agent runs; nothing is changed."""
    from cockpit.agent.journal import peek
    from cockpit.agent.slots import Slots

    intent, error = peek(options.folder)
    disk = Slots(options.folder).disk()
    if options.json:
        fields = to_builtins(asdict(intent))
        print(json.dumps({"hot": disk.hot, "cold": list(disk.cold), **fields, "error": error}))
        return DONE
    print(f"state     {intent.state}{', drained' if intent.drained else ''}")
    print(f"hot       {disk.hot or 'no build'}")
    for build in disk.cold:
        print(f"cold      {build}{', kept for a rollback' if build == intent.last_good else ''}")
    print(f"target    {intent.serial}")
    retry = f"{intent.retry.reason} (tried {intent.retry.tries} times, still trying)" if intent.retry else ""
    for message in filter(None, (intent.detail, retry, error)):
        print(f"detail    {clean(message)}")
    return DONE


def _bootstrap(options: argparse.Namespace) -> None:
    """Create the host's folder and print what is missing, before the first build is pulled."""
    config, folder = _checked_config(options), options.folder
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed("agent", f"cannot create {folder}: {error.strerror}", "give its user write access") from error
    disk = os.statvfs(folder)
    print(f"{folder}: {disk.f_bavail * disk.f_frsize / 1e9:.1f} GB free for three builds", file=sys.stderr)
    for name in ("drain", "inflight", "reload", "health", "undrain"):
        if not getattr(config.agent, name):
            print(f"hook {name}: not set in {config.path}, skipped", file=sys.stderr)


def _unit(options: argparse.Namespace, config: Config) -> str:
    """Return a systemd unit that runs this agent with these options."""
    folder = options.folder.absolute()
    argv = [sys.executable, "-m", "cockpit", "--config", str(config.path), "agent", "--host", options.host,
            "--tier", options.tier, "--folder", str(folder), "--log", options.log]  # fmt: skip
    argv += ["--url", options.url] if options.url else []
    command = shlex.join(argv).replace("%", "%%")
    user = Path(folder).owner() if folder.exists() else "cockpit"
    return UNIT.format(host=options.host, tier=options.tier, command=command, user=user, folder=folder)


def _checked_config(options: argparse.Namespace) -> Config:
    """Load the config. Raises `ConfigError` if --host or --tier is missing or the tier is unknown."""
    config = config_of(options)
    if not options.host or not options.tier:
        raise ConfigError("cockpit agent needs --host NAME and --tier TIER")
    if options.tier not in (tiers := [tier.name for tier in config.policy.tiers]):
        raise ConfigError(f"{config.path}: unknown tier {options.tier!r}: use {', '.join(tiers)}")
    return config
