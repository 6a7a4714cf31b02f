"""The demo company's folder: its files, its hosts and its config.toml."""

import json
import os
import shutil
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from cockpit.demo.application import hook
from cockpit.demo.processes import consul, prometheus
from cockpit.demo.repository import Origin
from cockpit.demo.settings import MIN_PACE, DemoSettings, StoreKind
from cockpit.ports import Failed

TIERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("staging", "nobody", ("staging-1",)),
    ("dogfood", "company", ("dogfood-1", "dogfood-2")),
    ("canary", "public", ("canary-1",)),
    ("production", "public", tuple(f"production-{number:02}" for number in range(1, 11))),
)
"""(name, audience, hosts)."""
LADDER: tuple[tuple[str, int, float], ...] = (
    ("staging", 100, 0),
    ("dogfood", 100, 8),
    ("canary", 100, 8),
    ("production", 10, 6),
    ("production", 25, 4),
    ("production", 50, 4),
    ("production", 75, 4),
    ("production", 100, 5),
)
"""(tier, per cent, soak in seconds at pace 1)."""

KNOWN_NAMES = frozenset(
    [
        "config",
        "company",
        "consul",
        "prometheus",
        "faults",
        "origin",
        "smoke",
        "tally",
        "traffic",
        "logs",
        "state",
        "hosts",
    ]
)
"""The file names, without suffix, that a company's folder may hold."""


class DemoPlan(Struct, frozen=True):
    """The content of `company.json`, which is written once the company is complete."""

    settings: DemoSettings
    origin: Origin


class Layout:
    """The paths in a company's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.config = self.folder / "config.toml"
        self.company = self.folder / "company.json"
        self.origin = self.folder / "origin.git"
        self.smoke = self.folder / "smoke.py"
        self.faults = self.folder / "faults.json"
        self.tally = self.folder / "tally.json"
        self.traffic = self.folder / "traffic.json"
        self.logs = self.folder / "logs"
        self.state = self.folder / "state"
        self.consul = self.folder / "consul"
        self.prometheus = self.folder / "prometheus"

    def host(self, name: str) -> Path:
        """The folder of a host."""
        return self.folder / "hosts" / name

    def read_plan(self) -> DemoPlan | None:
        """The company's plan, None if no company was made here. Raises `Failed`."""
        try:
            return msgspec.json.decode(self.company.read_bytes(), type=DemoPlan)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except msgspec.DecodeError as error:
            raise Failed("demo", f"cannot read {self.company}: {error}", "use another folder") from error

    def prepare(self, settings: DemoSettings) -> None:
        """Create the folder and its config. Raises `Failed` if the folder holds another demo or other files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        plan = self.read_plan()
        if plan and plan.settings != settings:
            raise Failed(
                "demo",
                f"{self.folder} holds a demo with {plan.settings.options}",
                "use these options or another folder",
            )
        unknown = sorted(path.name for path in self.folder.iterdir() if path.stem not in KNOWN_NAMES)
        if unknown and not plan:
            raise Failed("demo", f"{self.folder} holds {unknown[0]} and no demo", "use an empty folder")
        for folder in (self.logs, self.state, *(self.host(host) for host, _ in fleet_hosts())):
            folder.mkdir(parents=True, exist_ok=True)
        if settings.store is StoreKind.CONSUL:
            consul.prepare(self.consul)
        if settings.prometheus:
            prometheus.prepare(self.prometheus)
        fresh = self.config.with_suffix(".new")
        fresh.write_text(config_text(self, settings), encoding="utf-8")
        fresh.replace(self.config)


def fleet_hosts() -> tuple[tuple[str, str], ...]:
    """(host, tier) of every host."""
    return tuple((host, tier) for tier, _, hosts in TIERS for host in hosts)


def stored_pace(folder: Path | None) -> float:
    """The pace of the demo in that folder, 1 if there is none. Raises `Failed`."""
    plan = Layout(folder).read_plan() if folder else None
    return plan.settings.pace if plan else MIN_PACE


def config_text(layout: Layout, settings: DemoSettings) -> str:
    """The company's config.toml, with short soak times and a gate for little traffic."""
    python = (sys.executable, "-I", "-S")
    hooks = "\n".join(
        f"{verb} = {_toml([*python, os.path.abspath(hook.__file__), verb])}"
        for verb in ("drain", "inflight", "reload", "health", "undrain")
    )
    address = consul.store_config(layout.consul) if settings.store is StoreKind.CONSUL else ""
    return f"""# The demo company's config. Each start of the demo replaces it.
app = "shop"
state = "state"

[repository]
url = {_toml(str(layout.origin))}

[store]
kind = "{settings.store}"
{address}

[build]
command = {_toml([*python, "build.py"])}
output = "dist"
timeout = 60

[smoke]
command = {_toml([*python, str(layout.smoke)])}
timeout = 20

[metrics]
kind = "{"prometheus" if settings.prometheus else "scrape"}"
every = {2.0 if settings.prometheus else 1.0}
{prometheus.source_config(layout.prometheus) if settings.prometheus else ""}
{_ladder(settings.pace)}
[gate]
# steps take seconds instead of minutes: the gate looks for much larger regressions
least_requests = 12
least_errors = 3
points = 0.2
dispersion = 1.0
fresh = 10.0

[agent]
{hooks}
drain_least = 0.3
drain_most = 5.0
health_most = 15.0
heartbeat = 1.0
"""


def _ladder(pace: float) -> str:
    """The sections of the tiers and the steps."""
    tiers = (
        f'[[tier]]\nname = "{name}"\nserves = "{serves}"\nhosts = {_toml(hosts)}\n' for name, serves, hosts in TIERS
    )
    steps = (
        f'[[step]]\ntier = "{tier}"\npercent = {percent}\nsoak = {soak / pace:g}\n' for tier, percent, soak in LADDER
    )
    return "\n".join((*tiers, *steps))


def remove_folder(folder: Path) -> None:
    """Remove a company's folder and its content."""
    shutil.rmtree(folder, ignore_errors=True)


def _toml(value: object) -> str:
    """A string or a list of strings: JSON is valid TOML for both."""
    return json.dumps(value, ensure_ascii=False)
