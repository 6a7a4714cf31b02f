"""The sections of config.toml as frozen values. A field has its default and its range here, and nowhere else.

`[agent]`, `[gate]`, `[commander]`, `[merge]` and `[rota]` are declared where they are used, and read here.
"""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field

from cockpit.agent.settings import AgentConfig
from cockpit.deploy.notification_policy import GIVE_UP_AFTER
from cockpit.deploy.policy import GatePolicy, Policy
from cockpit.deploy.schedule.rota import Rota

DAY = 86_400.0
"""Seconds."""


class RepositoryConfig(Struct, frozen=True):
    url: str
    main: str = "main"
    reverts: str = "push"
    reland: bool = False


class ForgeConfig(Struct, frozen=True):
    kind: str = "none"
    url: str = "https://api.github.com"
    project: str = ""
    token_env: str = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable, not its value
    token_file: str = ""
    every: Annotated[float, Meta(ge=5.0, le=DAY)] = 60.0
    deployments: bool = False


class SuspectsConfig(Struct, frozen=True):
    report: str = ""
    url: str = ""
    token_env: str = "SENTRY_AUTH_TOKEN"  # noqa: S105 - the name of a variable, not its value
    token_file: str = ""
    every: Annotated[float, Meta(ge=0.5, le=DAY)] = 5.0


class BuildConfig(Struct, frozen=True):
    command: tuple[str, ...] = ()
    output: str = "."
    timeout: Annotated[float, Meta(ge=0.1, le=DAY)] = 600.0


class SmokeConfig(Struct, frozen=True):
    command: tuple[str, ...] = ()
    timeout: Annotated[float, Meta(ge=0.1, le=DAY)] = 60.0


class StoreConfig(Struct, frozen=True):
    kind: str = "sqlite"
    path: str = "state/store.db"
    address: str = ""
    root: str = ""
    token_file: str = ""
    ca: str = ""
    cert: str = ""
    key: str = ""
    datacenter: str = ""


class ArtifactsConfig(Struct, frozen=True):
    folder: str = "state/builds"
    url: str = ""
    keep: Annotated[int, Meta(ge=0, le=10_000)] = 5


class MetricsConfig(Struct, frozen=True):
    kind: str = "scrape"
    path: str = "/metrics"
    requests: str = "http_requests_total"
    errors: str = "http_request_errors_total"
    route: str = "route"
    every: Annotated[float, Meta(ge=0.1, le=3600.0)] = 2.0


class PrometheusConfig(Struct, frozen=True):
    url: str = "http://localhost:9090"
    requests: str = 'sum by (host, tier, build) (http_requests_total{tier=~"$tiers"})'
    errors: str = 'sum by (host, tier, build) (http_request_errors_total{tier=~"$tiers"})'
    age: str = 'time() - max by (host, tier, build) (timestamp(http_requests_total{tier=~"$tiers"}))'
    route_requests: str = 'sum by (host, tier, build, route) (http_requests_total{tier=~"$tiers"})'
    route_errors: str = 'sum by (host, tier, build, route) (http_request_errors_total{tier=~"$tiers"})'
    timeout: Annotated[float, Meta(ge=0.1, le=60.0)] = 5.0


class AlertsConfig(Struct, frozen=True):
    kind: str = "none"
    url: str = "http://localhost:9093"
    matchers: tuple[str, ...] = ()
    every: Annotated[float, Meta(ge=0.5, le=3600.0)] = 10.0
    timeout: Annotated[float, Meta(ge=0.1, le=60.0)] = 5.0


class GateConfig(GatePolicy, frozen=True):
    """The gate's policy, and the heartbeat age at which a host counts as silent."""

    silent_after: Annotated[float, Meta(ge=0.5, le=DAY)] = 10.0


class CalendarConfig(Struct, frozen=True):
    """The calendar as text; `read_calendar` parses it."""

    zone: str = "UTC"
    hours: dict[str, str] = {}
    slots: dict[str, str] = {}
    holidays: dict[str, str] = {}


class RotaConfig(Rota, frozen=True):
    """The rota, and the source of a newer one."""

    file: str = ""
    command: tuple[str, ...] = ()
    every: Annotated[float, Meta(ge=1.0, le=DAY)] = 60.0
    timeout: Annotated[float, Meta(ge=0.1, le=300.0)] = 10.0


class PeopleConfig(Struct, frozen=True):
    """Who is notified. Only this section may hold passwords, as parts of URLs."""

    urls: tuple[str, ...] = ()
    urls_file: str = ""
    urls_env: str = "COCKPIT_PEOPLE"
    give_up: Annotated[float, Meta(ge=60.0, le=90 * DAY)] = GIVE_UP_AFTER
    authors: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Leave out the URLs, which are passwords."""
        return f"PeopleConfig({len(self.urls)} urls, {len(self.authors)} authors)"


class RecordConfig(Struct, frozen=True):
    keep: Annotated[int, Meta(ge=1, le=10_000)] = 100


class ScreenConfig(Struct, frozen=True):
    theme: str = "dark"
    themes: str = ""
    mouse: bool = False
    frugal: bool = True
    notices: bool = True
    keys: dict[str, str] = field(default_factory=dict)


class Config(Struct, frozen=True):
    """All of config.toml."""

    path: Path
    app: str
    state: Path
    repository: RepositoryConfig
    forge: ForgeConfig
    suspects: SuspectsConfig
    build: BuildConfig
    smoke: SmokeConfig
    store: StoreConfig
    artifacts: ArtifactsConfig
    metrics: MetricsConfig
    prometheus: PrometheusConfig
    alerts: AlertsConfig
    rota: RotaConfig
    agent: AgentConfig
    people: PeopleConfig
    screen: ScreenConfig
    record: RecordConfig
    policy: Policy

    @property
    def consul_root(self) -> str:
        """The folder of keys in Consul."""
        return self.store.root.strip("/") or f"cockpit/{self.app}"

    def resolve(self, path: str) -> Path:
        """Resolve a path of the config, which is relative to the config's folder."""
        return (self.path.parent / Path(path).expanduser()).resolve()
