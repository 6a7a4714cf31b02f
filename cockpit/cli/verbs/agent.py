"""`cockpit agent` on a host: run it, once or for ever, look at what it left on the disk, install it."""

import argparse
import asyncio
import json
import os
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cockpit.cli.options import config_of
from cockpit.cli.running import until_told
from cockpit.config import Config, ConfigError
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed

UNIT = """\
# {path} for {host}: cockpit agent unit > /etc/systemd/system/cockpit-agent.service
[Unit]
Description=cockpit agent of {host} ({tier})
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={command}
User={user}
Restart=always
RestartSec=2
# Its own folder is all it writes to; what its hooks need beyond that is to be allowed here.
ProtectSystem=strict
ReadWritePaths={folder}
PrivateTmp=true
NoNewPrivileges=true

[Install]
WantedBy=multi-user.target
"""


def agent(options: argparse.Namespace) -> int:
    """What was asked for of the agent of one host."""
    match options.what:
        case "status":
            return _status(options)
        case "unit":
            print(_unit(options, _checked(options)), end="")
            return 0
        case "bootstrap":
            _bootstrap(options)
            return asyncio.run(_once(options))
        case _ if options.once:
            return asyncio.run(_once(options))
        case _:
            from cockpit import wiring

            where = (options.host, options.tier, options.folder, options.url)
            return until_told(wiring.run_agent(_checked(options), *where, said=logging_to(options.log)))


def logging_to(kind: str) -> Callable[[Status], None]:
    """Writes a line to stderr whenever what a person should know has changed: `text` or `json`."""
    last: list[tuple[HostState, str, str]] = []

    def say(status: Status) -> None:
        now = (status.state, status.build, status.detail)
        if last == [now]:
            return
        last[:] = [now]
        at = datetime.fromtimestamp(status.at, UTC).isoformat(timespec="milliseconds")
        if kind == "json":
            line = json.dumps({"time": at, "host": status.host, "tier": status.tier, "state": status.state,
                               "build": status.build, "serial": status.serial, "detail": status.detail})  # fmt: skip
        else:
            detail = f": {clean(status.detail)}" if status.detail else ""
            line = f"{at} {status.host} {status.state} {short(status.build) or 'no build'}{detail}"
        print(line, file=sys.stderr, flush=True)

    return say


async def _once(options: argparse.Namespace) -> int:
    from cockpit import wiring

    where = (options.host, options.tier, options.folder, options.url)
    status = await wiring.run_agent_once(_checked(options), *where, said=logging_to(options.log))
    print(f"{status.host} {status.state} {short(status.build) or 'no build'}")
    return 1 if status.state is HostState.FAILED else 0


def _status(options: argparse.Namespace) -> int:
    """What is on the disk, whether or not an agent runs; nothing is changed."""
    from cockpit.agent.journal import peek
    from cockpit.agent.slots import Slots

    intent, problem = peek(options.folder)
    disk = Slots(options.folder).disk()
    if options.json:
        print(json.dumps({"hot": disk.hot, "cold": list(disk.cold), **msgspec.to_builtins(intent), "trouble": problem}))
        return 0
    print(f"state     {intent.state}{', drained' if intent.drained else ''}")
    print(f"hot       {disk.hot or 'no build'}")
    for build in disk.cold:
        print(f"cold      {build}{', kept for a rollback' if build == intent.kept else ''}")
    print(f"obeyed    target {intent.serial}")
    for words in filter(None, (intent.detail, problem)):
        print(f"says      {clean(words)}")
    return 0


def _bootstrap(options: argparse.Namespace) -> None:
    """Make the host's folder and say what is missing, before the first build is asked for."""
    config, folder = _checked(options), options.folder
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise Failed("agent", f"cannot make {folder}: {error.strerror}", "give its user write access there") from error
    free = os.statvfs(folder)
    print(f"{folder}: {free.f_bavail * free.f_frsize / 1e9:.1f} GB free for three builds", file=sys.stderr)
    for name in ("drain", "inflight", "reload", "health", "undrain"):
        if not getattr(config.agent, name):
            print(f"hook {name}: none in {config.path}, so it is skipped", file=sys.stderr)


def _unit(options: argparse.Namespace, config: Config) -> str:
    folder = options.folder.absolute()
    argv = [sys.executable, "-m", "cockpit", "--config", str(config.path), "agent", "--host", options.host,
            "--tier", options.tier, "--folder", str(folder), "--log", options.log]  # fmt: skip
    argv += ["--url", options.url] if options.url else []
    command = shlex.join(argv).replace("%", "%%")
    user = Path(folder).owner() if folder.exists() else "cockpit"
    return UNIT.format(path="a systemd unit", host=options.host, tier=options.tier, command=command, user=user,
                       folder=folder)  # fmt: skip


def _checked(options: argparse.Namespace) -> Config:
    config = config_of(options)
    if not options.host or not options.tier:
        raise ConfigError("cockpit agent needs --host NAME and --tier TIER")
    if options.tier not in (known := [tier.name for tier in config.policy.tiers]):
        raise ConfigError(f"{config.path}: {options.tier} is no tier; there are {', '.join(known)}")
    return config
