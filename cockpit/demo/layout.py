"""Where everything of the company lies in its folder, which hosts there are, and the config that binds them."""

import json
import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from cockpit.demo.application import hook
from cockpit.demo.processes import consul, prometheus
from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.ports import Failed

TIERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("staging", "nobody", ("staging-1",)),
    ("dogfood", "company", ("dogfood-1", "dogfood-2")),
    ("canary", "public", ("canary-1",)),
    ("production", "public", tuple(f"production-{number:02}" for number in range(1, 11))),
)
"""(name, whom it serves, its hosts)."""
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
"""(tier, per cent, soak in seconds)."""

OURS = frozenset(
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
"""What a company's folder may hold, without endings."""


class StoreKind(StrEnum):
    """What commander, engine and agents share."""

    SQLITE = "sqlite"
    CONSUL = "consul"


class Plot(Struct, frozen=True):
    """Which story this company plays; kept in `company.json` and written when all else is made."""

    story: Story
    seed: int
    origin: Origin
    store: StoreKind = StoreKind.SQLITE
    prometheus: bool = False
    """Whether counters and alerts come from a Prometheus and an Alertmanager."""

    @property
    def options(self) -> str:
        """What to say to play it again."""
        on = ("--consul",) if self.store is StoreKind.CONSUL else ()
        return " ".join(("--story", self.story, "--seed", str(self.seed), *on, *(("--prometheus",) * self.prometheus)))


class Layout:
    """The places in one company's folder."""

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
        """A host's own folder."""
        return self.folder / "hosts" / name

    def plot(self) -> Plot | None:
        """What is played here; None where no company has been made yet."""
        try:
            return msgspec.json.decode(self.company.read_bytes(), type=Plot)
        except FileNotFoundError:
            return None

    def prepare(
        self, story: Story, seed: int, store: StoreKind = StoreKind.SQLITE, with_prometheus: bool = False
    ) -> None:
        """Make the folder, with a config in it. Raises `Failed` where something else is there already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        plot = self.plot()
        if plot and (plot.story, plot.seed, plot.store, plot.prometheus) != (story, seed, store, with_prometheus):
            raise Failed("demo", f"{self.folder} plays {plot.options}", "say that, or name another folder")
        strange = sorted(path.name for path in self.folder.iterdir() if path.stem not in OURS)
        if strange and not plot:
            raise Failed("demo", f"{self.folder} holds {strange[0]} and no company", "name an empty folder")
        for folder in (self.logs, self.state, *(self.host(name) for _, _, hosts in TIERS for name in hosts)):
            folder.mkdir(parents=True, exist_ok=True)
        if store is StoreKind.CONSUL:
            consul.prepare(self.consul)
        if with_prometheus:
            prometheus.prepare(self.prometheus)
        fresh = self.config.with_suffix(".new")
        fresh.write_text(config_text(self, store, with_prometheus), encoding="utf-8")
        fresh.replace(self.config)


def members() -> tuple[tuple[str, str], ...]:
    """(host, tier) of every host."""
    return tuple((host, tier) for tier, _, hosts in TIERS for host in hosts)


def config_text(layout: Layout, store: StoreKind, with_prometheus: bool = False) -> str:
    """The company's config.toml: as the reference, with soak times for people who watch and little traffic."""
    python = (sys.executable, "-I", "-S")
    hooks = "\n".join(
        f"{verb} = {_toml([*python, os.path.abspath(hook.__file__), verb])}"
        for verb in ("drain", "inflight", "reload", "health", "undrain")
    )
    address = consul.store_config(layout.consul) if store is StoreKind.CONSUL else ""
    return f"""# The demo's company. It is written anew whenever the demo starts.
app = "shop"
state = "state"

[repository]
url = {_toml(str(layout.origin))}

[store]
kind = "{store}"
{address}

[build]
command = {_toml([*python, "build.py"])}
output = "dist"
timeout = 60

[smoke]
command = {_toml([*python, str(layout.smoke)])}
timeout = 20

[metrics]
kind = "{"prometheus" if with_prometheus else "scrape"}"
every = {2.0 if with_prometheus else 1.0}
{prometheus.source_config(layout.prometheus) if with_prometheus else ""}
{_ladder()}
[gate]
# the demo has seconds where a company has minutes: it looks for regressions that are much larger
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


def _ladder() -> str:
    """The tiers and the steps."""
    tiers = (
        f'[[tier]]\nname = "{name}"\nserves = "{serves}"\nhosts = {_toml(hosts)}\n' for name, serves, hosts in TIERS
    )
    steps = (f'[[step]]\ntier = "{tier}"\npercent = {percent}\nsoak = {soak}\n' for tier, percent, soak in LADDER)
    return "\n".join((*tiers, *steps))


def discard(folder: Path) -> None:
    """Remove a company's folder and all in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _toml(value: object) -> str:
    """Strings and lists of them in JSON are TOML, too."""
    return json.dumps(value, ensure_ascii=False)
